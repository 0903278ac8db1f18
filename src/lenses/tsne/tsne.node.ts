/** Yoked t-SNE in Node. */
import { availableParallelism } from 'node:os'
import { startNodeThread } from './crew.node.ts'
import { sweepWith, tsneWith } from './tsne.ts'

export const tsne = tsneWith(startNodeThread, availableParallelism)
export const sweep = sweepWith(startNodeThread, availableParallelism)
