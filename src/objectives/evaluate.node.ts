/** `evaluateObjective` on this machine's own engine, made when first asked for. */
import { createEngine } from '../runtime/engine.node.ts'
import type { Engine } from '../runtime/engine.ts'
import { evaluateObjectiveWith, type ObjectiveBatch, type ObjectiveValue } from './evaluate.ts'
import type { Objective } from './objective.ts'

let engine: Promise<Engine> | undefined

/**
 * The loss of an objective, named or defined by `defineObjective`, and its gradient with respect to the embeddings, by the same graph as in training.
 *
 * @throws GlasshouseError for an unknown objective, an option out of range, or arrays that do not fit
 */
export function evaluateObjective<Options>(
  objective: string | Objective<Options>,
  options: object,
  batch: ObjectiveBatch,
): Promise<ObjectiveValue> {
  engine ??= createEngine()
  return engine.then(ready => evaluateObjectiveWith(ready, objective, options, batch))
}
