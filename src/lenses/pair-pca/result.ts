/** What the lens of pair PCA finds: plain data. */
import { z } from 'zod'
import type { Picture } from '../../base/picture.ts'
import { number, share } from '../metrics.ts'
import type { PrincipalComponents } from './compute.ts'

/** What a script may rely on, as it comes out of JSON. */
export const metrics = z.object({
  explained: z.array(share),
  contributions: z.array(number),
  meanContribution: number,
  cosine: number,
  locations: z.int(),
  channels: z.int(),
})

export interface PairPcaResult {
  components: PrincipalComponents
  /** what the network saw */
  views: Picture[]
  paths: string[]
  layer: string
  skip: number
}
