/** The crossed controls, in the pattern of Lin et al. (CVPR 2020); and how far means are to be trusted. */
import { describe, expect, it } from 'vitest'
import { complete, gate } from '../../../test/thorough.ts'
import { createContext } from '../../runtime/context.node.ts'
import { crossedControls } from './controls.node.ts'
import { independentAnswers, intervalOf } from './interval.ts'

describe('the crossed controls of flip', () => {
  it.runIf(gate)('show each processing alone hidden by random crops, and both together not', async () => {
    const [widths, images] = complete ? [[99, 112], 500] : [[112], 300]
    const cells = await crossedControls(createContext({ threads: 1 }), 'flip', images, widths)
    const accuracyIn = (width: number, demosaic: boolean, jpeg: boolean, crop: boolean) =>
      cells.find(
        cell =>
          cell.width === width && cell.demosaic === demosaic && cell.jpeg === jpeg && cell.crop === crop,
      )!.accuracy
    expect(cells).toHaveLength(8 * widths.length)
    // 600 rows in pairs, or 360: three deviations are at most 9 %, or 12 %.
    const chance = complete ? 0.09 : 0.12
    for (const width of widths) {
      for (const crop of [false, true])
        expect(Math.abs(accuracyIn(width, false, false, crop) - 0.5)).toBeLessThan(chance)
      expect(Math.abs(accuracyIn(width, true, false, true) - 0.5)).toBeLessThan(chance)
      expect(Math.abs(accuracyIn(width, false, true, true) - 0.5)).toBeLessThan(chance)
      expect(accuracyIn(width, true, true, false)).toBeGreaterThan(0.95)
      expect(accuracyIn(width, true, true, true)).toBeGreaterThan(0.65)
    }
    // Demosaicing commutes at odd widths, JPEG at multiples of 16.
    expect(accuracyIn(112, true, false, false)).toBeGreaterThan(0.95)
    expect(accuracyIn(112, false, true, false)).toBeLessThan(0.65)
    if (!complete) return
    expect(Math.abs(accuracyIn(99, true, false, false) - 0.5)).toBeLessThan(chance)
    expect(accuracyIn(99, false, true, false)).toBeGreaterThan(0.95)
  })
})

describe('the interval of a mean', () => {
  it('is Student’s over several seeds', () => {
    // Mean 0.6, deviation 0.1, three values: 4.303 × 0.1 / √3.
    const [low, high] = intervalOf([0.5, 0.6, 0.7], 1000)
    expect(low).toBeCloseTo(0.6 - 0.2484, 3)
    expect(high).toBeCloseTo(0.6 + 0.2484, 3)
  })

  it('is Wilson’s for one seed: it narrows with the images', () => {
    const [low, high] = intervalOf([0.5], 100)
    expect([low, high].map(value => value.toFixed(3))).toEqual(['0.404', '0.596'])
    expect(intervalOf([1], 100)[0]).toBeCloseTo(0.963, 3)
    expect(intervalOf([0.5], 10000)[0]).toBeGreaterThan(0.49)
  })

  it('is Wilson’s of all images where seeds agree by chance', () => {
    expect(intervalOf([0.5, 0.5], 50)).toEqual(intervalOf([0.5], 100))
  })

  it('stays between 0 and 1', () => expect(intervalOf([0.9, 1], 10)[1]).toBe(1))
})

describe('answers to the forms of an image', () => {
  const alternating = (values: readonly number[]) =>
    Array.from({ length: 400 }, (_, k) => values[k % values.length])

  it('are worth one where they are right or wrong together', () =>
    expect(independentAnswers(alternating([0, 1]), 2)).toBeCloseTo(400))

  it('are worth as many as there are where they have nothing to do with each other', () =>
    expect(independentAnswers(alternating([0, 0.5, 0.5, 1]), 2)).toBeCloseTo(800))

  it('are never worth more than that, and one where all are right', () => {
    expect(independentAnswers(alternating([0.5]), 2)).toBe(800)
    expect(independentAnswers(alternating([1]), 2)).toBe(400)
  })
})
