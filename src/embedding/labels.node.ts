/**
 * Labels of vectors that carry none: a .npy array of numbers or words, or a text with one label per line. Whatever
 * looks like another kind of file is refused: a table read as lines would give every vector a class of its own.
 */
import { GlasshouseError } from '../base/errors.ts'
import { className } from '../data/class-names.ts'
import { rowReader } from '../data/separated.ts'
import { decodeText } from '../data/text.ts'
import { readBytes } from '../weights/file.node.ts'
import { decodeNpy, looksLikeNpy } from '../weights/npy.ts'
import { decodeNpyText } from '../weights/npy-text.ts'

/** One label per vector; `count` vectors are to be labelled, which decides whether a first line is a heading. */
export const readLabels = async (path: string, count?: number): Promise<string[]> =>
  decodeLabels(await readBytes(path), path, count)

/** The same of bytes; `path` decides how a text is read, and is named in errors. */
export const decodeLabels = (bytes: Uint8Array, path: string, count?: number): string[] =>
  looksLikeNpy(bytes) ? labelsOfArray(bytes, path) : labelsOfText(decodeText(bytes, path), path, count)

function labelsOfArray(bytes: Uint8Array, path: string): string[] {
  const { shape, labels } = elementsOf(bytes, path)
  if (shape.filter(extent => extent !== 1).length > 1)
    throw unfit(
      path,
      'the array is not a list of labels',
      'one label per vector',
      `an array of shape [${shape.join(', ')}]`,
    )
  labels.forEach((label, index) => {
    if (label === '' || label === 'NaN' || label.endsWith('Infinity'))
      throw unfit(
        `${path}, element ${index}`,
        'a label is missing',
        'a number or a word',
        label === '' ? 'an empty text' : label,
      )
  })
  return labels
}

function elementsOf(bytes: Uint8Array, path: string): { shape: readonly number[]; labels: string[] } {
  try {
    const words = decodeNpyText(bytes, path)
    if (words) return { shape: words.shape, labels: words.texts.map(className) }
    const { shape, data } = decodeNpy(bytes, path)
    return { shape, labels: Array.from(data, String) }
  } catch (error) {
    if (!(error instanceof GlasshouseError) || !error.what.includes('Python objects')) throw error
    throw unfit(
      path,
      error.what,
      'numbers or words',
      undefined,
      "Save words as a.astype(str), numbers as a.astype('<i8')",
    )
  }
}

const heading = /^(?:label|labels|class|classes|category|target|y)$/i

function labelsOfText(text: string, path: string, count: number | undefined): string[] {
  const isTable = /\.[ct]sv$/i.test(path)
  const separator = /\.tsv$/i.test(path) || (!isTable && text.includes('\t')) ? '\t' : ','
  const labels = isTable ? columnOf(text, separator, path) : linesOf(text, separator, path)
  if (heading.test(labels[0] ?? '') && labels.length - 1 === (count ?? labels.length - 1)) labels.shift()
  const missing = labels.findIndex(label => label === '' || /^nan$/i.test(label))
  if (missing >= 0)
    throw unfit(
      `${path}, line ${missing + 1}`,
      'a label is missing',
      'a number or a word',
      labels[missing] === '' ? 'an empty line' : `'${labels[missing]}'`,
    )
  return labels.map(plainNumber)
}

/** The only column of a table, or the one that is called a label. */
function columnOf(text: string, separator: ',' | '\t', path: string): string[] {
  const rows: string[][] = []
  let last = 0
  const { read, end } = rowReader(separator, path, (cells, line) => {
    // The reader leaves empty lines out; in a single column each is a missing label. Quoted cells span lines.
    const spanned = cells.join('').split('\n').length
    for (let skipped = last + spanned; skipped < line; skipped++) rows.push([''])
    last = line
    rows.push(cells)
  })
  read(text)
  end()
  const first = rows[0]?.map(cell => cell.trim().toLowerCase()) ?? []
  if (first.length <= 1) return rows.map(([cell]) => className(cell))
  const column = first.indexOf('label')
  if (column < 0) throw severalColumns(path, first.length)
  return rows.slice(1).map((cells, index) => {
    if (cells.length !== first.length)
      throw unfit(
        `${path}, line ${index + 2}`,
        'the row does not fit the columns',
        `${first.length} cells`,
        `${cells.length}`,
      )
    return className(cells[column])
  })
}

function linesOf(text: string, separator: ',' | '\t', path: string): string[] {
  const lines = text.split(/\r\n|\n|\r/)
  while (lines.length > 0 && lines[lines.length - 1].trim() === '') lines.pop()
  const labels = lines.map(className)
  refuseColumns(labels, separator, path)
  return labels
}

/** Names may hold commas and blanks; columns show in that no two lines are the same, or in tabs. */
function refuseColumns(lines: readonly string[], separator: ',' | '\t', path: string): void {
  if (lines.length < 2) return
  const cells = (pattern: RegExp | string) => new Set(lines.map(line => line.split(pattern).length))
  const isEven = (counts: ReadonlySet<number>) => counts.size === 1 && !counts.has(1)
  const bySeparator = cells(separator)
  if (separator === '\t') throw severalColumns(path, Math.max(2, lines[0].split('\t').length))
  if (new Set(lines).size < lines.length) return
  const byBlank = cells(/\s+/)
  const even = [bySeparator, byBlank].find(isEven)
  if (even) throw severalColumns(path, [...even][0])
}

const severalColumns = (path: string, columns: number) =>
  unfit(
    path,
    'these are several columns, not one label per line',
    'one label per line, or a .csv or .tsv file with a column that is called label',
    `${columns} columns`,
  )

/** 3.0 and 3.000e+00, as np.savetxt writes them, are 3; 007 stays what it is. */
const plainNumber = (label: string): string =>
  /^[-+]?\d+\.\d*(?:e[-+]?\d+)?$/i.test(label) ? String(Number(label)) : label

const unfit = (where: string, what: string, expected: string, got?: string, hint?: string): GlasshouseError =>
  new GlasshouseError({ code: 'labels-unreadable', what, where, expected, got, hint })
