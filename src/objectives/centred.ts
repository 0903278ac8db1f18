/**
 * An objective on what changes of a person: the vectors of each person in a batch, less their mean. Faces of one person
 * are nearly the same vector whatever they do, and from there no objective finds its way; without the mean, what remains
 * is what the face does.
 */
import type { Value } from '../graph/graph.ts'
import { sub } from '../graph/ops/elementwise.ts'
import { reshape } from '../graph/ops/layout.ts'
import { reduceMean } from '../graph/ops/reduce.ts'
import type { BoundObjective } from './objective.ts'

/** @param people of a batch, who follow each other in the same order at each moment */
export const centredByPerson = (objective: BoundObjective, people: number): BoundObjective => ({
  ...objective,
  build: batch => objective.build({ ...batch, output: centred(batch.output, people) }),
})

function centred(output: Value, people: number): Value {
  const [rows, dim] = output.shape
  const byPerson = reshape(output, [rows / people, people, dim])
  return reshape(sub(byPerson, reduceMean(byPerson, [0], true)), [rows, dim])
}
