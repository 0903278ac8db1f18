import { expect, test } from 'vitest'
import { joinedBytes, joinedFloats, lengthOf } from './joined.ts'

test('arrays follow each other in their order, empty ones too', () => {
  const bytes = [Uint8Array.of(1, 2), new Uint8Array(), Uint8Array.of(255)]
  expect(joinedBytes(bytes)).toEqual(Uint8Array.of(1, 2, 255))
  expect(lengthOf(bytes)).toBe(3)
  expect(joinedFloats([Float32Array.of(0.5), Float32Array.of(-1, 3)])).toEqual(Float32Array.of(0.5, -1, 3))
  expect(joinedBytes([])).toHaveLength(0)
})

test('what is joined is a copy', () => {
  const part = Float32Array.of(1)
  const whole = joinedFloats([part])
  part[0] = 2
  expect(whole[0]).toBe(1)
})
