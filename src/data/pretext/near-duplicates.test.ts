/** Near-duplicates are found, and never stand on both sides of a split. */
import { expect, it } from 'vitest'
import { blankPicture, type Picture } from '../../base/picture.ts'
import type { Dataset, Split } from '../dataset.ts'
import { wholeOf } from '../prepare/geometry.ts'
import { resample } from '../prepare/resample.ts'
import { memoryStore } from '../store.ts'
import { divideGroups } from './divide.ts'
import { nearDuplicateGroups } from './near-duplicates.ts'
import { noiseImage } from './noise.ts'
import { asJpeg } from './process.node.ts'
import { mirrored } from './windows.ts'

const size = 48
/** Large patches of colour, as in photographs. */
const scene = (seed: number): Picture =>
  resample(noiseImage(6, 6, seed), size, size, wholeOf({ width: size, height: size }))
const storeOf = (pictures: readonly Picture[]) =>
  memoryStore(size, Uint8Array.from(pictures.flatMap(({ data }) => [...data])))

it('copies that were stored again, brightened or mirrored belong together; others do not', async () => {
  const [one, two] = [scene(1), scene(2)]
  const brighter = { ...one, data: one.data.map(value => Math.min(255, value + 4)) }
  const stored = await asJpeg(two, { quality: 60, subsampling: '4:2:0' })
  const groups = nearDuplicateGroups(storeOf([one, two, brighter, mirrored(one), stored, scene(3), two]))
  expect([...groups]).toEqual([0, 1, 0, 0, 1, 5, 1])
})

it('images without detail are told by their colour', () => {
  const blank = (level: number) => blankPicture(size, size, [level, level, level])
  expect([...nearDuplicateGroups(storeOf([blank(20), blank(22), blank(200)]))]).toEqual([0, 0, 2])
})

const dataset = (splits: (Split | undefined)[]): Dataset => ({
  root: '/data',
  classes: ['all'],
  items: splits.map((split, index) => ({
    path: `${index}.png`,
    label: 0,
    split,
    bytes: 1,
    hash: String(index),
    width: size,
    height: size,
  })),
  unreadable: [],
  notes: [],
  fingerprint: '',
})
const splitsOf = ({ items }: Dataset) => items.map(({ split }) => split)

it('of the split that the data names, what nearly is a test image is left out', () => {
  const given = dataset(['train', 'test', 'train', 'val', 'train', 'val'])
  const { dataset: divided, leftOut } = divideGroups(given, [0, 0, 2, 3, 3, 0], 'given')
  expect(splitsOf(divided)).toEqual([undefined, 'test', 'train', 'val', undefined, undefined])
  expect(leftOut).toBe(3)
})

it.each([0, 1, 2, 3])('held out are whole groups, by seed %i', seed => {
  const groups = Array.from({ length: 60 }, (_, index) => index - (index % 3))
  const whole = dataset(groups.map(() => undefined))
  const once = () => divideGroups(whole, groups, { share: 0.2, seed }).dataset
  const splits = splitsOf(once())
  expect(splits.filter(split => split === 'test')).toHaveLength(12)
  expect(splits).toEqual(groups.map(group => splits[group]))
  expect(splitsOf(once())).toEqual(splits)
})

it('one group alone is trained on', () => {
  const { dataset: divided } = divideGroups(dataset([undefined, undefined]), [0, 0], { share: 0.9, seed: 0 })
  expect(splitsOf(divided)).toEqual(['train', 'train'])
})
