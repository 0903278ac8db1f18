/** What the lens of dreams finds: plain data. */
import { z } from 'zod'
import type { Picture } from '../../base/picture.ts'
import type { LayerName } from '../../graph/graph.ts'
import type { NamedPicture } from '../lens.ts'
import { number } from '../metrics.ts'
import type { Octave } from './ascent.ts'

/** What a script may rely on, as it comes out of JSON. */
export const metrics = z.object({
  layers: z.array(
    z.object({
      layer: z.string(),
      goal: z.string(),
      objective: z.array(number).describe('before each step'),
      octaves: z.array(z.object({ width: z.int(), height: z.int() })),
    }),
  ),
})

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
