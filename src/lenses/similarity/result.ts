/** What the lens of similarity finds: plain data. */
import { z } from 'zod'
import type { Picture } from '../../base/picture.ts'
import type { FeatureMaps } from '../maps/feature-maps.ts'
import { number } from '../metrics.ts'
import type { SimilarityMaps } from './compute.ts'
import type { Colours } from './options.ts'

/** What a script may rely on, as it comes out of JSON. */
export const metrics = z.object({
  cosine: number,
  mapSums: z.array(number).length(2).describe('of either map: the cosine'),
  filters: z.array(number).describe('what each channel adds to the cosine of the pooled features'),
})

export interface SimilarityResult {
  similarity: SimilarityMaps
  /** of every place of the first image with every place of the second; absent where there are too many places */
  pairs?: Float32Array
  maps: FeatureMaps
  /** per channel, of the pooled features before any head */
  contributions: Float64Array
  filters: { channel: number; contribution: number; maps: Float32Array[] }[]
  views: Picture[]
  paths: string[]
  colours: Colours
}
