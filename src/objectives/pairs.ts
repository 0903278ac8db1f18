/**
 * Objectives of pairs: functions of the cosine similarities between the anchors of a batch and what they are compared
 * with, and of which pairs are of one class. Most objectives of the literature are of this kind.
 */
import type { Value } from '../graph/graph.ts'
import { cast } from '../graph/ops/elementwise.ts'
import { reduceMax } from '../graph/ops/reduce.ts'
import { defineObjective, type Objective } from './objective.ts'
import { cosineSimilarities, type PairMasks, pairMasks } from './similarity.ts'
import { nearestStatistics } from './statistics.ts'

/** Rows are anchors, columns what they are compared with; an image is no pair with itself. */
export interface Pairs extends PairMasks {
  /** (n, m) cosines */
  similarities: Value
}

interface PairObjective<Options> extends Pick<Objective<Options>, 'name' | 'summary' | 'options'> {
  /** the loss (scalar) */
  loss(pairs: Pairs, options: Options): Value
}

/** An objective of an embedding that sees pairs only; it logs each anchor's nearest classmate and nearest stranger. */
export const definePairObjective = <Options>({ loss, ...rest }: PairObjective<Options>): Objective<Options> =>
  defineObjective({
    ...rest,
    kind: 'embedding',
    balanced: true,
    build({ output, labels }, options) {
      const pairs = { similarities: cosineSimilarities(output), ...pairMasks(labels) }
      return { loss: loss(pairs, options), statistics: nearestStatistics(pairs.similarities, pairs) }
    },
  })

/** (n) bool: whether a row has a true entry. */
export const hasAny = (mask: Value): Value =>
  cast(reduceMax(cast(mask, 'float32'), [mask.shape.length - 1]), 'bool')
