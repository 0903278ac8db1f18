/**
 * What an objective is: a function from the network's output and the labels to a scalar loss, as a graph, with
 * what is worth watching beside it. One file per objective (or family), one line in `registry.ts`.
 */
import type { z } from 'zod'
import type { Value } from '../graph/graph.ts'

export interface Batch {
  /** logits (n, classes) for a classifier; embeddings (n, dim), not normalised, otherwise */
  output: Value
  /** (n) int64 */
  labels: Value
  /** (classes, dim), for objectives that train proxies */
  proxies?: Value
}

export interface Objective<Options = unknown> {
  name: string
  /** what the network's head must give it */
  kind: 'classes' | 'embedding'
  /** one line: what it pulls and pushes */
  summary: string
  options: z.ZodType<Options>
  /** whether batches must hold several images of each class */
  balanced: boolean
  /** the loss (scalar), and scalars to log by name */
  build(batch: Batch, options: Options): { loss: Value; statistics: Record<string, Value> }
}

export const defineObjective = <Options>(objective: Objective<Options>): Objective<Options> => objective
