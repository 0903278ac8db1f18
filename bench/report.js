// From measurements to rows and a table.
import { medianOf } from '../dist/base/statistics.js'

/**
 * A row for the benchmark's value and, where it asks for that, one for its memory:
 * { name, ours, peer, ratio, unit, note, failed }. ratio = ours / peer; what was not measured is null.
 */
export function rowsOf(bench, ours, peer, installed) {
  const measures = [{ name: bench.name, key: 'value', unit: bench.unit, better: bench.better }]
  if (bench.memory)
    measures.push({ name: `${bench.name}-memory`, key: 'memory', unit: 'MiB', better: 'less' })
  return measures.map(({ name, key, unit, better }) => {
    const of = side =>
      side.error || side.results[0]?.[key] === undefined
        ? null
        : tidy(medianOf(side.results.map(r => r[key])))
    const [mine, theirs] = [of(ours), of(peer)]
    const notes = [
      key === 'memory' ? `peak resident memory of ${bench.name}` : bench.note,
      `${better} is better`,
    ]
    if (ours.error) notes.push(`ours not measured: ${ours.error}`)
    if (peer.error) notes.push(installed ? `peer not measured: ${peer.error}` : `no peer: ${peer.error}`)
    else if (peer.variant) notes.push(`peer ${peer.variant}`)
    return {
      name,
      ours: mine,
      peer: theirs,
      ratio: mine !== null && theirs ? tidy(mine / theirs) : null,
      unit,
      note: notes.join('; '),
      failed: Boolean(ours.error || (installed && peer.error)),
    }
  })
}

const tidy = value => Number(value.toPrecision(4))

export function table(rows) {
  const heads = ['benchmark', 'ours', 'peer', 'ratio', 'unit', 'note']
  const cell = value => (value === null ? '-' : String(value))
  const lines = [
    heads,
    ...rows.map(row => [row.name, cell(row.ours), cell(row.peer), cell(row.ratio), row.unit, row.note]),
  ]
  const widths = heads.map((_, column) => Math.max(...lines.map(line => line[column].length)))
  const numeric = column => column >= 1 && column <= 3
  const pad = (text, column) =>
    numeric(column) ? text.padStart(widths[column]) : text.padEnd(widths[column])
  return lines.map(line => line.map(pad).join('  ').trimEnd()).join('\n')
}
