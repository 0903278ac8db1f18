/** `reactions` learns what people have in common, and nothing where they have nothing in common. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { glasshouse } from '../../test/command-line.ts'
import { complete } from '../../test/thorough.ts'
import { windowOf } from '../data/pretext/windows.ts'
import { drawnFrame } from '../data/video/drawn/montage.node.ts'
import { framePath, momentName } from '../data/video/moments.ts'
import { encodePng } from '../figures/files.node.ts'

const [rows, columns, side, rate, seconds] = [3, 4, 48, 4, 40]
const people = rows * columns

/** Twelve people for 40 seconds, as `montage` leaves them, without the way over a video. */
async function drawnPeople(shared: boolean): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'glasshouse-reactions-'))
  const lags = Array.from({ length: people }, () => 0)
  const frame = drawnFrame({ rows, columns, side, rate, seconds, lags, shared, own: 0.2, noise: 3, seed: 0 })
  const list: string[] = []
  for (let tile = 0; tile < people; tile++)
    mkdirSync(join(folder, 'people', `tile-${tile + 1}`), { recursive: true })
  for (let index = 0; index < seconds * rate; index++) {
    const picture = frame(index)
    for (let tile = 0; tile < people; tile++) {
      const [left, top] = [(tile % columns) * side, Math.floor(tile / columns) * side]
      const path = framePath('people', tile, index).replace(/jpg$/, 'png')
      writeFileSync(
        join(folder, path),
        await encodePng(windowOf(picture, { left, top, width: side, height: side })),
      )
      list.push(`${path},${momentName({ video: 'people', seconds: index / rate })}`)
    }
  }
  writeFileSync(join(folder, 'labels.csv'), `path,label\n${list.join('\n')}\n`)
  return folder
}

const learned = async (data: string) => {
  const words = '--size 32 --epochs 6 --threads 1 --json'.split(' ')
  const { stdout, errors } = await glasshouse('reactions', data, ...words, '--out', join(data, 'out'))
  expect(errors).toEqual([])
  return JSON.parse(stdout).metrics
}

describe.skipIf(!complete)('reactions of drawn people who were never trained on', () => {
  it('to the same film: the moment is recognised, the person is not', async () => {
    const { recall, chance, identity, before, videos } = await learned(await drawnPeople(true))
    expect(recall).toBeGreaterThan(8 * chance)
    expect(recall).toBeGreaterThan(2 * before.recall)
    expect(identity.accuracy).toBeLessThan(identity.chance + 0.1)
    expect(videos[0].consensus.isAbove).toBe(true)
  }, 600_000)

  it('each to something else: nothing', async () => {
    const { recall, chance, videos } = await learned(await drawnPeople(false))
    expect(Math.abs(recall - chance)).toBeLessThan(0.04)
    expect(videos[0].consensus.isAbove).toBe(false)
  }, 600_000)
})
