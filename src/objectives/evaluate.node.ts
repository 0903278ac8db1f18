/** `evaluateObjective` on this machine's own engine, made when first asked for. */
import { createEngine } from '../runtime/engine.node.ts'
import type { Engine } from '../runtime/engine.ts'
import { evaluateObjectiveWith, type ObjectiveBatch, type ObjectiveValue } from './evaluate.ts'

let engine: Promise<Engine> | undefined

/**
 * The loss of an objective and its gradient with respect to the embeddings, by the same graph as in training.
 *
 * @throws GlasshouseError for an unknown objective, an option out of range, or arrays that do not fit
 */
export function evaluateObjective(
  name: string,
  options: object,
  batch: ObjectiveBatch,
): Promise<ObjectiveValue> {
  engine ??= createEngine()
  return engine.then(ready => evaluateObjectiveWith(ready, name, options, batch))
}
