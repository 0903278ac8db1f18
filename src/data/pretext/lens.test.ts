import { expect, it } from 'vitest'
import type { Picture } from '../../base/picture.ts'
import { allForms } from './forms.node.ts'
import { noiseScene, throughLens } from './lens.ts'
import { crop } from './tasks/crop.ts'

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

it('scenes are grey, and each is of its own', () => {
  const { data } = noiseScene(side, 0, 3)
  expect(noiseScene(side, 0, 3).data).toEqual(data)
  expect(noiseScene(side, 0, 4).data).not.toEqual(data)
  expect(data.every((value, index) => value === data[index - (index % 3)])).toBe(true)
})

it('scenes are of one kind at all places and scales: nothing is centred, and parts have the spectrum of the whole', async () => {
  const scenes = Array.from({ length: 600 }, (_, index) => noiseScene(4 * small, 0, index))
  const sums = crop.classes.map(() => [0, 0, 0])
  for (const [index, scene] of scenes.entries())
    for (const [form, made] of (await allForms(scene, crop, small, index)).entries())
      waves(made).forEach((power, wave) => {
        sums[form][wave] += power
      })
  const whole = sums[crop.classes.indexOf('not cropped')]
  for (const parts of sums)
    for (const [wave, sum] of parts.entries()) expect(Math.abs(sum / whole[wave] - 1)).toBeLessThan(0.25)
})

const small = 16

/** Power of the slope, of the arch that is highest in the middle, and of a faster wave, along both axes. */
const waves = ({ data, width }: Picture): number[] =>
  [1, 2, 5].map(wave => {
    let power = 0
    for (const axis of [0, 1]) {
      let sum = 0
      for (let at = 0; at < width * width; at++) {
        const along = axis ? Math.floor(at / width) : at % width
        sum += data[3 * at] * Math.cos((Math.PI * wave * (along + 0.5)) / width)
      }
      power += sum * sum
    }
    return power
  })
