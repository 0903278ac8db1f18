/** Yoked t-SNE in a browser tab. */
import { startWebThread, webThreads } from './thread-pool.web.ts'
import { sweepWith, tsneWith } from './tsne.ts'

export const tsne = tsneWith(startWebThread, webThreads)
export const sweep = sweepWith(startWebThread, webThreads)
