/**
 * Lists of images: a .csv or .tsv file with the columns `path,label[,split]`, in any order, other columns
 * ignored. Paths are relative to the list's folder. Every complaint names the file and the line.
 */
import { posix } from 'node:path'
import { CsvError, parse } from 'csv-parse/sync'
import { GlasshouseError } from '../base/errors.ts'
import type { Role, Split } from './dataset.ts'

export interface ListRow {
  path: string
  label: string
  split: Split | undefined
  role?: Role
  /** where the row ends in the file, counted from 1 */
  line: number
}

/**
 * What a split may be called. Validation pictures count as test: this project holds one set out, and they
 * must never be trained on.
 */
const splitNames = new Map<string, Split | undefined>([
  ['', undefined],
  ['train', 'train'],
  ['training', 'train'],
  ['test', 'test'],
  ['testing', 'test'],
  ['val', 'test'],
  ['valid', 'test'],
  ['validation', 'test'],
])

/** The split that a folder or a cell of a list names, or 'unknown'. */
export function splitNamed(name: string): Split | undefined | 'unknown' {
  const key = name.trim().toLowerCase()
  return splitNames.has(key) ? splitNames.get(key) : 'unknown'
}

/** `file` is named in the errors, and tells commas from tabs by its extension. */
export function parseList(text: string, file: string): ListRow[] {
  const [header, ...rows] = records(text, file)
  const columns = (header?.cells ?? []).map(name => name.trim().toLowerCase())
  const column = { path: columns.indexOf('path'), label: columns.indexOf('label') }
  if (column.path < 0 || column.label < 0) {
    throw new GlasshouseError({
      code: 'list-columns',
      what: 'the list lacks a column',
      where: `${file}, line ${header?.line ?? 1}`,
      expected: `a first line with the columns path, label and, if you like, split, separated by ${isTabbed(file) ? 'tabs' : 'commas'}`,
      got: columns.length ? columns.map(name => `'${name}'`).join(', ') : 'an empty file',
    })
  }
  if (rows.length === 0) {
    throw new GlasshouseError({ code: 'list-empty', what: 'the list names no image', where: file })
  }
  const splitColumn = columns.indexOf('split')
  const lineOf = new Map<string, number>()
  return rows.map(({ cells, line }) => {
    const where = `${file}, line ${line}`
    const path = cells[column.path] && posix.normalize(cells[column.path])
    const label = cells[column.label]?.trim()
    if (cells.length !== columns.length || !path || !label) {
      throw new GlasshouseError({
        code: 'list-row',
        what: !path || !label ? 'the row lacks its path or its label' : 'the row does not fit the columns',
        where,
        expected: `${columns.length} cells`,
        got: `${cells.length}: ${cells.map(cell => `'${cell}'`).join(', ')}`,
        hint: 'Put quotes around a path or label that holds the separator',
      })
    }
    const named = splitColumn < 0 ? '' : cells[splitColumn].trim().toLowerCase()
    const role = named === 'query' || named === 'gallery' ? named : undefined
    const split = role ? 'test' : splitNamed(named)
    if (split === 'unknown') {
      throw new GlasshouseError({
        code: 'list-split',
        what: 'the row names a split that does not exist',
        where,
        expected: 'train, test, val, query or gallery',
        got: `'${cells[splitColumn]}'`,
      })
    }
    if (lineOf.has(path)) {
      throw new GlasshouseError({
        code: 'list-duplicate',
        what: 'the list names an image twice',
        where,
        got: `'${path}', also in line ${lineOf.get(path)}`,
        hint: 'Keep one of the two rows',
      })
    }
    lineOf.set(path, line)
    return { path, label, split, ...(role && { role }), line }
  })
}

const isTabbed = (file: string) => /\.tsv$/i.test(file)

function records(text: string, file: string): { cells: string[]; line: number }[] {
  try {
    const parsed = parse(text, {
      bom: true,
      info: true,
      delimiter: isTabbed(file) ? '\t' : ',',
      skip_empty_lines: true,
      relax_column_count: true,
    }) as unknown as { record: string[]; info: { lines: number } }[]
    return parsed.map(({ record, info }) => ({ cells: record, line: info.lines }))
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    throw new GlasshouseError({
      code: 'list-syntax',
      what: 'the list cannot be parsed',
      where: `${file}, line ${error.lines ?? '?'}`,
      got: error.message,
      hint: 'A quote inside a quoted cell is written twice',
      cause: error,
    })
  }
}
