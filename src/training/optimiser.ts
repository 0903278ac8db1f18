/**
 * Optimisers as graphs: from a parameter, its gradient and its state to the next parameter and state. The
 * formulas are PyTorch's, so that rates carry over.
 */
import type { Value } from '../graph/graph.ts'
import { add, div, mul, sqrt, square, sub } from '../graph/ops/elementwise.ts'

export const optimisers = ['sgd', 'adam', 'adamw'] as const
export type OptimiserName = (typeof optimisers)[number]

export interface OptimiserOptions {
  name: OptimiserName
  momentum: number
  nesterov: boolean
  weightDecay: number
  /** of Adam and AdamW: how slowly the means of the gradient and of its square change; 0.9 and 0.999 unless given */
  betas?: readonly [number, number]
  /** whether normalisations and biases are pulled to zero too; they are unless this is false */
  decayNorms?: boolean
}

/** Scalars that change from step to step and are fed: the rate, and Adam's bias corrections. */
export interface StepScalars {
  rate: Value
  correction1: Value
  correction2: Value
}

export interface Update {
  parameter: Value
  /** by slot name, same slots as `slotsOf` */
  state: Record<string, Value>
}

export const adamBetas = [0.9, 0.999] as const
const adamEpsilon = 1e-8

/** Names of the tensors an optimiser keeps beside every parameter. */
export const slotsOf = ({ name, momentum }: OptimiserOptions): readonly string[] =>
  name !== 'sgd' ? ['mean', 'square'] : momentum > 0 ? ['momentum'] : []

/** What to feed as bias corrections at a step counted from 0 (Kingma and Ba 2015, section 2). */
export const biasCorrections = (
  step: number,
  [first, second]: readonly [number, number] = adamBetas,
): [number, number] => [1 / (1 - first ** (step + 1)), 1 / (1 - second ** (step + 1))]

/**
 * How a parameter is decayed. Scales, shifts and biases have one dimension: to pull a scale to zero does not make a
 * network simpler, so some recipes leave them out (He et al. 2019, "Bag of tricks", section 3.1).
 */
export const decayOf = ({ weightDecay, decayNorms = true }: OptimiserOptions, { shape }: Value): number =>
  decayNorms || shape.length > 1 ? weightDecay : 0

export function updateParameter(
  options: OptimiserOptions,
  parameter: Value,
  gradient: Value,
  state: Record<string, Value>,
  scalars: StepScalars,
): Update {
  return options.name === 'sgd'
    ? sgd(options, parameter, gradient, state, scalars)
    : adam(options, parameter, gradient, state, scalars)
}

const decayed = (gradient: Value, parameter: Value, weightDecay: number): Value =>
  weightDecay ? add(gradient, mul(parameter, weightDecay)) : gradient

/** v = momentum v + g;  w = w - rate v, or with Nesterov w - rate (g + momentum v). */
export function sgd(
  { momentum, nesterov, weightDecay }: Omit<OptimiserOptions, 'name'>,
  parameter: Value,
  gradient: Value,
  state: Record<string, Value>,
  { rate }: Pick<StepScalars, 'rate'>,
): Update {
  const slope = decayed(gradient, parameter, weightDecay)
  if (!momentum) return { parameter: sub(parameter, mul(slope, rate)), state: {} }
  const velocity = add(mul(state.momentum, momentum), slope)
  const direction = nesterov ? add(slope, mul(velocity, momentum)) : velocity
  return { parameter: sub(parameter, mul(direction, rate)), state: { momentum: velocity } }
}

/**
 * Adam with L2 decay in the gradient; AdamW (Loshchilov and Hutter 2019) with the decay beside it. The bias corrections
 * go into rate and epsilon, which are scalars (Kingma and Ba 2015, end of section 2).
 */
function adam(
  { name, weightDecay, betas = adamBetas }: OptimiserOptions,
  parameter: Value,
  gradient: Value,
  state: Record<string, Value>,
  { rate, correction1, correction2 }: StepScalars,
): Update {
  const slope = name === 'adam' ? decayed(gradient, parameter, weightDecay) : gradient
  const mean = add(mul(state.mean, betas[0]), mul(slope, 1 - betas[0]))
  const meanSquare = add(mul(state.square, betas[1]), mul(square(slope), 1 - betas[1]))
  const scale = sqrt(correction2)
  const direction = div(mean, add(sqrt(meanSquare), div(adamEpsilon, scale)))
  const correctedRate = div(mul(rate, correction1), scale)
  const shrunk =
    name === 'adamw' && weightDecay ? sub(parameter, mul(parameter, mul(rate, weightDecay))) : parameter
  return { parameter: sub(shrunk, mul(direction, correctedRate)), state: { mean, square: meanSquare } }
}
