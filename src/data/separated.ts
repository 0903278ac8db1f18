/**
 * Values separated by commas or tabs (RFC 4180), row by row, from a text that arrives in parts. Rows without a quote,
 * nearly all in practice, are split as they are; time and memory are linear in the text, whatever it holds.
 */
import { GlasshouseError } from '../base/errors.ts'

/** `line` is where the row ends in the file, counted from 1; rows without any character are left out. */
export type OnRow = (cells: string[], line: number) => void

export interface RowReader {
  read(text: string): void
  end(): void
}

/** A row longer than this has a quote that is never closed, or is not text at all. */
const longestRow = 2 ** 20

export function rowReader(separator: ',' | '\t', where: string, onRow: OnRow): RowReader {
  /** what came after the last line break */
  let rest = ''
  let line = 0
  /** lines of a row whose quoted cell goes on, and where it began */
  let open: { text: string; line: number } | undefined
  const refuse = (at: number, got: string): never => {
    throw new GlasshouseError({
      code: 'list-syntax',
      what: 'the list cannot be parsed',
      where: `${where}, line ${at}`,
      got,
      hint: 'A quote inside a quoted cell is written twice',
    })
  }
  const takeLine = (text: string) => {
    line++
    if (!open && !text.includes('"')) {
      if (text !== '') onRow(text.split(separator), line)
      return
    }
    const whole: string = open ? `${open.text}\n${text}` : text
    const closes = isOdd(text) === Boolean(open)
    if (!closes) {
      if (whole.length > longestRow) refuse(open?.line ?? line, 'a quote that is not closed')
      open = { text: whole, line: open?.line ?? line }
      return
    }
    const at = line
    open = undefined
    onRow(
      quotedCells(whole, separator, got => refuse(at, got)),
      line,
    )
  }
  /** what ends a line: a carriage return alone does in files of old Macs */
  let lineBreak: '\n' | '\r' | undefined
  const takeLines = (text: string) => {
    lineBreak ??= lineBreakOf(text)
    let start = 0
    if (lineBreak) {
      for (let at = text.indexOf(lineBreak); at >= 0; at = text.indexOf(lineBreak, start)) {
        const end = text[at - 1] === '\r' && at > start ? at - 1 : at
        takeLine(text.slice(start, end))
        start = at + 1
      }
    }
    rest = text.slice(start)
    if (rest.length > longestRow) refuse(line + 1, `a row of more than ${longestRow} characters`)
  }
  return {
    read: text => takeLines(rest + text),
    end() {
      takeLines(rest)
      if (rest !== '') takeLine(rest.replace(/\r$/, ''))
      if (open) refuse(line, `a quote that is not closed, opened in line ${open.line}`)
    },
  }
}

function lineBreakOf(text: string): '\n' | '\r' | undefined {
  if (text.includes('\n')) return '\n'
  const at = text.indexOf('\r')
  // The line feed that belongs to it may come with the next part.
  return at >= 0 && at < text.length - 1 ? '\r' : undefined
}

/** Whether the text holds an odd number of quotes. */
function isOdd(text: string): boolean {
  let odd = false
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) odd = !odd
  return odd
}

function quotedCells(row: string, separator: string, refuse: (got: string) => never): string[] {
  const cells: string[] = []
  for (let at = 0; at <= row.length; at++) {
    if (row[at] !== '"') {
      const next = row.indexOf(separator, at)
      const end = next < 0 ? row.length : next
      const cell = row.slice(at, end)
      if (cell.includes('"')) refuse(`a quote within the cell '${shortened(cell)}'`)
      cells.push(cell)
      at = end
      continue
    }
    const parts: string[] = []
    for (;;) {
      const close = row.indexOf('"', at + 1)
      if (close < 0) refuse('a quote that is not closed')
      parts.push(row.slice(at + 1, close))
      at = close + 1
      if (row[at] !== '"') break
    }
    if (at < row.length && row[at] !== separator)
      refuse(`'${shortened(row.slice(at))}' after the end of a quoted cell`)
    cells.push(parts.join('"'))
  }
  return cells
}

const shortened = (text: string) => (text.length > 40 ? `${text.slice(0, 40)}...` : text)
