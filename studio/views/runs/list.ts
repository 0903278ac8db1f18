/** Which runs are shown, and in which order and groups: plain functions of the list and the address. */

import type { List } from '../../../src/base/csv.ts'
import { byNumber } from '../../../src/base/names.ts'
import type { ListedRun } from '../../../src/runs/list-page.ts'
import { groupBy } from '../../group.ts'
import { timeCell } from '../../words.ts'

export interface Column {
  key: string
  title: string
  /** what it sorts by; texts from A to Z, numbers from the largest */
  sort(run: ListedRun): string | number | undefined
  numeric?: true
}

export const columns: readonly Column[] = [
  { key: 'name', title: 'Run', sort: run => run.name },
  { key: 'objective', title: 'Objective', sort: run => run.objective ?? run.command },
  { key: 'net', title: 'Network', sort: run => run.net },
  { key: 'data', title: 'Data', sort: run => run.data },
  { key: 'score', title: 'Score', sort: run => run.score, numeric: true },
  { key: 'epochs', title: 'Epochs', sort: run => run.epochs, numeric: true },
  { key: 'state', title: 'State', sort: run => run.state },
  { key: 'changed', title: 'Changed', sort: run => run.changed, numeric: true },
]

export const groupings = ['objective', 'data', 'net', 'command', 'state', 'folder'] as const
export type Grouping = (typeof groupings)[number]

export const whatOf = (run: ListedRun): string => run.objective ?? run.command

function groupOf(run: ListedRun, by: Grouping): string {
  if (by === 'folder') return run.name.includes('/') ? run.name.slice(0, run.name.lastIndexOf('/')) : '–'
  return (by === 'objective' ? whatOf(run) : run[by]) ?? '–'
}

/** `name` sorts upward, `-name` downward. */
export interface Sorting {
  key: string
  isDown: boolean
}

export const readSorting = (text: string | null): Sorting =>
  text ? { key: text.replace(/^-/, ''), isDown: text.startsWith('-') } : { key: 'changed', isDown: true }
export const writeSorting = ({ key, isDown }: Sorting): string => `${isDown ? '-' : ''}${key}`

const comparison = /^(score|epochs)([<>]=?|=)(\d+(?:\.\d+)?)%?$/

/** Every word must be found in the run; `score>0.9` and `epochs>=10` compare. */
export function matches(run: ListedRun, words: readonly string[]): boolean {
  const text = [run.name, run.command, run.objective, run.net, run.data, run.state, run.measure]
    .filter(Boolean)
    .join(' ')
    .toLowerCase()
  return words.every(word => {
    const [, key, sign, number] = comparison.exec(word) ?? []
    if (key === undefined) return text.includes(word)
    const value = key === 'score' ? run.score : run.epochs
    if (value === undefined) return false
    const limit = Number(number)
    if (sign === '=') return value === limit
    if (sign.includes('=') && value === limit) return true
    return sign.startsWith('>') ? value > limit : value < limit
  })
}

export type Row =
  | { kind: 'group'; name: string; count: number; best?: number }
  | { kind: 'run'; run: ListedRun }

export interface Wanted {
  words: string
  state?: string
  sorting: Sorting
  group?: Grouping
}

export function arrange(runs: readonly ListedRun[], { words, state, sorting, group }: Wanted) {
  const parts = words.toLowerCase().split(/\s+/).filter(Boolean)
  const found = runs.filter(run => (!state || run.state === state) && matches(run, parts))
  const column = columns.find(({ key }) => key === sorting.key) ?? columns[columns.length - 1]
  const sign = sorting.isDown ? -1 : 1
  found.sort((a, b) => {
    const [left, right] = [column.sort(a), column.sort(b)]
    // What is unknown stands last, however one sorts.
    if (left === undefined || right === undefined)
      return left === right ? b.changed - a.changed : left === undefined ? 1 : -1
    if (left === right) return b.changed - a.changed
    if (typeof left === 'number' && typeof right === 'number') return sign * (left - right)
    return sign * byNumber(String(left), String(right))
  })
  const rows: Row[] = []
  if (!group) for (const run of found) rows.push({ kind: 'run', run })
  else {
    for (const [name, members] of groupBy(found, run => groupOf(run, group))) {
      const scores = members.flatMap(({ score }) => (score === undefined ? [] : [score]))
      rows.push({
        kind: 'group',
        name,
        count: members.length,
        ...(scores.length && { best: Math.max(...scores) }),
      })
      for (const run of members) rows.push({ kind: 'run', run })
    }
  }
  return { rows, found }
}

/** All that is known of runs, for other programs. */
export const listOf = (runs: readonly ListedRun[]): List => ({
  columns: [
    ...['run', 'command', 'objective', 'net', 'data', 'looks at', 'measure', 'score'],
    ...['epochs', 'of epochs', 'state', 'changed', 'fault'],
  ],
  rows: runs.map(run => [
    ...[
      run.name,
      run.command,
      run.objective ?? '',
      run.net ?? '',
      run.data ?? '',
      (run.sources ?? []).join(' '),
    ],
    ...[run.measure ?? '', run.score ?? '', run.epochs ?? '', run.ofEpochs ?? ''],
    ...[run.state, timeCell(run.changed), run.fault ?? ''],
  ]),
})
