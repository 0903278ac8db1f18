/**
 * A list of images, however long, without an object for each of its rows: what a plan of shards is made of. Nothing but
 * the list itself is read, so what it says is taken as it stands until an image is opened.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { inStage, type Work } from '../base/work.ts'
import { splitMissing } from './choose-split.ts'
import { type Split, splits } from './dataset.ts'
import { duplicateRow, eachRow } from './list.node.ts'
import { grown, packTexts } from './packed-texts.node.ts'

export interface LongList {
  /** absolute; paths begin there */
  root: string
  list: string
  /** SHA-256 over path, label and split of every row, in the order of the paths */
  fingerprint: string
  /** what a user should know about how the list was read */
  notes: string[]
  /** places of a split, ascending; all where the list names no splits */
  choose(split: Split | 'all'): Int32Array
  /** the rows are sorted by path, as those of a data set are */
  row(place: number): { path: string; label: string }
}

/** The list that DATA is, or that speaks for the folder that it is. */
export function listOf(data: string): string | undefined {
  const path = resolve(data)
  if (/\.[ct]sv$/i.test(path)) return path
  return ['labels.csv', 'labels.tsv'].map(name => join(path, name)).find(existsSync)
}

/** What is between a row and none. */
const splitCodes = ['train', 'val', 'test', 'query', 'gallery'] as const
const noSplit = splitCodes.length

export async function openLongList(list: string, work: Work): Promise<LongList> {
  const paths = packTexts()
  const labelNames: string[] = []
  const labelNumbers = new Map<string, number>()
  let labels = new Uint32Array(1024)
  let codes = new Uint8Array(1024)
  let last: string | undefined
  let isSorted = true
  const notes = await inStage(work, 'list', 0, () =>
    eachRow(list, ({ path, label, split, role }) => {
      work.signal.throwIfAborted()
      const at = paths.count
      if (at === labels.length) {
        labels = grown(labels, new Uint32Array(2 * at))
        codes = grown(codes, new Uint8Array(2 * at))
      }
      let number = labelNumbers.get(label)
      if (number === undefined) {
        number = labelNames.push(label) - 1
        labelNumbers.set(label, number)
      }
      labels[at] = number
      const named = role ?? split
      codes[at] = named === undefined ? noSplit : splitCodes.indexOf(named)
      paths.add(path)
      isSorted &&= last === undefined || last <= path
      last = path
    }),
  )
  const order = isSorted ? undefined : paths.sort()
  const addedAt = (place: number) => (order ? order[place] : place)
  const hash = createHash('sha256')
  let lines: string[] = []
  let before: string | undefined
  for (let place = 0; place < paths.count; place++) {
    const path = paths.at(place)
    if (path === before) throw await duplicateRow(list, path)
    before = path
    const code = codes[addedAt(place)]
    lines.push(JSON.stringify([path, labelNames[labels[addedAt(place)]], splitCodes[code] ?? null]))
    if (lines.length < 1000 && place < paths.count - 1) continue
    hash.update(`${lines.join('\n')}\n`)
    lines = []
    work.signal.throwIfAborted()
  }
  return {
    root: resolve(list, '..'),
    list,
    fingerprint: hash.digest('hex'),
    notes,
    choose(split) {
      const found = splitCounts(codes.subarray(0, paths.count))
      const total = splits.reduce((sum, name) => sum + found[name], 0)
      if (split === 'all' || total === 0) return Int32Array.from({ length: paths.count }, (_, place) => place)
      // Where nothing else is there to measure on, the validation images are the test images.
      const isTest = found.train > 0 && found.test === 0
      const asked = isTest && split === 'test' ? 'val' : split
      if (found[asked] === 0 || (isTest && split === 'val')) throw splitMissing(split, list)
      const chosen = new Int32Array(found[asked])
      let filled = 0
      for (let place = 0; place < paths.count; place++)
        if (splitOf(codes[addedAt(place)]) === asked) chosen[filled++] = place
      return chosen
    },
    row: place => ({ path: paths.at(place), label: labelNames[labels[addedAt(place)]] }),
  }
}

/** Queries and their gallery are test images. */
const splitOf = (code: number): Split | undefined =>
  code === noSplit ? undefined : (splits.find(name => name === splitCodes[code]) ?? 'test')

function splitCounts(codes: Uint8Array): Record<Split, number> {
  const found = { train: 0, val: 0, test: 0 }
  for (const code of codes) {
    const split = splitOf(code)
    if (split) found[split]++
  }
  return found
}
