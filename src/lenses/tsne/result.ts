/** What the lens of yoked t-SNE finds: plain data. */
import { z } from 'zod'
import type { ClassDifference, Compared, Differences } from '../../embedding/tsne/differences.ts'
import type { TsneResult as Layout } from '../../embedding/tsne/tsne.ts'
import type { VectorsInput } from '../lens.ts'
import { number, share } from '../metrics.ts'
import type { Items } from './items.ts'
import type { TsneLensOptions } from './options.ts'

const curvePoint = z.object({
  lambda: number,
  lambdaRelative: number,
  kl: z.array(number),
  klRatio: z.array(number),
  alignment: number,
  procrustes: number,
})

/** What a script may rely on, as it comes out of JSON. */
export const metrics = z.object({
  kl: z.array(number),
  klAlone: z.array(number),
  klRatio: z.array(number),
  alignment: number,
  procrustes: number,
  alignmentAlone: number,
  procrustesAlone: number,
  lambda: number,
  lambdaRelative: number,
  seconds: number,
  points: z.int(),
  maps: z.array(
    z.object({
      source: z.string(),
      name: z.string(),
      points: z.int(),
      trustworthiness: number,
      preservation: share,
    }),
  ),
  sweep: z.array(curvePoint).optional(),
  trials: z.array(curvePoint).optional(),
})

export interface TsneLensResult {
  /** what each embedding is: as the user called it, and its epoch where it is one of several of a run */
  sources: { source: string; epoch?: number }[]
  /** of each embedding, short and distinct */
  names: string[]
  items: Items
  classes: { names: string[]; ofItems: Int32Array }
  layout: Layout
  /** between the first embedding and the last; absent for a single one */
  difference?: { sides: [Compared, Compared]; points: Differences; classes: ClassDifference[] }
  options: TsneLensOptions
  seed: number
  /** of the layout, reading and drawing left out */
  seconds: number
}

/** With the vectors that are drawn, and the images that they describe. */
export interface IllustratedTsne extends TsneLensResult {
  vectors: readonly VectorsInput[]
}
