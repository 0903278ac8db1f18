/** What the lens of dreams finds: plain data. */
import type { Picture } from '../../base/picture.ts'
import type { LayerName } from '../../graph/graph.ts'
import type { NamedPicture } from '../lens.ts'
import type { Octave } from './ascent.ts'

export interface Dream {
  layer: LayerName
  /** what was made large, in words */
  words: string
  picture: Picture
  octaves: Octave[]
}

export interface DreamResult {
  /** what the dreams began with; undefined for noise */
  original?: NamedPicture
  dreams: Dream[]
  /** of the zoom, the first being the first dream */
  frames: Picture[]
}
