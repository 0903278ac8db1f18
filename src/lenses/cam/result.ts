/** What the lens of class activation maps finds out. */
import { z } from 'zod'
import type { Picture } from '../../base/picture.ts'
import type { ColourMapName } from '../../figures/colour-maps.ts'
import type { MapGrid } from '../maps/layer-maps.ts'
import { number, share } from '../metrics.ts'
import type { Belief } from './belief.ts'
import type { ActivationMap } from './compute.ts'
import type { Following, Turn } from './follow.ts'
import type { MapMethod } from './methods.ts'
import type { Odds, Pointing } from './odds.ts'

const oneOrBoth = z.union([number, z.array(number).length(2)])

const followed = z.object({
  share,
  chance: share.optional(),
  median: number,
  correlation: z
    .object({ own: number, other: number.optional() })
    .optional()
    .describe(
      'rank correlation of the whole maps, before and after, in the middle case; and of different images',
    ),
  images: z.int(),
})

const resemblance = z.object({ correlation: number, absolute: share, structure: number })

const curve = z.object({ area: number, chance: number, better: share, images: z.int() })

/** What a script may rely on, as it comes out of JSON. */
export const metrics = z.object({
  images: z.array(
    z.object({
      path: z.string(),
      label: z.string().optional(),
      predicted: z.string(),
      class: z.string(),
      index: z.int(),
      logit: number.describe(
        'of the class; with --near the cosine; of an embedding by itself the length of its vector',
      ),
      probability: share.optional(),
      mean: number,
      bias: number,
      grid: z.array(z.int()).length(2),
      stride: oneOrBoth,
      centre: oneOrBoth,
      insidePlant: share.optional(),
      hottestOnPlant: z.boolean().optional(),
      plantArea: share.optional(),
      odds: number.optional(),
    }),
  ),
  places: z.enum(['from the graph', 'measured', 'assumed']).describe('how the places of the cells are known'),
  following: z.object({ turned: followed.optional(), mirrored: followed.optional() }),
  odds: z
    .object({ ratio: number, low: number.optional(), high: number.optional(), images: z.int() })
    .optional(),
  pointing: z
    .object({ share, chance: share, images: z.int() })
    .optional()
    .describe('on how many images the hottest place lies on the plant, and on how many any place would'),
  curves: z
    .object({ deletion: curve, insertion: curve })
    .optional()
    .describe('mean areas under the curves of deletion and insertion, and those of random maps'),
  sanity: z
    .object({
      images: z.int(),
      levels: z.array(resemblance.extend({ kernels: z.int(), downTo: z.string() })),
      between: resemblance.optional(),
    })
    .optional()
    .describe(
      'rank correlation of maps with those of networks whose kernels are shuffled from the head down, its absolute value, and structural similarity',
    ),
  searched: z.int().optional(),
})

/** The map of one class. */
export interface ClassMap extends ActivationMap {
  class: string
  mean: number
  /** share of the positive heat that lies on the plant; undefined where there is none of either */
  insidePlant?: number
  /** whether the hottest place lies on the plant; undefined where there is no plant */
  hottestOnPlant?: boolean
  /** of heat on the plant, against the plant's area; 1 is chance */
  odds?: number
}

export interface Explained {
  path: string
  /** what the data says it shows */
  label?: string
  predicted: string
  /** the plant's share of the image */
  plantArea?: number
  maps: ClassMap[]
  /** what the network saw, at a size for the eye */
  view: Picture
}

export interface CamResult {
  /** what the images are near to, in place of a class */
  near?: { path: string; view: Picture }
  /** the network is an embedding, and no answer of it is explained */
  byItself?: boolean
  images: Explained[]
  /** how many there were to choose from */
  total: number
  /** where only mistakes are shown: how many images were looked at */
  searched?: number
  method: MapMethod
  measured: boolean
  colours: ColourMapName
  grid: MapGrid
  /** side of the square that the network sees */
  size: number
  /** how the hottest places follow the image when it is turned */
  following: Partial<Record<Turn, Following>>
  /** of heat on the plant, over all images */
  odds?: Odds
  /** of hottest places, over all images with a plant */
  pointing?: Pointing
  /** what was checked of the maps themselves */
  belief: Belief
  /** whether the maps are to be written as numbers */
  writeMaps: boolean
}
