/**
 * Local response normalisation by its parts: the kernel takes twice as long as these, which a gradient needs anyway
 * (`npm run bench -- pass-decompose-lrn`).
 */
import { decompositions } from '../gradient.ts'
import type { Pass } from './rewrite.ts'

export const decomposeLrn: Pass = () => ({
  LRN: (node, [x]) => {
    const parts = decompositions.LRN({ node, inputs: [x!] })
    return 'shape' in parts ? [parts] : undefined
  },
})
