/** Linear regression with a penalty: numbers, not classes, read off fixed features. */
import { Matrix, solve } from 'ml-matrix'
import { standardised } from './linear-probe.ts'

/** Penalties to choose from, for each training row. */
const penalties = [1e-4, 1e-3, 1e-2, 1e-1, 1]
const heldShare = 0.2

/**
 * Predicts the targets of the test rows. The penalty is chosen on the last fifth of the training rows.
 *
 * @param train features rows x dim and targets rows x count, row-major
 * @param group rows that belong together, such as the forms of an image: they are never divided
 * @returns test rows x count
 */
export function ridgePredictions(
  train: { features: Float32Array; targets: Float64Array },
  test: Float32Array,
  { dim, count, group = 1 }: { dim: number; count: number; group?: number },
): Float64Array {
  const rows = train.features.length / dim
  const groups = rows / group
  const learned = Math.max(1, Math.floor((1 - heldShare) * groups)) * group
  const part = (from: number, to: number) => ({
    features: train.features.subarray(from * dim, to * dim),
    targets: train.targets.subarray(from * count, to * count),
  })
  const chosen = part(learned, rows)
  const errors = fitted(part(0, learned), chosen.features, dim, count, penalties).map(found =>
    found.reduce((sum, value, at) => sum + (value - chosen.targets[at]) ** 2, 0),
  )
  const best = learned < rows ? penalties[errors.indexOf(Math.min(...errors))] : penalties[2]
  return fitted(train, test, dim, count, [best])[0]
}

/** For each penalty the predictions. */
function fitted(
  { features, targets }: { features: Float32Array; targets: Float64Array },
  test: Float32Array,
  dim: number,
  count: number,
  penalties: readonly number[],
): Float64Array[] {
  const rows = features.length / dim
  const scaled = standardised(features, test, dim)
  const x = new Matrix(rows, dim)
  for (let row = 0; row < rows; row++)
    for (let k = 0; k < dim; k++) x.set(row, k, scaled.train[row * dim + k])
  const means = Array.from({ length: count }, (_, target) => {
    let sum = 0
    for (let row = 0; row < rows; row++) sum += targets[row * count + target]
    return sum / rows
  })
  const y = new Matrix(rows, count)
  for (let row = 0; row < rows; row++)
    for (let target = 0; target < count; target++)
      y.set(row, target, targets[row * count + target] - means[target])
  const xt = x.transpose()
  const [gram, moment] = [xt.mmul(x), xt.mmul(y)]
  return penalties.map(penalty => {
    const weights = solve(Matrix.add(gram, Matrix.eye(dim, dim).mul(penalty * rows)), moment)
    return Float64Array.from({ length: (test.length / dim) * count }, (_, at) => {
      const [row, target] = [Math.floor(at / count), at % count]
      let sum = means[target]
      for (let k = 0; k < dim; k++) sum += scaled.test[row * dim + k] * weights.get(k, target)
      return sum
    })
  })
}
