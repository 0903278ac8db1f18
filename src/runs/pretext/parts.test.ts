import { expect, it } from 'vitest'
import { overlapOf } from './parts.node.ts'

it('overlap is what two parts have in common, of what they cover', () => {
  const whole = { left: 0, top: 0, side: 1 }
  expect(overlapOf(whole, whole)).toBe(1)
  expect(overlapOf(whole, { left: 0.5, top: 0.5, side: 0.5 })).toBeCloseTo(0.25)
  expect(overlapOf({ left: 0, top: 0, side: 0.5 }, { left: 0.25, top: 0, side: 0.5 })).toBeCloseTo(1 / 3)
  expect(overlapOf({ left: 0, top: 0, side: 0.4 }, { left: 0.5, top: 0.5, side: 0.5 })).toBe(0)
})
