/**
 * What an objective is: a function from the network's output and the labels to a scalar loss, as a graph, with
 * what is worth watching beside it. One file per objective (or family), one line in `registry.ts`.
 */
import { z } from 'zod'
import { meantBy } from '../base/closest.ts'
import { GlasshouseError } from '../base/errors.ts'
import type { Random } from '../base/random.ts'
import type { Value } from '../graph/graph.ts'
import type { Shape, Tensor } from '../graph/tensor.ts'

export interface Batch {
  /** logits (n, classes) for a classifier; embeddings (n, dim), not normalised, otherwise */
  output: Value
  /** (n) int64 */
  labels: Value
  /** what the objective trains besides the network, by name: as `parameters` planned it */
  parameters?: Readonly<Record<string, Value>>
  /** what it keeps from step to step, by name: as `state` began it */
  state?: Readonly<Record<string, Value>>
  /** where each image is mixed with another one: that one's labels (n) int64, and the share of the own image, a scalar */
  mixed?: { labels: Value; share: Value }
  /** (n, n) uniform in (0, 1), new at every step: for objectives that draw at random */
  noise?: Value
}

/** What an objective makes of a batch. */
export interface Learned {
  /** scalar */
  loss: Value
  /** scalars to log, by name */
  statistics: Record<string, Value>
  /** what it keeps for the next step, for every name of `state` */
  state?: Record<string, Value>
}

/** Something that an objective trains besides the network, such as proxies. */
export interface ObjectiveParameter {
  shape: Shape
  initialise(stream: Random): Tensor
  /** learning rate as a multiple of the network's */
  rate: number
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
  /** whether it can learn from images that are mixed of two: `build` is then given `mixed` */
  mixes?: boolean
  /** what it trains itself; nothing unless given */
  parameters?(sizes: { classes: number; dim: number }, options: Options): Record<string, ObjectiveParameter>
  /** what it keeps from step to step without training it, such as a memory, as it begins; nothing unless given */
  state?(sizes: { batch: number; dim: number }, options: Options): Record<string, Tensor>
  /** whether it draws at random */
  noisy?(options: Options): boolean
  build(batch: Batch, options: Options): Learned
}

export const defineObjective = <Options>(objective: Objective<Options>): Objective<Options> => objective

/** An objective with its options settled: what training and study build into their graphs. */
export interface BoundObjective extends Pick<Objective, 'name' | 'kind' | 'balanced'> {
  /** what it trains itself */
  parameters(sizes: { classes: number; dim: number }): Record<string, ObjectiveParameter>
  /** what it keeps from step to step, as it begins */
  state(sizes: { batch: number; dim: number }): Record<string, Tensor>
  /** whether it draws at random */
  noisy: boolean
  build(batch: Batch): Learned
}

/**
 * @param options those that differ from the defaults
 * @throws GlasshouseError 'bad-option'
 */
export function bindObjective<Options>(objective: Objective<Options>, options: object = {}): BoundObjective {
  const checked = objectiveOptions(objective, options)
  const { name, kind, balanced } = objective
  return {
    name,
    kind,
    balanced,
    parameters: sizes => objective.parameters?.(sizes, checked) ?? {},
    state: sizes => objective.state?.(sizes, checked) ?? {},
    noisy: objective.noisy?.(checked) ?? false,
    build: batch => objective.build(batch, checked),
  }
}

/** The names of an objective's own options. */
export const optionNames = ({ options }: Pick<Objective, 'options'>): string[] =>
  options instanceof z.ZodObject ? Object.keys(options.shape) : []

/** Options with their defaults filled in; an error that names the option where one is unknown or wrong. */
export function objectiveOptions<Options>(objective: Objective<Options>, options: object): Options {
  const known = optionNames(objective)
  const unknown = Object.keys(options).find(key => !known.includes(key))
  if (unknown !== undefined)
    throw new GlasshouseError({
      code: 'unknown-option',
      what: `the objective has no option '${unknown}'`,
      where: `objective ${objective.name}`,
      expected: known.length ? `one of ${known.join(', ')}` : 'none',
      hint: meantBy(unknown, known),
    })
  const parsed = objective.options.safeParse(options)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new GlasshouseError({
    code: 'bad-option',
    what: issue.message,
    where: `objective ${objective.name}, option ${issue.path.join('.') || '(all)'}`,
    hint: 'See docs/objectives.md for the options and their ranges',
  })
}
