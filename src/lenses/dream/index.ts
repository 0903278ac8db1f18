/** The lens of dreams: what does a layer see in a picture, drawn into the picture? */
import { z } from 'zod'
import type { Picture } from '../../figures/picture.ts'
import type { LayerName } from '../../graph/graph.ts'
import { defineLens, type LensContext, type NamedPicture, type Progress } from '../lens.ts'
import type { Octave } from './ascent.ts'
import { goalsOf, startOf } from './choices.ts'
import { drawDreams, fileName } from './draw.ts'
import { dreamerOf } from './dreamer.ts'
import { type Image, pictureOf } from './image.ts'
import { zoomFrames } from './zoom.ts'

const options = z.object({
  layer: z
    .array(z.string())
    .optional()
    .describe('the layers to dream on, one picture each; the stages from the second on unless given')
    .meta({ value: 'L' }),
  everyLayer: z.boolean().default(false).describe('dream on every layer that has feature maps'),
  objective: z
    .enum(['norm', 'mean'])
    .default('norm')
    .describe('what grows: half the squared norm of the layer, or its mean'),
  channel: z.number().int().min(0).optional().describe('grow this channel of the layer'),
  at: z
    .array(z.number().min(0).max(1))
    .length(2)
    .optional()
    .describe('with --channel, only at this place: shares of height and width, 0.5,0.5 is the middle'),
  class: z.string().optional().describe('grow the logit of this class, by name or index'),
  guide: z
    .string()
    .optional()
    .describe('a picture whose features the dream takes over')
    .meta({ value: 'IMAGE' }),
  octaves: z.number().int().min(1).max(12).default(4).describe('sizes that are dreamed at, smallest first'),
  octaveScale: z.number().min(1).max(4).default(1.4).describe('ratio of the sides of two octaves'),
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
  jitter: z.number().int().min(0).max(1024).default(32).describe('largest shift before a step, in pixels'),
  clip: z.boolean().default(true).describe('keep values within 0 to 255'),
  parameterisation: z
    .enum(['pixels', 'fourier'])
    .default('pixels')
    .describe('steps in pixels, or of Adam in the spectrum of decorrelated colours (Lucid), without octaves'),
  robust: z
    .boolean()
    .default(true)
    .describe('shift, scale and turn the picture at random before each step in the spectrum'),
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
    .describe('compute larger pictures in tiles of at most this side'),
  zoomFilm: z
    .number()
    .int()
    .min(0)
    .max(10000)
    .default(0)
    .describe('feed the dream back into itself so many times, zooming in, as a film'),
  zoom: z.number().min(1).max(2).default(1.05).describe('how far each frame of the film zooms in'),
})

export type DreamOptions = z.output<typeof options>

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

/** Milliseconds between two looks at a picture that grows: writing it takes time from its growing. */
const glimpseInterval = 1500

export const dream = defineLens({
  name: 'dream',
  title: 'Dream',
  description: 'what a layer sees in a picture, drawn into the picture',
  about:
    'Gradient ascent on a picture (Mordvintsev, Olah and Tyka 2015): the picture is changed, step by step, so that a layer of the network answers more strongly. What the layer is tuned to appears. The picture is dreamed at several sizes (octaves), from small to large, and shifted at random before each step (jitter).',
  arguments: [
    { name: 'model', kind: 'model', description: 'a run (run@7 for an epoch), or NET:WEIGHTS' },
    { name: 'image', kind: 'start', description: 'a picture to start from, or the word noise' },
  ],
  options,
  examples: [
    { line: 'dream runs/train-1 leaf.jpg', does: 'Original and the dreams of stages 2, 3 and 4' },
    { line: 'dream runs/train-1 noise --layer stage3 --channel 7', does: 'What does a channel look for?' },
    { line: 'dream runs/train-1 leaf.jpg --every-layer', does: 'One dream per layer, as a sheet' },
    { line: 'dream runs/train-1 leaf.jpg --layer stage3 --zoom-film 100', does: 'A film' },
  ],
  async run(context, { model: { network }, image }, options) {
    const start = startOf(image, network, options.size)
    const goals = await goalsOf(context, network, options)
    const glimpse = glimpses(context)
    const dreams: Dream[] = []
    let frames: Picture[] = []
    let progress: Progress | undefined
    let done = 0
    for (const { layer, words, objective } of goals) {
      const dreamer = dreamerOf(context.engine, network, objective, options)
      progress ??= context.progress('steps', dreamer.stepsFor(start) * (goals.length + options.zoomFilm))
      const watched = (name: string) => ({
        ...context,
        async onStep(grown: Image) {
          progress?.update(++done, name)
          await glimpse(name, grown)
        },
      })
      try {
        const { image: grown, octaves } = await dreamer.dream(start, watched(fileName(words)))
        const picture = pictureOf(grown)
        if (options.zoomFilm > 0 && dreams.length === 0) {
          const zoom = { count: options.zoomFilm, zoom: options.zoom }
          frames = [picture, ...(await zoomFrames(dreamer, picture, zoom, watched('zoom')))]
        }
        dreams.push({ layer, words, picture, octaves })
      } finally {
        await dreamer.dispose()
      }
    }
    progress?.done()
    return {
      original: image && { path: image.path, picture: start as Picture },
      dreams,
      frames,
    } satisfies DreamResult
  },
  draw: drawDreams,
  metrics: ({ dreams }) => ({
    layers: dreams.map(({ layer, words, octaves }) => ({
      layer,
      goal: words,
      objective: octaves.flatMap(({ objective }) => objective),
      octaves: octaves.map(({ width, height }) => ({ width, height })),
    })),
  }),
})

/** Shows a picture that grows, now and then. */
function glimpses({ show }: LensContext): (name: string, image: Image) => Promise<void> {
  let last = performance.now()
  return async (name, image) => {
    if (!show || performance.now() - last < glimpseInterval) return
    await show(name, pictureOf(image))
    last = performance.now()
  }
}
