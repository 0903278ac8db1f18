/** What the lens of layer similarity finds: plain data. */
import type { Picture } from '../../base/picture.ts'
import type { ScaleSimilarity } from './compute.ts'
import type { LayerSimilarityOptions } from './options.ts'

export interface LayerSimilarityResult {
  similarities: ScaleSimilarity[]
  layers: string[]
  pictures: number
  mask: string
  variant: LayerSimilarityOptions['variant']
  /** some of the pictures, and where it was looked in each */
  shown: { view: Picture; mask: Float64Array }[]
}
