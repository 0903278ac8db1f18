/** What can be asked of a dream. */
import { z } from 'zod'
import { notWith, withOption } from '../../options/needs.ts'

/** The image grows in the spectrum otherwise, at one size. */
const inPixels = withOption('parameterisation', 'pixels')

/** Every option of the dream, in the order of its help. */
export const options = z.object({
  layer: z
    .array(z.string().meta({ kind: 'layer' }))
    .optional()
    .describe('the layers to dream on, one picture each; the last three stages or scales unless given')
    .meta({ value: 'L', needs: [notWith('class'), notWith('everyLayer')] }),
  everyLayer: z
    .boolean()
    .default(false)
    .describe('dream on every layer that has feature maps')
    .meta({ needs: [notWith('class')] }),
  objective: z
    .enum(['norm', 'mean'])
    .default('norm')
    .describe('what grows: half the squared norm of the layer, or its mean')
    .meta({ needs: [notWith('class'), notWith('channel'), notWith('guide')] }),
  channel: z
    .number()
    .int()
    .min(0)
    .optional()
    .describe('grow this channel of the layer')
    .meta({ needs: [notWith('class'), notWith('guide')] }),
  at: z
    .array(z.number().min(0).max(1))
    .length(2)
    .optional()
    .describe('grow the channel only at this place: shares of height and width, 0.5,0.5 is the middle')
    .meta({ needs: [withOption('channel')] }),
  class: z
    .string()
    .optional()
    .describe('grow the logit of this class, by name or index')
    .meta({ kind: 'class' }),
  guide: z
    .string()
    .optional()
    .describe('an image whose features the dream takes over')
    .meta({ value: 'IMAGE', kind: 'image', needs: [notWith('class')] }),
  octaves: z
    .number()
    .int()
    .min(1)
    .max(12)
    .default(4)
    .describe('sizes that are dreamed at, smallest first')
    .meta({ needs: [inPixels] }),
  octaveScale: z
    .number()
    .min(1)
    .max(4)
    .default(1.4)
    .describe('ratio of the sides of two octaves')
    .meta({ needs: [inPixels, notWith('octaves', 1)] }),
  steps: z
    .number()
    .int()
    .min(0)
    .max(10000)
    .optional()
    .describe('steps at each octave: 10 unless given; fourier: 256 in all'),
  stepSize: z
    .number()
    .min(0)
    .max(255)
    .optional()
    .describe(
      'mean change of a value in one step, of 255: 1.5 unless given; fourier: the rate of Adam, 0.05',
    ),
  jitter: z
    .number()
    .int()
    .min(0)
    .max(1024)
    .default(32)
    .describe('largest shift before a step, in pixels')
    .meta({ needs: [inPixels] }),
  clip: z
    .boolean()
    .default(true)
    .describe('keep values within 0 to 255')
    .meta({ needs: [inPixels] }),
  parameterisation: z
    .enum(['pixels', 'fourier'])
    .default('pixels')
    .describe('steps in pixels, or of Adam in the spectrum of decorrelated colours (Lucid), without octaves'),
  robust: z
    .boolean()
    .default(true)
    .describe('shift, scale and turn the image at random before each step in the spectrum')
    .meta({ needs: [withOption('parameterisation', 'fourier')] }),
  size: z
    .number()
    .int()
    .min(16)
    .max(16384)
    .optional()
    .describe('longer side of the picture; its own, up to 1024, unless given, and the network’s for noise'),
  tile: z
    .number()
    .int()
    .min(32)
    .max(4096)
    .default(1024)
    .describe('compute larger images in tiles of at most this side')
    .meta({ needs: [inPixels] }),
  zoomFilm: z
    .number()
    .int()
    .min(0)
    .max(10000)
    .default(0)
    .describe('make a film of this many frames: each dream, zoomed in, is the start of the next'),
  zoom: z
    .number()
    .min(1)
    .max(2)
    .default(1.05)
    .describe('how far each frame of the film zooms in')
    .meta({ needs: [notWith('zoomFilm', 0)] }),
})

export type DreamOptions = z.output<typeof options>
