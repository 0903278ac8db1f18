/**
 * Principal components of the places of two or more images together. The maps (C, H, W) of n images are
 * stacked to a matrix of n H W places by C channels and centred; the components are a basis that all images
 * share, so equal scores mean like places.
 *
 * It is computed from the smaller of the two products of the matrix with itself: eigenvectors of the places'
 * give the scores at once, those of the channels' by projection.
 */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import { meanOf } from '../../base/statistics.ts'
import type { FeatureMaps } from '../maps/feature-maps.ts'
import type { MapGrid } from '../maps/layer-maps.ts'

export interface PrincipalComponents {
  /** per component one map (H, W) for each image */
  scores: Float32Array[][]
  /** shares of the variance, falling, of all components there are */
  explained: number[]
  /** per component, what it adds to the dot product of the first two images' mean features, over their norms */
  contributions: number[]
  /** what the common mean adds; with the contributions of all components this is the cosine */
  meanContribution: number
  /** of the mean features of the first two images */
  cosine: number
  locations: number
  channels: number
  /** where the cells of the maps look */
  grid: MapGrid
  /** side of what the network sees */
  size: number
}

/** Eigenvalues below this share of the largest are rounding. */
const negligible = 1e-12

export function principalComponents(
  { maps, channels, height, width, grid, size }: FeatureMaps,
  count: number,
): PrincipalComponents {
  const places = height * width
  const locations = maps.length * places
  // Rows are places, image after image.
  const rows = new Matrix(locations, channels)
  maps.forEach((map, picture) => {
    for (let channel = 0; channel < channels; channel++)
      for (let place = 0; place < places; place++)
        rows.set(picture * places + place, channel, map[channel * places + place])
  })
  const mean = rows.mean('column')
  const centred = rows.clone().subRowVector(mean)
  const { scores, variances } = decompose(centred)
  const total = variances.reduce((sum, value) => sum + value, 0)
  const kept = Math.min(count, scores.length)

  const pooled = maps.slice(0, 2).map((_, picture) => meanOfRows(rows, picture * places, places))
  const [a, b] = pooled.length === 2 ? pooled : [pooled[0], pooled[0]]
  const dot = (x: readonly number[], y: readonly number[]) =>
    x.reduce((sum, value, k) => sum + value * y[k], 0)
  const scale = Math.sqrt(dot(a, a) * dot(b, b)) || 1
  const meanScore = (score: Float64Array, picture: number) =>
    meanOf(score.subarray(picture * places, (picture + 1) * places))
  const second = Math.min(1, maps.length - 1)
  const contributions = scores.map(score => (meanScore(score, 0) * meanScore(score, second)) / scale)
  const cosine = dot(a, b) / scale
  return {
    scores: scores.slice(0, kept).map(score => {
      const sign = signOf(score)
      return maps.map((_, picture) =>
        Float32Array.from(score.subarray(picture * places, (picture + 1) * places), value => sign * value),
      )
    }),
    explained: variances.slice(0, kept).map(value => (total ? value / total : 0)),
    contributions: contributions.slice(0, kept),
    meanContribution: cosine - contributions.reduce((sum, value) => sum + value, 0),
    cosine,
    locations,
    channels,
    grid,
    size,
  }
}

/** Scores of every component that is more than rounding, and their sums of squares, largest first. */
function decompose(centred: Matrix): { scores: Float64Array[]; variances: number[] } {
  const byPlaces = centred.rows <= centred.columns
  const product = byPlaces ? centred.mmul(centred.transpose()) : centred.transpose().mmul(centred)
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(product, {
    assumeSymmetric: true,
  })
  const order = realEigenvalues
    .map((_, index) => index)
    .sort((i, j) => realEigenvalues[j] - realEigenvalues[i])
  const largest = Math.max(realEigenvalues[order[0]], 0)
  const kept = order.filter(index => realEigenvalues[index] > negligible * largest)
  const scores = kept.map(index => {
    const vector = eigenvectorMatrix.getColumnVector(index)
    if (!byPlaces) return Float64Array.from(centred.mmul(vector).to1DArray())
    const length = Math.sqrt(realEigenvalues[index])
    return Float64Array.from(vector.to1DArray(), value => value * length)
  })
  return { scores, variances: kept.map(index => realEigenvalues[index]) }
}

function meanOfRows(rows: Matrix, from: number, count: number): number[] {
  return rows.subMatrix(from, from + count - 1, 0, rows.columns - 1).mean('column')
}

/** A component's sign means nothing: the score that is largest in size is made positive. */
const signOf = (score: Float64Array): number =>
  Math.sign(score.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0)) || 1
