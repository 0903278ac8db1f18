/** What the lens of pair PCA finds: plain data. */
import type { Picture } from '../../base/picture.ts'
import type { PrincipalComponents } from './compute.ts'

export interface PairPcaResult {
  components: PrincipalComponents
  /** what the network saw */
  views: Picture[]
  paths: string[]
  layer: string
  skip: number
}
