import { expect, it } from 'vitest'
import type { Picture } from '../../base/picture.ts'
import { noiseScene, throughLens } from './lens.ts'

const side = 64
const at = ({ data, width }: Picture, x: number, y: number, channel = 1) =>
  data[3 * (y * width + x) + channel]
const flat: Picture = { width: side, height: side, data: new Uint8Array(3 * side * side).fill(200) }

it('a lens darkens its corners by the fourth power of the cosine, and leaves its middle', () => {
  const seen = throughLens(flat, { spread: 0, corner: 30 })
  expect(at(seen, 32, 32)).toBe(200)
  for (const [x, y] of [
    [0, 0],
    [63, 0],
    [0, 63],
    [63, 63],
  ])
    expect(at(seen, x, y)).toBe(Math.round(200 * Math.cos(Math.PI / 6) ** 4))
})

it('a lens images red larger than green, and blue smaller', () => {
  // An edge to the right of the axis: red moves it outwards.
  const edge = { ...flat, data: flat.data.map((_, index) => (Math.floor(index / 3) % side < 56 ? 250 : 10)) }
  const seen = throughLens(edge, { spread: 0.05, corner: 0 })
  const bright = (channel: number) =>
    Array.from({ length: side }, (_, x) => at(seen, x, 32, channel)).filter(v => v > 130)
  expect(bright(0).length).toBeGreaterThan(bright(1).length)
  expect(bright(2).length).toBeLessThan(bright(1).length)
})

it('scenes are grey, each of its own, and of one kind at all places', () => {
  const scenes = Array.from({ length: 60 }, (_, index) => noiseScene(side, 0, index))
  expect(noiseScene(side, 0, 3)).toEqual(scenes[3])
  const { data } = scenes[0]
  expect(data.every((value, index) => value === data[index - (index % 3)])).toBe(true)
  const mean = (x: number, y: number) =>
    scenes.reduce((sum, scene) => sum + at(scene, x, y), 0) / scenes.length
  for (const [x, y] of [
    [0, 0],
    [32, 32],
    [63, 63],
    [63, 0],
  ])
    expect(Math.abs(mean(x, y) - 150)).toBeLessThan(25)
})
