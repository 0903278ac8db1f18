import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rowReader } from './separated.ts'

/** The rows of a text that arrives in parts, cut at the places given. */
function rowsOf(text: string, cuts: readonly number[] = [], separator: ',' | '\t' = ','): string[][] {
  const rows: string[][] = []
  const { read, end } = rowReader(separator, 'l.csv', cells => rows.push(cells))
  let start = 0
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    read(text.slice(start, Math.max(start, cut)))
    start = Math.max(start, cut)
  }
  read(text.slice(start))
  end()
  return rows
}

const quoted = (cell: string) => (/[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)
const cell = fc.string({ unit: fc.constantFrom('a', 'b', ',', '"', '\n', ' ', '\t', 'é', ';'), maxLength: 6 })

describe('rows of separated values', () => {
  test('come back as they were written, wherever the text is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 6 }),
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.array(fc.nat(80), { maxLength: 5 }),
        (rows, newline, cuts) => {
          const text = rows.map(row => row.map(quoted).join(',') + newline).join('')
          // Within a cell a line break is a line feed, whatever ends the lines.
          const plain = rows.map(row => row.map(one => (newline === '\r' ? one.replaceAll('\n', '') : one)))
          expect(
            rowsOf(
              newline === '\r' ? plain.map(row => row.map(quoted).join(',') + newline).join('') : text,
              cuts,
            ),
          ).toEqual(plain)
        },
      ),
      { numRuns: 500 },
    )
  })

  test.each(['a,"b\nc,d\n', 'a"b,c\n', '"a"b,c\n'])('%j is refused', text => {
    expect(() => rowsOf(text)).toThrow('the list cannot be parsed')
  })

  test('of a megabyte each, or with a quote that is never closed, are refused early', () => {
    expect(() => rowsOf(`"${'a,b\n'.repeat(1e6)}`)).toThrow('a quote that is not closed')
    expect(() => rowsOf('a'.repeat(2e6))).toThrow('a row of more than')
  })
})
