/**
 * Affinities: how much two items belong together, from the distances to their nearest neighbours (van der
 * Maaten and Hinton 2008, section 2). Each item's Gaussian gets the width at which its distribution over the
 * neighbours has the wanted perplexity; the two directions are averaged, and all affinities sum to 1.
 */
import type { Neighbours } from './neighbours.ts'

/** A symmetric sparse matrix in compressed rows, each padded with zeros to a multiple of four entries. */
export interface Affinities {
  count: number
  rowStarts: Uint32Array
  columns: Uint32Array
  values: Float32Array
  /** sum of p log p: the part of the divergence that no map can change */
  negativeEntropy: number
}

/** Neighbours that a perplexity needs: three times as many, beyond which a Gaussian has next to no weight. */
export const neighboursFor = (perplexity: number, count: number): number =>
  Math.min(count - 1, Math.ceil(3 * perplexity))

export function affinitiesOf(neighbours: Neighbours, perplexity: number): Affinities {
  const { count, k, indices, distances } = neighbours
  const conditional = new Float32Array(count * k)
  const entropy = Math.log(Math.min(perplexity, k))
  const row = new Float64Array(k)
  for (let i = 0; i < count; i++) {
    for (let n = 0; n < k; n++) row[n] = distances[i * k + n]
    calibrate(row, entropy)
    conditional.set(row, i * k)
  }
  return symmetrise({ count, starts: k, columns: indices, values: conditional })
}

/**
 * Replaces squared distances by probabilities exp(-beta d) / sum of the wanted entropy (in nats). Newton's
 * method on log beta within a bracket; where ties among the nearest make the entropy unreachable, as near as
 * may be.
 */
export function calibrate(row: Float64Array, entropy: number): void {
  let least = Number.POSITIVE_INFINITY
  let mean = 0
  for (const d of row) least = Math.min(least, d)
  for (let n = 0; n < row.length; n++) mean += (row[n] -= least) / row.length
  let low = Number.NEGATIVE_INFINITY
  let high = Number.POSITIVE_INFINITY
  let logBeta = mean > 0 ? -Math.log(mean) : 0
  let beta = Math.exp(logBeta)
  let sum = 0
  for (let step = 0; step < 100; step++) {
    sum = 0
    let first = 0
    let second = 0
    for (const d of row) {
      const weight = Math.exp(-beta * d)
      sum += weight
      first += weight * d
      second += weight * d * d
    }
    first /= sum
    const excess = Math.log(sum) + beta * first - entropy
    const slope = beta * beta * Math.max(0, second / sum - first * first)
    if (Math.abs(excess) < 1e-6 || step === 99 || slope === 0) break
    if (excess > 0) low = logBeta
    else high = logBeta
    let next = logBeta + excess / slope
    // Outside the bracket, or too far at once: halve the bracket, or step by e^2 where it is open.
    if (!(next > low && next < high) || Math.abs(next - logBeta) > 2) {
      next =
        high === Number.POSITIVE_INFINITY
          ? low + 2
          : low === Number.NEGATIVE_INFINITY
            ? high - 2
            : (low + high) / 2
    }
    logBeta = next
    beta = Math.exp(logBeta)
  }
  for (let n = 0; n < row.length; n++) row[n] = Math.exp(-beta * row[n]) / sum
}

interface Rows {
  count: number
  /** where each row begins (and the last ends), or the length of all rows */
  starts: Uint32Array | number
  columns: Int32Array | Uint32Array
  values: Float32Array
}

function transpose({ count, starts, columns, values }: Rows): Rows & { starts: Uint32Array } {
  const ends = new Uint32Array(count + 1)
  for (const column of columns) ends[column + 1]++
  for (let i = 0; i < count; i++) ends[i + 1] += ends[i]
  const next = ends.slice()
  const turned = { columns: new Uint32Array(columns.length), values: new Float32Array(columns.length) }
  for (let i = 0; i < count; i++) {
    const [from, to] =
      typeof starts === 'number' ? [i * starts, (i + 1) * starts] : [starts[i], starts[i + 1]]
    for (let e = from; e < to; e++) {
      const at = next[columns[e]]++
      turned.columns[at] = i
      turned.values[at] = values[e]
    }
  }
  return { count, starts: ends, ...turned }
}

/** (P + P^T) / 2n, from conditional probabilities. */
function symmetrise(conditional: Rows): Affinities {
  const { count } = conditional
  // Transposing sorts: twice gives the rows themselves with columns in ascending order.
  const incoming = transpose(conditional)
  const outgoing = transpose(incoming)
  const rowStarts = new Uint32Array(count + 1)
  /** Walks the union of both rows of item i in ascending order; returns its size. */
  const merge = (i: number, visit?: (column: number, value: number) => void) => {
    let a = outgoing.starts[i]
    let b = incoming.starts[i]
    const [endA, endB] = [outgoing.starts[i + 1], incoming.starts[i + 1]]
    let size = 0
    for (; a < endA || b < endB; size++) {
      const left = a < endA ? outgoing.columns[a] : count
      const right = b < endB ? incoming.columns[b] : count
      const value = (left <= right ? outgoing.values[a++] : 0) + (right <= left ? incoming.values[b++] : 0)
      visit?.(Math.min(left, right), value)
    }
    return size
  }
  for (let i = 0; i < count; i++) rowStarts[i + 1] = rowStarts[i] + 4 * Math.ceil(merge(i) / 4)
  const columns = new Uint32Array(rowStarts[count])
  const values = new Float32Array(rowStarts[count])
  let negativeEntropy = 0
  for (let i = 0; i < count; i++) {
    let at = rowStarts[i]
    merge(i, (column, value) => {
      const p = Math.fround(value / (2 * count))
      columns[at] = column
      values[at++] = p
      if (p > 0) negativeEntropy += p * Math.log(p)
    })
    columns.fill(i, at, rowStarts[i + 1])
  }
  return { count, rowStarts, columns, values, negativeEntropy }
}
