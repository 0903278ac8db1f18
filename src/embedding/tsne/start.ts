/**
 * Where a map starts: the first two principal components, normal noise, or the places of its items in maps that
 * were tied strongly. All are so small (standard deviation 1e-4) that the affinities alone decide the first steps
 * (Kobak and Berens 2019).
 */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import { random } from '../../base/random.ts'
import type { TsneInput } from './inputs.ts'
import { columnMeans } from './neighbours.ts'

export const startDeviation = 1e-4

/** Independent normal deviates, count x 2. */
export function randomStart(count: number, seed: number): Float32Array {
  const { normal } = random(seed, 'tsne start')
  return Float32Array.from({ length: 2 * count }, () => normal(0, startDeviation))
}

/**
 * The first two principal components, scaled so that the first has the standard deviation of a start. A
 * thousandth of that as noise, always the same, parts duplicates and leaves the line that data of one
 * dimension would start on.
 */
export function principalStart(data: Float32Array, dim: number): Float32Array {
  const scores = principalComponents(data, dim, 2)
  const count = data.length / dim
  let power = 0
  for (let i = 0; i < count; i++) power += scores[2 * i] ** 2
  const scale = power > 0 ? startDeviation / Math.sqrt(power / count) : 0
  const { normal } = random(0, 'tsne jitter')
  return Float32Array.from(scores, score => score * scale + normal(0, startDeviation / 1000))
}

/**
 * One start for maps of the same items: the mean place of each item in maps that were tied strongly, scaled down. Maps
 * that start from it lay their clusters out alike, and differ where their vectors do. Maps that are held in place stay
 * where they are.
 */
export function commonStart(
  inputs: readonly Pick<TsneInput, 'items' | 'fixed'>[],
  tied: readonly Float32Array[],
): Float32Array[] {
  const itemOf = (m: number, row: number) => inputs[m].items?.[row] ?? row
  const places = new Map<number, { x: number; y: number; maps: number }>()
  tied.forEach((map, m) => {
    if (inputs[m].fixed) return
    for (let row = 0; row < map.length / 2; row++) {
      const item = itemOf(m, row)
      const place = places.get(item) ?? { x: 0, y: 0, maps: 0 }
      place.x += map[2 * row]
      place.y += map[2 * row + 1]
      place.maps++
      places.set(item, place)
    }
  })
  const centre = { x: 0, y: 0 }
  for (const place of places.values()) {
    place.x /= place.maps
    place.y /= place.maps
    centre.x += place.x / places.size
    centre.y += place.y / places.size
  }
  let power = 0
  for (const { x, y } of places.values()) power += (x - centre.x) ** 2 + (y - centre.y) ** 2
  const scale = power > 0 ? startDeviation / Math.sqrt(power / (2 * places.size)) : 0
  return tied.map((map, m) => {
    const { fixed } = inputs[m]
    if (fixed) return fixed
    return map.map((_, at) => {
      const place = places.get(itemOf(m, at >> 1))
      if (!place) return 0
      return scale * (at % 2 ? place.y - centre.y : place.x - centre.x)
    })
  })
}

/**
 * Scores on the leading principal components, by subspace iteration with spare directions (Halko, Martinsson
 * and Tropp 2011, algorithm 4.4): the covariance is never formed, so many dimensions cost little. Deterministic;
 * a component's largest loading is positive.
 * @param data count x dim, row-major
 * @returns count x components, row-major; zeros where the data have fewer dimensions
 */
export function principalComponents(data: Float32Array, dim: number, components: number): Float64Array {
  const count = data.length / dim
  const mean = columnMeans(data, dim)
  const width = Math.min(dim, components + 8)
  const { normal } = random(0, 'principal components')
  let basis = Float64Array.from({ length: dim * width }, () => normal())
  for (let step = 0; step < 7; step++) {
    orthonormalise(basis, dim, width)
    basis = timesTransposed(data, dim, mean, project(data, dim, mean, basis, width), width)
  }
  orthonormalise(basis, dim, width)
  // Rotate to the principal axes within the subspace.
  const scores = project(data, dim, mean, basis, width)
  const gram = new Float64Array(width * width)
  for (let at = 0; at < count * width; at += width) {
    for (let a = 0; a < width; a++) {
      const score = scores[at + a]
      for (let b = 0; b < width; b++) gram[a * width + b] += score * scores[at + b]
    }
  }
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(
    Matrix.from1DArray(width, width, gram),
    { assumeSymmetric: true },
  )
  const order = realEigenvalues.map((_, i) => i).sort((a, b) => realEigenvalues[b] - realEigenvalues[a])
  const result = new Float64Array(count * components)
  for (let c = 0; c < Math.min(components, width); c++) {
    const axis = eigenvectorMatrix.getColumn(order[c])
    let largest = 0
    for (let d = 0; d < dim; d++) {
      let loading = 0
      for (let a = 0; a < width; a++) loading += basis[d * width + a] * axis[a]
      if (Math.abs(loading) > Math.abs(largest)) largest = loading
    }
    const sign = largest < 0 ? -1 : 1
    for (let i = 0; i < count; i++) {
      let score = 0
      for (let a = 0; a < width; a++) score += scores[i * width + a] * axis[a]
      result[i * components + c] = sign * score
    }
  }
  return result
}

/** (data - mean) basis: count x width. */
function project(
  data: Float32Array,
  dim: number,
  mean: Float64Array,
  basis: Float64Array,
  width: number,
): Float64Array {
  const count = data.length / dim
  const out = new Float64Array(count * width)
  const row = new Float64Array(width)
  for (let i = 0; i < count; i++) {
    row.fill(0)
    for (let d = 0; d < dim; d++) {
      const value = data[i * dim + d] - mean[d]
      for (let a = 0, at = d * width; a < width; a++, at++) row[a] += value * basis[at]
    }
    out.set(row, i * width)
  }
  return out
}

/** (data - mean)^T scores: dim x width. */
function timesTransposed(
  data: Float32Array,
  dim: number,
  mean: Float64Array,
  scores: Float64Array,
  width: number,
): Float64Array<ArrayBuffer> {
  const count = data.length / dim
  const out = new Float64Array(dim * width)
  for (let i = 0; i < count; i++) {
    const row = scores.subarray(i * width, (i + 1) * width)
    for (let d = 0; d < dim; d++) {
      const value = data[i * dim + d] - mean[d]
      for (let a = 0, at = d * width; a < width; a++, at++) out[at] += value * row[a]
    }
  }
  return out
}

/** Gram-Schmidt on the columns, twice for accuracy; a column that vanishes becomes zero. */
function orthonormalise(basis: Float64Array, rows: number, width: number): void {
  for (let a = 0; a < width; a++) {
    let before = 0
    for (let r = 0; r < rows; r++) before += basis[r * width + a] ** 2
    for (let pass = 0; pass < 2; pass++) {
      for (let b = 0; b < a; b++) {
        let dot = 0
        for (let r = 0; r < rows; r++) dot += basis[r * width + a] * basis[r * width + b]
        for (let r = 0; r < rows; r++) basis[r * width + a] -= dot * basis[r * width + b]
      }
    }
    let length = 0
    for (let r = 0; r < rows; r++) length += basis[r * width + a] ** 2
    const scale = length > 1e-24 * before ? 1 / Math.sqrt(length) : 0
    for (let r = 0; r < rows; r++) basis[r * width + a] *= scale
  }
}
