/** Builds an objective into a graph without computing anything: faults of its program are found before images are read. */
import { GlasshouseError } from '../base/errors.ts'
import { mapValues } from '../base/map-values.ts'
import { gradient } from '../graph/gradient.ts'
import { Graph, type Value } from '../graph/graph.ts'
import type { BoundObjective } from './objective.ts'

export interface RehearsalSizes {
  batch: number
  /** numbers for each image: of a vector, or one for each class */
  dim: number
  classes: number
}

/**
 * @param where the file of the objective, for errors
 * @throws GlasshouseError 'objective-fails' where it throws, its loss is not one number, or it has no gradient
 */
export function rehearse(objective: BoundObjective, sizes: RehearsalSizes, where: string): void {
  const { batch, dim } = sizes
  const graph = new Graph()
  const output = graph.input('output', [batch, dim])
  const failed = (what: string, cause?: unknown) =>
    new GlasshouseError({
      code: 'objective-fails',
      what,
      where,
      hint: `It is built for ${batch} images of ${dim} numbers each; evaluateObjective tries it without a training`,
      cause,
    })
  const statisticsBuilt = (): Readonly<Record<string, Value>> => {
    const parameters = mapValues(objective.parameters(sizes), ({ shape }, name) =>
      graph.parameter(`objective:${name}`, shape),
    )
    const kept = objective.state(sizes)
    const state = mapValues(kept, ({ shape, dtype }, name) => graph.parameter(`state:${name}`, shape, dtype))
    const noise = objective.noisy ? graph.input('noise', [batch, batch]) : undefined
    const labels = graph.input('labels', [batch], 'int64')
    const learned = objective.build({ output, labels, parameters, state, noise })
    gradient(learned.loss, [output])
    const lost = Object.keys(kept).find(name => !learned.state?.[name])
    if (lost !== undefined) throw failed(`it does not say what becomes of its state '${lost}'`)
    return learned.statistics
  }
  try {
    for (const [name, { shape }] of Object.entries(statisticsBuilt()))
      if (shape.length) throw failed(`its statistic '${name}' is ${shape.join(' x ')} numbers, not one`)
  } catch (error) {
    if (error instanceof GlasshouseError && error.code === 'objective-fails') throw error
    const { message } = error as Error
    throw failed(`the objective fails: ${message}`, error)
  }
}
