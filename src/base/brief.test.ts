import { expect, test } from 'vitest'
import { brief } from './brief.ts'
import { describeError, GlasshouseError } from './errors.ts'

test('short texts stay as they are, of long ones the beginning and the length stay', () => {
  expect(brief('oak')).toBe('oak')
  expect(brief('x'.repeat(1000))).toHaveLength(1000)
  expect(brief('x'.repeat(50), 3)).toBe('xxx… (50 characters)')
})

test('an error about a megabyte is no megabyte, whatever part of it the megabyte is', () => {
  const long = 'x'.repeat(2 ** 20)
  for (const part of ['what', 'where', 'expected', 'got', 'hint'] as const) {
    const error = new GlasshouseError({ code: 'usage', what: 'this is wrong', [part]: long })
    expect(error.message.length).toBeLessThan(1200)
    expect(describeError(error)).toBe(error.message)
  }
})
