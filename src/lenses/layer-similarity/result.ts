/** What the lens of layer similarity finds: plain data. */
import { z } from 'zod'
import type { Picture } from '../../base/picture.ts'
import { number, share } from '../metrics.ts'
import type { ScaleSimilarity } from './compute.ts'
import type { LayerSimilarityOptions } from './options.ts'

/** What a script may rely on, as it comes out of JSON. */
export const metrics = z.object({
  pictures: z.int(),
  layers: z.array(
    z.object({
      layer: z.string(),
      scale: z.int(),
      mean: number,
      mode: number,
      peak: share,
      meanRemoved: number,
    }),
  ),
})

export interface LayerSimilarityResult {
  similarities: ScaleSimilarity[]
  layers: string[]
  pictures: number
  mask: string
  variant: LayerSimilarityOptions['variant']
  /** some of the images, and where it was looked in each */
  shown: { view: Picture; mask: Float64Array }[]
}
