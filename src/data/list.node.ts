/**
 * Lists of images: a .csv or .tsv file with the columns `path,label[,split]`, in any order, other columns
 * ignored. Paths are relative to the list's folder. Every complaint names the file and the line.
 */
import { existsSync } from 'node:fs'
import { dirname, posix, relative, resolve, sep } from 'node:path'
import { GlasshouseError } from '../base/errors.ts'
import { fileError, openRegular } from '../base/files.node.ts'
import { className } from './class-names.ts'
import type { Role, Split } from './dataset.ts'
import { rowReader } from './separated.ts'
import { type TextReader, textReader } from './text.ts'

export interface ListRow {
  /** relative to the list's folder, with forward slashes */
  path: string
  label: string
  split: Split | undefined
  role?: Role
  /** where the row ends in the file, counted from 1 */
  line: number
}

export interface List {
  rows: ListRow[]
  /** what a user should know about how the list was read */
  notes: string[]
}

const splitNames = new Map<string, Split>([
  ['train', 'train'],
  ['training', 'train'],
  ['val', 'val'],
  ['valid', 'val'],
  ['validation', 'val'],
  ['test', 'test'],
  ['testing', 'test'],
])

/** The split that a folder or a cell of a list names, in any case; undefined where it names none. */
export const splitNamed = (name: string): Split | undefined => splitNames.get(name.trim().toLowerCase())

/** Reads a list part by part, so that one of millions of rows costs no more than its rows. */
export async function readList(list: string): Promise<List> {
  const rows: ListRow[] = []
  return { rows, notes: await eachRow(list, row => rows.push(row)) }
}

/** Reads a list part by part, and holds no row. @returns what a user should know about how it was read */
export async function eachRow(list: string, onRow: (row: ListRow) => void): Promise<string[]> {
  const { take, done } = listReader(list, onRow)
  await eachPart(list, take)
  return done()
}

/** The columns of a list beside path, label and split, as they are written. */
export interface OtherColumns {
  names: string[]
  /** cells of these columns, by the line of their row */
  rows: Map<number, string[]>
}

/** @param list one that `readList` has read */
export async function readOtherColumns(list: string): Promise<OtherColumns> {
  const rows = new Map<number, string[]>()
  let names: string[] | undefined
  let own: number[] = []
  const { read, end } = rowReader(separatorOf(list), list, (cells, line) => {
    if (names) {
      rows.set(
        line,
        own.map(column => cells[column] ?? ''),
      )
      return
    }
    own = cells.flatMap((name, column) =>
      ['path', 'label', 'split', ''].includes(name.trim().toLowerCase()) ? [] : [column],
    )
    names = own.map(column => cells[column].trim())
  })
  await eachPart(list, read)
  end()
  return { names: names ?? [], rows }
}

async function eachPart(list: string, take: (text: string) => void): Promise<void> {
  const file = await openRegular(list)
  try {
    let reader: TextReader | undefined
    const part = Buffer.allocUnsafe(2 ** 20)
    for (;;) {
      const { bytesRead } = await file.read(part, 0, part.length)
      const bytes = part.subarray(0, bytesRead)
      reader ??= textReader(bytes, list)
      if (bytesRead === 0) break
      take(reader.read(bytes))
    }
    take(reader.end())
  } catch (error) {
    throw fileError(error, list)
  } finally {
    await file.close()
  }
}

const separatorOf = (list: string): '\t' | ',' => (/\.tsv$/i.test(list) ? '\t' : ',')

/** The rows of a list's text. `list` is named in the errors, and tells commas from tabs by its extension. */
export function parseList(text: string, list: string): List {
  const rows: ListRow[] = []
  const { take, done } = listReader(list, row => rows.push(row))
  take(text)
  return { rows, notes: done() }
}

function listReader(
  list: string,
  onRow: (row: ListRow) => void,
): { take(text: string): void; done(): string[] } {
  const separator = separatorOf(list)
  const readPath = pathReader(dirname(list))
  let count = 0
  /** labels as they are written, and what they mean: millions of rows share the same few strings */
  const labels = new Map<string, string>()
  let columns: Columns | undefined
  let withoutSplit = 0
  const takeRow = (cells: string[], line: number) => {
    if (!columns) {
      columns = readHeader(cells, `${list}, line ${line}`, separator)
      return
    }
    const written = cells[columns.label]
    let label = written === undefined ? '' : labels.get(written)
    if (label === undefined) {
      label = className(written)
      labels.set(written, label)
    }
    const path = cells[columns.path]
    if (cells.length !== columns.count || !path || !label)
      throw unfitRow(cells, columns, `${list}, line ${line}`)
    const named = columns.split < 0 ? '' : cells[columns.split].trim().toLowerCase()
    const role = named === 'query' || named === 'gallery' ? named : undefined
    const split = role ? 'test' : splitNames.get(named)
    if (split === undefined && named !== '') throw unknownSplit(cells[columns.split], `${list}, line ${line}`)
    if (split === undefined) withoutSplit++
    const row: ListRow = { path: readPath(path), label, split, line }
    if (role) row.role = role
    count++
    onRow(row)
  }
  const { read, end } = rowReader(separator, list, takeRow)
  let isFirst = true
  return {
    take(text) {
      read(isFirst && text.startsWith('\ufeff') ? text.slice(1) : text)
      isFirst &&= text === ''
    },
    done() {
      end()
      if (!columns) throw missingColumns([], `${list}, line 1`, separator)
      if (count === 0)
        throw new GlasshouseError({ code: 'list-empty', what: 'the list names no image', where: list })
      if (withoutSplit === 0 || withoutSplit === count) return []
      return [
        `${withoutSplit} of the ${count} rows of ${list} name no split: they are neither trained nor tested on`,
      ]
    },
  }
}

interface Columns {
  count: number
  path: number
  label: number
  split: number
}

function readHeader(cells: readonly string[], where: string, separator: string): Columns {
  const names = cells.map(name => name.trim().toLowerCase())
  const columns = {
    count: names.length,
    path: names.indexOf('path'),
    label: names.indexOf('label'),
    split: names.indexOf('split'),
  }
  if (columns.path < 0 || columns.label < 0) throw missingColumns(names, where, separator)
  return columns
}

/**
 * Paths of rows as they are kept: relative to the list's folder, normal, with forward slashes. One that was written
 * on Windows is read as the folders it names, unless a file has just that name.
 */
function pathReader(folder: string): (path: string) => string {
  const root = resolve(folder)
  const unusual = /^\/|\/\/|\/$|(?:^|\/)\.\.?(?:\/|$)|\\|^[a-z]:|[^\x20-\x7e]/i
  return written => {
    if (!unusual.test(written)) return written
    const isWindows = written.includes('\\') && !existsSync(resolve(root, written))
    const path = isWindows ? written.replaceAll('\\', '/') : written
    const file = resolve(root, path)
    return posix.normalize(slashed(relative(root, existsSync(file) ? file : (otherSpelling(file) ?? file))))
  }
}

/** A path of this machine with forward slashes. */
export const slashed = (path: string): string => (sep === '/' ? path : path.replaceAll(sep, '/'))

/**
 * Refuses a list that names a file twice, by whatever spelling of its path: it would count twice, perhaps under two
 * labels. `rows` are sorted by path.
 */
export function requireDistinct(rows: readonly { path: string; line?: number }[], list: string): void {
  for (let i = 1; i < rows.length; i++) {
    if (rows[i].path !== rows[i - 1].path) continue
    throw namedTwice(rows[i].path, [rows[i - 1].line ?? 0, rows[i].line ?? 0], list)
  }
}

/** The same complaint of a list whose rows were not kept: it is read again for the lines. */
export async function duplicateRow(list: string, path: string): Promise<GlasshouseError> {
  const lines: number[] = []
  await eachRow(list, row => {
    if (row.path === path) lines.push(row.line)
  })
  return namedTwice(path, lines, list)
}

function namedTwice(path: string, lines: readonly number[], list: string): GlasshouseError {
  const [first, second] = [...lines].sort((a, b) => a - b)
  return new GlasshouseError({
    code: 'list-duplicate',
    what: 'the list names an image twice',
    where: `${list}, line ${second}`,
    got: `'${path}', also in line ${first}`,
    hint: 'Keep one of the two rows',
  })
}

/** What a file is called on this disk whose accents are encoded in the other of the two ways. */
const otherSpelling = (file: string): string | undefined =>
  [file.normalize('NFC'), file.normalize('NFD')].find(form => form !== file && existsSync(form))

const missingColumns = (names: readonly string[], where: string, separator: string) =>
  new GlasshouseError({
    code: 'list-columns',
    what: 'the list lacks a column',
    where,
    expected: `a first line with the columns path, label and, if you like, split, separated by ${separator === '\t' ? 'tabs' : 'commas'}`,
    got: names.length
      ? names
          .slice(0, 20)
          .map(name => `'${name}'`)
          .join(', ')
      : 'an empty file',
  })

function unfitRow(cells: readonly string[], columns: Columns, where: string): GlasshouseError {
  const lacks = !cells[columns.path] || !cells[columns.label]?.trim()
  return new GlasshouseError({
    code: 'list-row',
    what: lacks ? 'the row lacks its path or its label' : 'the row does not fit the columns',
    where,
    expected: `${columns.count} cells`,
    got: `${cells.length}: ${cells
      .slice(0, 20)
      .map(cell => `'${cell}'`)
      .join(', ')}`,
    hint: 'Put quotes around a path or label that holds the separator',
  })
}

const unknownSplit = (got: string, where: string) =>
  new GlasshouseError({
    code: 'list-split',
    what: 'the row names a split that does not exist',
    where,
    expected: 'train, val, test, query or gallery',
    got: `'${got}'`,
  })
