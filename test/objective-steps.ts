/** An objective on batches in turn, with what it keeps between them: as in training, but with no network that learns. */
import { gradient } from '../src/graph/gradient.ts'
import { Graph, type Value } from '../src/graph/graph.ts'
import { float32, floats, int64, type Tensor } from '../src/graph/tensor.ts'
import { bindObjective } from '../src/objectives/objective.ts'
import { objectiveNamed } from '../src/objectives/registry.ts'
import type { Engine } from '../src/runtime/engine.ts'

/** All of one size. */
export interface StepBatch {
  embeddings: ArrayLike<number>
  dim: number
  labels: number[]
}

/** The loss and the gradient of every batch, and what is kept in the end. */
export async function inTurn(engine: Engine, name: string, options: object, batches: readonly StepBatch[]) {
  const [{ dim, labels }] = batches
  const n = labels.length
  const objective = bindObjective(objectiveNamed(name), options)
  const graph = new Graph()
  const output = graph.input('embeddings', [n, dim])
  let kept: Record<string, Tensor> = objective.state({ batch: n, dim })
  const state = Object.fromEntries(
    Object.entries(kept).map(([key, { shape, dtype }]) => [key, graph.input(key, shape, dtype)]),
  )
  const learned = objective.build({ output, labels: graph.input('labels', [n], 'int64'), state })
  const next = Object.entries(learned.state ?? {})
  const outputs: Record<string, Value> = {
    ...Object.fromEntries(next.map(([key, value]) => [`next:${key}`, value])),
    loss: learned.loss,
    slope: gradient(learned.loss, [output])[0],
  }
  const program = await engine.compile({ graph, outputs })
  const steps = []
  for (const batch of batches) {
    const results = await program.run({
      ...kept,
      embeddings: float32([n, dim], Float32Array.from(batch.embeddings)),
      labels: int64([n], batch.labels),
    })
    steps.push({ loss: floats(results.loss)[0], gradient: floats(results.slope) })
    kept = Object.fromEntries(next.map(([key]) => [key, results[`next:${key}`]]))
  }
  await program.dispose()
  return { steps, kept }
}
