/**
 * Cross-batch memory (Wang, Zhang, Huang, Scott, "Cross-Batch Memory for Embedding Learning", CVPR 2020, algorithm 1),
 * around objectives of pairs: a queue of the last vectors and labels. The vectors of a batch go in first, the oldest
 * leave, and the images of the batch are compared with all that is in it, themselves left out. What is in the queue was
 * computed by the network as it was, and is constant: gradients flow through the anchors only, also where the other
 * image is of the same batch.
 *
 * `memoryFrom` leaves the queue alone for that many steps, while the network changes too fast for old vectors to mean
 * anything (the paper's "slow drift"); until then the batch is compared with itself, as without a memory.
 */
import { z } from 'zod'
import { GlasshouseError } from '../base/errors.ts'
import type { Value } from '../graph/graph.ts'
import { add, and, equal, greaterOrEqual, not, stopGradient, where } from '../graph/ops/elementwise.ts'
import { concat, reshape, slice } from '../graph/ops/layout.ts'
import { gemm } from '../graph/ops/linear.ts'
import { l2Normalise } from '../graph/ops/softmax.ts'
import { float32, int64, type Tensor } from '../graph/tensor.ts'
import { type Batch, defineObjective, type Objective } from './objective.ts'
import { definePairObjective, type PairObjective, type Pairs, watched } from './pairs.ts'
import { maskWhere } from './similarity.ts'

/** The options of every objective that can have a memory. */
export const memoryOptions = {
  memory: z
    .number()
    .int()
    .min(0)
    .max(1_000_000)
    .default(0)
    .describe(
      'how many of the last vectors images are compared with (cross-batch memory); 0: the batch only',
    ),
  memoryFrom: z.number().int().min(0).max(1_000_000).default(0).describe('steps before the memory is used'),
}

interface MemoryOptions {
  memory: number
  memoryFrom: number
}

/** No label: a place of the queue that nothing has come to yet. */
const nobody = -1

/** An objective of pairs, of a batch or, where the option `memory` says so, of a batch and the batches before it. */
export function withMemory<Options extends MemoryOptions>(own: PairObjective<Options>): Objective<Options> {
  const plain = definePairObjective(own)
  return defineObjective({
    ...plain,
    state: ({ batch, dim }, { memory }) => (memory === 0 ? {} : emptyQueue(memory, batch, dim)),
    build(batch, options) {
      const within = plain.build(batch, options)
      if (options.memory === 0) return within
      const { pairs, state } = remember(batch, options.memory)
      const { loss: across } = watched(pairs, own.loss(pairs, options))
      if (options.memoryFrom === 0) return { ...within, loss: across, state }
      const step = batch.state!.memorySteps
      return {
        ...within,
        loss: where(greaterOrEqual(step, options.memoryFrom), across, within.loss),
        state,
      }
    },
  })
}

function emptyQueue(memory: number, batch: number, dim: number): Record<string, Tensor> {
  if (memory < batch)
    throw new GlasshouseError({
      code: 'bad-option',
      what: 'the memory does not hold a batch',
      where: 'option memory',
      expected: `at least ${batch}, the size of a batch`,
      got: String(memory),
    })
  return {
    memory: float32([memory, dim], new Float32Array(memory * dim)),
    memoryLabels: int64([memory], new Array<number>(memory).fill(nobody)),
    memorySteps: float32([], [0]),
  }
}

/** The queue with the batch at its end, and the pairs of the batch with everybody in the queue. */
function remember({ output, labels, state }: Batch, memory: number) {
  if (!state) throw new Error('an objective with a memory is built without it')
  const [n] = labels.shape
  const queued = (fresh: Value, old: Value) =>
    n === memory ? fresh : concat([slice(old, [{ axis: 0, start: n }]), fresh], 0)
  const vectors = queued(stopGradient(output), state.memory)
  const classes = queued(labels, state.memoryLabels)
  return {
    pairs: pairsWith(output, labels, vectors, classes),
    state: { memory: vectors, memoryLabels: classes, memorySteps: add(state.memorySteps, 1) },
  }
}

/** Pairs (n, m) of images with a queue whose last n are those images. */
function pairsWith(output: Value, labels: Value, vectors: Value, classes: Value): Pairs {
  const [n, m] = [labels.shape[0], classes.shape[0]]
  const same = equal(reshape(labels, [n, 1]), reshape(classes, [1, m]))
  const others = maskWhere(labels, [n, m], (row, column) => column - (m - n) !== row)
  const somebody = reshape(greaterOrEqual(classes, 0), [1, m])
  return {
    similarities: gemm(l2Normalise(output), l2Normalise(vectors), undefined, { transB: true }),
    positive: and(same, others),
    negative: and(not(same), somebody),
  }
}
