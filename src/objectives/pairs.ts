/**
 * Objectives of pairs: functions of the cosine similarities between the anchors of a batch and what they are compared
 * with, and of which pairs are of one class. Most objectives of the literature are of this kind.
 */
import type { Value } from '../graph/graph.ts'
import { cast } from '../graph/ops/elementwise.ts'
import { reduceMax } from '../graph/ops/reduce.ts'
import { defineObjective, type Learned, type Objective } from './objective.ts'
import { cosineSimilarities, type PairMasks, pairMasks } from './similarity.ts'
import { nearestStatistics } from './statistics.ts'

/** Rows are anchors, columns what they are compared with; an image is no pair with itself. */
export interface Pairs extends PairMasks {
  /** (n, m) cosines */
  similarities: Value
}

export interface PairObjective<Options> extends Pick<Objective<Options>, 'name' | 'summary' | 'options'> {
  /** the loss (scalar); beside it what to log, where that is not each anchor's nearest classmate and nearest stranger */
  loss(pairs: Pairs, options: Options): Value | PairLoss
}

type PairLoss = Pick<Learned, 'loss' | 'statistics'>

/** A loss with what to log beside it. */
export const watched = (pairs: Pairs, made: Value | PairLoss): PairLoss =>
  'statistics' in made ? made : { loss: made, statistics: nearestStatistics(pairs.similarities, pairs) }

/** An objective of an embedding that sees pairs only. */
export const definePairObjective = <Options>({ loss, ...rest }: PairObjective<Options>): Objective<Options> =>
  defineObjective({
    ...rest,
    kind: 'embedding',
    balanced: true,
    build({ output, labels }, options) {
      const pairs = pairsOf(output, labels)
      return watched(pairs, loss(pairs, options))
    },
  })

/** The pairs within a batch. */
export const pairsOf = (output: Value, labels: Value): Pairs => ({
  similarities: cosineSimilarities(output),
  ...pairMasks(labels),
})

/** (n) bool: whether a row has a true entry. */
export const hasAny = (mask: Value): Value =>
  cast(reduceMax(cast(mask, 'float32'), [mask.shape.length - 1]), 'bool')
