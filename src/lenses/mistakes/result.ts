/** What the lens of mistakes finds: plain data. */
import { z } from 'zod'
import type { Picture } from '../../base/picture.ts'
import type { ColourMapName } from '../../figures/colour-maps.ts'
import type { MapMethod } from '../cam/methods.ts'
import type { MapGrid } from '../maps/layer-maps.ts'
import { number, share } from '../metrics.ts'

/** What a script may rely on, as it comes out of JSON. */
export const metrics = z.object({
  total: z.int().describe('images that were taken for another class'),
  images: z.int().describe('images that were classified'),
  training: z.int().describe('training images that were searched'),
  accuracy: share,
  suspects: z.int().describe('mistakes whose label may be wrong'),
  nearDuplicates: z.int().describe('classified images with a near-duplicate among the training images'),
  pairs: z.array(z.object({ label: z.string(), predicted: z.string(), count: z.int() })),
  mistakes: z.array(
    z.object({
      path: z.string(),
      label: z.string(),
      predicted: z.string(),
      probability: share.describe('of the predicted class'),
      labelProbability: share.describe('of the true class'),
      suspect: z.boolean(),
      nearest: z.array(z.object({ path: z.string(), label: z.string(), cosine: number })),
      nearDuplicate: z
        .object({ path: z.string(), label: z.string(), correlation: number })
        .optional()
        .describe('among the training images'),
    }),
  ),
})

/** A training image beside a mistake. */
export interface Neighbour {
  path: string
  label: string
  cosine: number
}

export interface Mistake {
  path: string
  label: string
  predicted: string
  /** of the predicted class */
  probability: number
  /** of the true class */
  labelProbability: number
  /** whether the label may be wrong */
  suspect: boolean
  /** training images, nearest first */
  nearest: Neighbour[]
  nearDuplicate?: NearTwin
}

/** A training image that is nearly the same as an image that was classified. */
export interface NearTwin {
  path: string
  label: string
  correlation: number
}

/** What is drawn of a mistake. */
export interface ShownMistake extends Mistake {
  view: Picture
  /** of the predicted and of the true class */
  maps: [Float32Array, Float32Array]
  /** where the cells of the maps look */
  grid: MapGrid
  neighbours: Picture[]
}

/** A classified image and its near-duplicate, right or wrong. */
export interface Twins extends NearTwin {
  of: { path: string; label: string }
}

export interface MistakesResult {
  /** of images */
  images: number
  training: number
  split: string
  accuracy: number
  /** all of them: by pair, the most frequent first, and the most certain first within */
  mistakes: Mistake[]
  shown: ShownMistake[]
  twins: Twins[]
  pair?: { label: string; predicted: string }
  method: MapMethod
  /** side of the square that the network sees */
  size: number
  colours: ColourMapName
}
