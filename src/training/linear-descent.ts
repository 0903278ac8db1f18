/**
 * Soft-max regression by stochastic gradient descent, as a graph: several learning rates side by side on the same batches,
 * and several steps in one run of the engine. A step of a linear classifier is so small that calling the engine costs more
 * than what it computes.
 */
import { random } from '../base/random.ts'
import type { Work } from '../base/work.ts'
import { gradient } from '../graph/gradient.ts'
import { Graph } from '../graph/graph.ts'
import { mul } from '../graph/ops/elementwise.ts'
import { reshape, slice } from '../graph/ops/layout.ts'
import { linear } from '../graph/ops/linear.ts'
import { crossEntropy } from '../graph/ops/softmax.ts'
import { float32, floats, int64 } from '../graph/tensor.ts'
import type { Engine } from '../runtime/engine.ts'
import { sgd } from './optimiser.ts'
import { scheduleNamed } from './schedule.ts'

export interface Labelled {
  /** rows x dim, row-major */
  features: Float32Array
  labels: ArrayLike<number>
}

export interface LinearWeights {
  /** classes x dim */
  weight: Float32Array
  bias: Float32Array
}

export interface LinearDescent {
  /** @returns the weights for each of the rates */
  learn(
    data: Labelled,
    rows: readonly number[],
    options: { epochs: number; seed: number; work: Work },
  ): Promise<LinearWeights[]>
  dispose(): Promise<void>
}

/** Rows in a step. */
export const batch = 64
/** Steps in a run of the engine. */
const steps = 8
const descent = { momentum: 0.9, nesterov: false, weightDecay: 1e-4 }
/** Down to nothing along a half cosine. */
const schedule = scheduleNamed('cosine')

export async function openLinearDescent(
  engine: Engine,
  dim: number,
  classes: number,
  rates: readonly number[],
): Promise<LinearDescent> {
  const program = await engine.compile(stepsOf(dim, classes, rates.length))
  const out = rates.length * classes
  return {
    dispose: () => program.dispose(),
    async learn({ features, labels }, rows, { epochs, seed, work }) {
      const start = {
        weight: float32([out, dim], new Float32Array(out * dim)),
        bias: float32([out], new Float32Array(out)),
      }
      let state = { ...start, 'speed of weight': start.weight, 'speed of bias': start.bias }
      const perEpoch = Math.ceil(rows.length / batch)
      const total = epochs * perEpoch
      const rowOf = rowsInOrder(rows, seed, perEpoch)
      for (let from = 0; from < total; from += steps) {
        work.signal.throwIfAborted()
        const content = new Float32Array(steps * batch * dim)
        const answers = new BigInt64Array(steps * batch * rates.length)
        // Steps beyond the last have a rate of 0 and leave the weights as they are.
        const pace = new Float32Array(steps * out)
        for (let step = 0; step < Math.min(steps, total - from); step++) {
          for (let place = step * batch; place < (step + 1) * batch; place++) {
            const row = rowOf(from + step, place % batch)
            content.set(features.subarray(row * dim, (row + 1) * dim), place * dim)
            answers.fill(BigInt(labels[row]), place * rates.length, (place + 1) * rates.length)
          }
          const share = schedule(from + step, total)
          rates.forEach((rate, at) => {
            pace.fill(share * rate, step * out + at * classes, step * out + (at + 1) * classes)
          })
        }
        const next = await program.run({
          ...state,
          x: float32([steps * batch, dim], content),
          labels: int64([steps * batch * rates.length], answers),
          rate: float32([steps * out, 1], pace),
        })
        state = {
          weight: float32([out, dim], floats(next['next weight']).slice()),
          bias: float32([out], floats(next['next bias']).slice()),
          'speed of weight': float32([out, dim], floats(next['next speed of weight']).slice()),
          'speed of bias': float32([out], floats(next['next speed of bias']).slice()),
        }
      }
      return rates.map((_, at) => ({
        weight: floats(state.weight).subarray(at * classes * dim, (at + 1) * classes * dim),
        bias: floats(state.bias).subarray(at * classes, (at + 1) * classes),
      }))
    },
  }
}

function stepsOf(dim: number, classes: number, rates: number) {
  const out = rates * classes
  const graph = new Graph()
  const x = graph.input('x', [steps * batch, dim])
  const labels = graph.input('labels', [steps * batch * rates], 'int64')
  const rate = graph.input('rate', [steps * out, 1])
  let weight = graph.input('weight', [out, dim])
  let bias = graph.input('bias', [out])
  let speeds = {
    weight: graph.input('speed of weight', [out, dim]),
    bias: graph.input('speed of bias', [out]),
  }
  for (let step = 0; step < steps; step++) {
    const part = (rows: number) => [{ axis: 0, start: step * rows, end: (step + 1) * rows }]
    const scores = reshape(linear(slice(x, part(batch)), weight, bias), [batch * rates, classes])
    // The mean over rows of each rate, summed over rates: none changes the step of another.
    const loss = mul(crossEntropy(scores, slice(labels, part(batch * rates)), 0), rates)
    const [slope, shift] = gradient(loss, [weight, bias])
    const pace = slice(rate, part(out))
    const nextWeight = sgd(descent, weight, slope, { momentum: speeds.weight }, { rate: pace })
    const still = { ...descent, weightDecay: 0 }
    const nextBias = sgd(still, bias, shift, { momentum: speeds.bias }, { rate: reshape(pace, [out]) })
    weight = nextWeight.parameter
    bias = nextBias.parameter
    speeds = { weight: nextWeight.state.momentum, bias: nextBias.state.momentum }
  }
  return {
    graph,
    outputs: {
      'next weight': weight,
      'next bias': bias,
      'next speed of weight': speeds.weight,
      'next speed of bias': speeds.bias,
    },
    parameters: new Map(),
  }
}

/** The row at a place of a step: each epoch has an order of its own, and its last batch is filled from the beginning of it. */
function rowsInOrder(rows: readonly number[], seed: number, perEpoch: number) {
  let epoch = -1
  let order: number[] = []
  return (step: number, place: number): number => {
    const now = Math.floor(step / perEpoch)
    if (now !== epoch) order = random(seed, 'probe order', now).shuffle([...rows])
    epoch = now
    return order[((step % perEpoch) * batch + place) % order.length]
  }
}
