/** What the lens of residual units finds: plain data. */
import { z } from 'zod'
import type { Picture } from '../../base/picture.ts'
import type { NamedPicture } from '../lens.ts'
import { number } from '../metrics.ts'
import type { Mixing } from './mixing.ts'
import type { UnitPart } from './units.ts'

const mixing = z.object({ unit: z.string(), normRatio: number, cosine: number })
const distances = z.object({ input: number, shortcut: number, branch: number })

/** What a script may rely on, as it comes out of JSON. */
export const metrics = z.object({
  pictures: z.int(),
  units: z.array(mixing.extend({ onDream: mixing.optional(), distances: distances.optional() })),
})

export type PartDreams = Record<UnitPart, Picture>

/** How far the dream on the sum is from another part's: root mean square of the differences, of 255. */
export interface Distances {
  input: number
  shortcut: number
  branch: number
}

export interface UnitAnatomy {
  mixing: Mixing
  /** in the dream on the sum */
  onDream: Mixing
  dreams: PartDreams
  distances: Distances
}

export interface AnatomyResult {
  original: NamedPicture
  units: UnitAnatomy[]
  /** of every unit of the network */
  mixings: Mixing[]
  /** how many images the mixings are averaged over */
  pictures: number
}
