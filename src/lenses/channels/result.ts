/** What the sheet of channels finds: plain data. */
import { z } from 'zod'
import type { Picture } from '../../base/picture.ts'
import { number } from '../metrics.ts'

/** What a script may rely on, as it comes out of JSON. */
export const metrics = z.object({
  layer: z.string(),
  width: z.int().describe('channels that the layer has'),
  size: z.int().describe('side of a dream in pixels'),
  images: z.int().describe('images that were looked through; 0 without data'),
  channels: z.array(
    z.object({
      channel: z.int(),
      start: number.describe(
        'the mean of the channel over places before the first step, in pixels of the last octave',
      ),
      objective: number.describe('the same before the last step'),
      top: z
        .array(z.object({ path: z.string(), label: z.string(), value: number }))
        .describe('images that excite the channel most, the strongest first'),
    }),
  ),
})

export interface TopImage {
  path: string
  label: string
  /** of the channel: at its strongest place or on average */
  value: number
  /** as the network sees it, small */
  view: Picture
}

export interface ChannelDream {
  channel: number
  dream: Picture
  /** mean of the channel over places, before the first step (of the last octave) and before the last */
  start: number
  objective: number
}

export interface ChannelSheet extends ChannelDream {
  top: TopImage[]
}

export interface ChannelsResult {
  layer: string
  /** channels of the layer */
  width: number
  /** side of a dream */
  size: number
  /** how many were looked through */
  images: number
  by: 'max' | 'mean'
  channels: ChannelSheet[]
}
