import { expect, test } from 'vitest'
import { encodeCsv } from './csv.ts'

test('cells that hold what separates cells are quoted', () => {
  const list = {
    columns: ['path', 'share'],
    rows: [
      ['a, "b".png', 0.5],
      ['two\nlines', 1],
      ['plain', -2],
    ],
  }
  expect(encodeCsv(list)).toBe('path,share\r\n"a, ""b"".png",0.5\r\n"two\nlines",1\r\nplain,-2\r\n')
})
