/**
 * An objective at a point: the same graph as in training, for study and for checks.
 */
import { GlasshouseError } from '../base/errors.ts'
import { largest } from '../base/extremes.ts'
import { random } from '../base/random.ts'
import { gradient } from '../graph/gradient.ts'
import { Graph } from '../graph/graph.ts'
import { float32, floats, int64, type Tensor } from '../graph/tensor.ts'
import type { Engine } from '../runtime/engine.ts'
import { bindObjective, type Objective } from './objective.ts'
import { objectiveNamed } from './registry.ts'

export interface ObjectiveBatch {
  /** n x dim, row-major, not normalised; the logits for a classifier's objective */
  embeddings: Float32Array
  dim: number
  /** n whole numbers */
  labels: ArrayLike<number>
  /** classes x dim, row-major, for objectives with proxies */
  proxies?: Float32Array
}

export interface ObjectiveValue {
  loss: number
  /** of the loss with respect to the embeddings: n x dim */
  gradient: Float32Array
  /** with respect to what the objective trains itself, by name: `proxies`, `beta` */
  ownGradients: Record<string, Float32Array>
  /** what training would log */
  statistics: Record<string, number>
}

/** (n, n) numbers in (0, 1), for objectives that draw at random: the same ones for the same keys. */
export function uniformNoise(n: number, ...keys: (number | string)[]): Tensor {
  const { uniform } = random(...(['objective noise', ...keys] as const))
  return float32(
    [n, n],
    Float32Array.from({ length: n * n }, () => uniform(1e-6, 1 - 1e-6)),
  )
}

export async function evaluateObjectiveWith<Options>(
  engine: Engine,
  objective: string | Objective<Options>,
  options: object,
  batch: ObjectiveBatch,
): Promise<ObjectiveValue> {
  const { embeddings, dim, labels } = batch
  const n = labels.length
  if (n * dim !== embeddings.length) {
    throw new GlasshouseError({
      code: 'bad-batch',
      what: 'embeddings do not fit labels and dim',
      where: 'batch.embeddings',
      expected: `${n} x ${dim} numbers`,
      got: `${embeddings.length}`,
    })
  }
  const program = await objectiveProgram(engine, objective, options, batch)
  try {
    return await program.evaluate(embeddings)
  } finally {
    await program.dispose()
  }
}

export interface ObjectiveProgram {
  /** embeddings: n x dim, row-major */
  evaluate(embeddings: Float32Array): Promise<ObjectiveValue>
  dispose(): Promise<void>
}

/** An objective for batches that differ in their embeddings only. */
export async function objectiveProgram<Options>(
  engine: Engine,
  wanted: string | Objective<Options>,
  options: object,
  { dim, labels, proxies }: Omit<ObjectiveBatch, 'embeddings'>,
): Promise<ObjectiveProgram> {
  const n = labels.length
  const objective =
    typeof wanted === 'string'
      ? bindObjective(objectiveNamed(wanted, 'evaluateObjective'), options)
      : bindObjective(wanted, options)
  const graph = new Graph()
  const output = graph.input('embeddings', [n, dim])
  const labelValue = graph.input('labels', [n], 'int64')
  const given: Record<string, Tensor> = proxies
    ? { proxies: float32([proxies.length / dim, dim], proxies) }
    : {}
  const classes = 1 + largest(Array.from(labels), -1)
  for (const [name, parameter] of Object.entries(objective.parameters({ classes, dim })))
    given[name] ??= parameter.initialise(random(0, 'objective', name))
  const noise = objective.noisy ? graph.input('noise', [n, n]) : undefined
  const own = Object.fromEntries(
    Object.entries(given).map(([name, { shape }]) => [name, graph.input(name, shape)]),
  )
  const kept = objective.state({ batch: n, dim })
  const state = Object.fromEntries(
    Object.entries(kept).map(([name, { shape, dtype }]) => [name, graph.input(name, shape, dtype)]),
  )
  const { loss, statistics } = objective.build({
    output,
    labels: labelValue,
    parameters: own,
    state,
    noise,
  })
  const [byOutput, ...byOwn] = gradient(loss, [output, ...Object.values(own)])
  const ownNames = Object.keys(own)
  const outputs = {
    ...Object.fromEntries(Object.entries(statistics).map(([key, value]) => [`statistic:${key}`, value])),
    ...Object.fromEntries(byOwn.map((value, index) => [`own:${ownNames[index]}`, value])),
    loss,
    gradient: byOutput,
  }
  const feeds = {
    labels: int64([n], Array.from(labels)),
    ...given,
    ...kept,
    ...(noise && { noise: uniformNoise(n, 0) }),
  }
  const program = await engine.compile({ graph, outputs })
  return {
    async evaluate(embeddings) {
      const results = await program.run({ ...feeds, embeddings: float32([n, dim], embeddings) })
      const numbers = (prefix: string) =>
        Object.entries(results)
          .filter(([key]) => key.startsWith(prefix))
          .map(([key, tensor]) => [key.slice(prefix.length), floats(tensor)] as const)
      return {
        loss: floats(results.loss)[0],
        gradient: floats(results.gradient),
        ownGradients: Object.fromEntries(numbers('own:')),
        statistics: Object.fromEntries(numbers('statistic:').map(([key, [value]]) => [key, value])),
      }
    },
    dispose: program.dispose,
  }
}
