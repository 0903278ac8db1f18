/** What can be asked of the sheet of channels. */
import { z } from 'zod'
import { splitChoices } from '../../data/choose-split.ts'
import { withOption, withSeveral } from '../../options/needs.ts'
import { options as dreamOptions } from '../dream/options.ts'

const inPixels = withOption('parameterisation', 'pixels')
const withData = withSeveral('data', 1)

export const options = z.object({
  layer: z
    .string()
    .optional()
    .describe('the layer whose channels are shown; the last stage or scale unless given')
    .meta({ kind: 'layer' }),
  channels: z
    .string()
    .optional()
    .describe('numbers and ranges of channels, such as 0-15,40; all unless given')
    .meta({ value: 'LIST' }),
  parameterisation: z
    .enum(['fourier', 'pixels'])
    .default('fourier')
    .describe('Adam in the spectrum of decorrelated colours (Lucid), or steps in pixels at several octaves'),
  steps: z
    .number()
    .int()
    .min(1)
    .max(10000)
    .optional()
    .describe('steps of a dream: 128 unless given; pixels: 10 at each octave'),
  stepSize: dreamOptions.shape.stepSize,
  robust: dreamOptions.shape.robust
    .describe('shift, scale and turn the image at random before each step')
    .meta({ needs: [withOption('parameterisation', 'fourier')] }),
  octaves: dreamOptions.shape.octaves,
  octaveScale: dreamOptions.shape.octaveScale,
  jitter: dreamOptions.shape.jitter.meta({ needs: [inPixels] }),
  size: z
    .number()
    .int()
    .min(16)
    .max(1024)
    .optional()
    .describe('side of a dream in pixels; the network’s own, up to 128, unless given'),
  batch: z.number().int().min(1).max(256).default(16).describe('channels that are dreamt at once'),
  split: z
    .enum(splitChoices)
    .default('all')
    .describe('which part of the data to look through')
    .meta({ needs: [withData] }),
  top: z
    .number()
    .int()
    .min(1)
    .max(16)
    .default(4)
    .describe('images to show beside each dream')
    .meta({ needs: [withData] }),
  by: z
    .enum(['max', 'mean'])
    .default('max')
    .describe('how strongly an image excites a channel: at its strongest place, or on average')
    .meta({ needs: [withData] }),
})

export type ChannelsOptions = z.output<typeof options>
