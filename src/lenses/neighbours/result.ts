/** What the lens of neighbours finds: plain data. */
import { z } from 'zod'
import type { Picture } from '../../base/picture.ts'
import type { MapGrid } from '../maps/layer-maps.ts'
import { number } from '../metrics.ts'
import type { Colours } from '../similarity/options.ts'

/** What a script may rely on, as it comes out of JSON. */
export const metrics = z.object({
  searched: z.int(),
  blocks: z.array(
    z.object({
      maps: z.string(),
      order: z.string(),
      found: z.array(z.object({ path: z.string(), label: z.string(), similarity: number })),
    }),
  ),
})

export interface Found {
  path: string
  label: string
  similarity: number
  view: Picture
}

/** How one network explains its similarities between the query and every image of an order. */
export interface Block {
  /** whose maps, and whose order */
  maps: string
  order: string
  found: (Found & { queryMap: Float32Array; foundMap: Float32Array })[]
  /** where the cells of the maps look */
  grid: MapGrid
  /** side of what the network sees */
  size: number
}

export interface NeighboursResult {
  query: { path: string; view: Picture }
  blocks: Block[]
  colours: Colours
  searched: number
  region?: number[]
}
