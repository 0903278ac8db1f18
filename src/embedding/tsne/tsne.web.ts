/** Yoked t-SNE in a browser tab. */
import { startWebThread } from './thread-pool.web.ts'
import { sweepWith, tsneWith } from './tsne.ts'

const cores = () => Math.min(64, navigator.hardwareConcurrency)

export const tsne = tsneWith(startWebThread, cores)
export const sweep = sweepWith(startWebThread, cores)
