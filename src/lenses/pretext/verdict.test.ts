import { expect, it } from 'vitest'
import { verdict } from './verdict.ts'

const baselines = { pixels: 0.5, colours: 0.5, random: 0.52, shuffled: 0.5 }
const verdictOf = (accuracy: number, more: Partial<Parameters<typeof verdict>[0]> = {}) =>
  verdict({ accuracy, interval: [accuracy - 0.02, accuracy + 0.02], chance: 0.5, baselines, ...more }).join(
    ' ',
  )

it('says when nothing is recognised', () => {
  expect(verdictOf(0.51)).toMatch(/^The network recognises nothing/)
  expect(verdictOf(0.6, { interval: [0.45, 0.75] })).toMatch(/^The network recognises nothing/)
  // Shuffled labels can teach nothing: what is not above them is not learned either.
  expect(verdictOf(0.6, { baselines: { ...baselines, shuffled: 0.61 } })).toMatch(
    /^The network recognises nothing/,
  )
})

it('says what else does as well', () => {
  expect(verdictOf(0.9)).toMatch(/^The network recognises it.*No linear classifier comes near it/)
  expect(verdictOf(0.9, { baselines: { ...baselines, colours: 0.88 } })).toContain('on colours does as well')
  expect(verdictOf(0.9, { baselines: { ...baselines, pixels: 0.75 } })).toContain(
    'on pixels at 16 × 16 gets more than half of the way',
  )
})

it('asks for the controls where they were not made', () => {
  expect(verdictOf(0.9)).toContain('--controls')
  expect(verdictOf(0.9, { controls: [] })).not.toContain('--controls')
})
