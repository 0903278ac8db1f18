import { expect, test } from 'vitest'
import { GlasshouseError } from './errors.ts'

test('an error with other details keeps the rest, and says what it comes from', () => {
  const error = new GlasshouseError({
    code: 'run-locked',
    what: 'this is locked',
    where: 'runs/a',
    expected: 'a free folder',
    got: 'process 7',
    hint: 'Wait',
    fault: 'machine',
  })
  const changed = error.with({ where: undefined, path: ['inputs', 'data'] })
  expect(changed).toMatchObject({
    code: 'run-locked',
    where: undefined,
    path: ['inputs', 'data'],
    expected: 'a free folder',
    got: 'process 7',
    hint: 'Wait',
    fault: 'machine',
    cause: error,
  })
  expect(changed.message).toBe('inputs.data: this is locked (expected a free folder, got process 7). Wait')
})
