/** A result in plain text for a person at a terminal. */
import { printable } from '../base/printable.ts'
import type { Outcome, Row } from './command.ts'

export function summaryText({ summary, metrics }: Outcome): string {
  if (typeof summary === 'string') return summary
  return table(summary ?? plainNumbers(metrics))
}

/** Columns by their widest cell, without empty ones; numbers to the right, words to the left. */
export function table(rows: readonly Row[]): string {
  const columns = [...new Set(rows.flatMap(Object.keys))].filter(column =>
    rows.some(row => row[column] !== undefined),
  )
  const cells = [columns, ...rows.map(row => columns.map(column => cellText(row[column])))]
  const widths = columns.map((_, i) => cells.reduce((widest, row) => Math.max(widest, row[i].length), 0))
  const numeric = columns.map(column => rows.every(row => typeof (row[column] ?? 0) === 'number'))
  const align = (text: string, i: number) => (numeric[i] ? text.padStart(widths[i]) : text.padEnd(widths[i]))
  return cells.map(row => row.map(align).join('  ').trimEnd()).join('\n')
}

const cellText = (value: string | number | undefined) =>
  typeof value === 'number' && !Number.isInteger(value)
    ? String(Number(value.toPrecision(4)))
    : printable(`${value ?? ''}`)

function plainNumbers(metrics: Outcome['metrics'], prefix = ''): Row[] {
  return Object.entries(metrics).flatMap(([key, value]) => {
    if (typeof value === 'number' || typeof value === 'string') return [{ metric: prefix + key, value }]
    if (Array.isArray(value)) return [{ metric: prefix + key, value: value.length }]
    return value && typeof value === 'object'
      ? plainNumbers(value as Outcome['metrics'], `${prefix}${key}.`)
      : []
  })
}
