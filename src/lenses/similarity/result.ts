/** What the lens of similarity finds: plain data. */
import type { Picture } from '../../base/picture.ts'
import type { FeatureMaps } from '../maps/feature-maps.ts'
import type { SimilarityMaps } from './compute.ts'
import type { Colours } from './options.ts'

export interface SimilarityResult {
  similarity: SimilarityMaps
  maps: FeatureMaps
  /** per channel, of the pooled features before any head */
  contributions: Float64Array
  filters: { channel: number; contribution: number; maps: Float32Array[] }[]
  views: Picture[]
  paths: string[]
  colours: Colours
}
