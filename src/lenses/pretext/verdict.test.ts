import { expect, it } from 'vitest'
import { verdict } from './verdict.ts'

const baselines = { pixels: 0.5, colours: 0.5, random: 0.52, shuffled: 0.5 }
const told = (accuracy: number, more: Partial<Parameters<typeof verdict>[0]> = {}) =>
  verdict({ accuracy, interval: [accuracy - 0.02, accuracy + 0.02], chance: 0.5, baselines, ...more }).join(
    ' ',
  )

it('says when nothing can be told', () => {
  expect(told(0.51)).toMatch(/^Nothing can be told/)
  expect(told(0.6, { interval: [0.45, 0.75] })).toMatch(/^Nothing/)
  // Shuffled labels can teach nothing: what is not above them is not learned either.
  expect(told(0.6, { baselines: { ...baselines, shuffled: 0.61 } })).toMatch(/^Nothing/)
})

it('says what else tells as much', () => {
  expect(told(0.9)).toMatch(/^It can be told.*No linear classifier comes near it/)
  expect(told(0.9, { baselines: { ...baselines, colours: 0.88 } })).toContain('on colours tells as much')
  expect(told(0.9, { baselines: { ...baselines, pixels: 0.75 } })).toContain('on pixels at 16 × 16 tells too')
})

it('asks for the controls where they were not made', () => {
  expect(told(0.9)).toContain('--controls')
  expect(told(0.9, { controls: [] })).not.toContain('--controls')
})
