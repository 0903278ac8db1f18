/** What the lens of class activation maps finds: plain data. */
import type { Picture } from '../../base/picture.ts'
import type { colourMapNames } from '../../figures/colour-maps.ts'
import type { ActivationMap } from './compute.ts'

export interface Explained extends ActivationMap {
  path: string
  /** what the data says it shows */
  label?: string
  class: string
  mean: number
  /** share of the positive heat that lies on the plant; undefined where there is none of either */
  insidePlant?: number
  /** what the network saw, at a size for the eye */
  view: Picture
}

export interface CamResult {
  images: Explained[]
  total: number
  method: 'cam' | 'grad-cam'
  measured: boolean
  colours: (typeof colourMapNames)[number]
}
