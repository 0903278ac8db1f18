/** Yoked t-SNE in Node. */
import { availableParallelism } from 'node:os'
import { neighboursByEngine } from './search.ts'
import { startNodeThread } from './thread-pool.node.ts'
import { type Search, sweepWith, tsneWith } from './tsne.ts'

/** The engine is loaded only where there is enough to search. */
const search: Search = (threads, signal) => async (data, dim, k) => {
  const { createEngine } = await import('../../runtime/engine.node.ts')
  return neighboursByEngine(await createEngine({ threads }), signal)(data, dim, k)
}

export const tsne = tsneWith(startNodeThread, availableParallelism, search)
export const sweep = sweepWith(startNodeThread, availableParallelism, search)
