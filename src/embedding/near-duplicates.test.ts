import { expect, test } from 'vitest'
import { random } from '../base/random.ts'
import { memoryStore } from '../data/store.ts'
import { createEngine } from '../runtime/engine.node.ts'
import { nearDuplicates } from './near-duplicates.ts'

const size = 32
const length = 3 * size * size

/** Blobs of light on a grey ground, shifted and brightened. */
function scene(seed: number, { shift = 0, gain = 1, noise = 0 } = {}): Uint8Array {
  const { uniform } = random(seed, 'scene')
  const blobs = Array.from({ length: 5 }, () => [
    uniform(4, 28),
    uniform(4, 28),
    uniform(3, 8),
    uniform(-90, 90),
  ])
  const grain = random(seed, 'grain', shift, gain)
  return Uint8Array.from({ length }, (_, at) => {
    const [x, y] = [Math.floor(at / 3) % size, Math.floor(at / 3 / size)]
    const light = blobs.reduce(
      (sum, [cx, cy, r, l]) => sum + l * Math.exp(-((x - cx - shift) ** 2 + (y - cy) ** 2) / r ** 2),
      120,
    )
    return Math.max(0, Math.min(255, gain * light + noise * grain.normal()))
  })
}

function storeOf(pictures: readonly Uint8Array[]) {
  const bytes = new Uint8Array(pictures.length * length)
  pictures.forEach((picture, index) => {
    bytes.set(picture, index * length)
  })
  return memoryStore(size, bytes)
}

const engine = await createEngine({ threads: 1 })

test('copies with noise and another exposure are found among many others', async () => {
  const others = Array.from({ length: 60 }, (_, seed) => scene(seed))
  const copies = [7, 31, 58]
  const store = storeOf([
    ...others,
    ...copies.map(seed => scene(seed, { noise: 4, gain: 0.9 })),
    ...[100, 101].map(seed => scene(seed)),
  ])
  const images = [60, 61, 62, 63, 64]
  const found = await nearDuplicates(engine, store, images, [...others.keys()])
  expect(found.map(({ index, other }) => [index, other])).toEqual(copies.map((seed, at) => [60 + at, seed]))
  for (const { correlation } of found) expect(correlation).toBeGreaterThan(0.98)
})

test('an image is not its own near-duplicate, but its copy at another place is', async () => {
  const store = storeOf([scene(1), scene(2), scene(1)])
  const found = await nearDuplicates(engine, store, [0, 1, 2], [0, 1, 2])
  expect(found.map(({ index, other }) => [index, other])).toEqual([
    [0, 2],
    [2, 0],
  ])
})

test('nothing is said of images without contrast, and of no images', async () => {
  const flat = new Uint8Array(length).fill(90)
  const store = storeOf([flat, flat, scene(3)])
  expect(await nearDuplicates(engine, store, [0], [1, 2])).toEqual([])
  expect(await nearDuplicates(engine, store, [], [1, 2])).toEqual([])
  expect(await nearDuplicates(engine, store, [0], [])).toEqual([])
})
