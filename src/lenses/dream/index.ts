/** The lens of dreams: what does a layer see in a picture, drawn into the picture? */
import type { Picture } from '../../base/picture.ts'
import type { Progress } from '../../base/work.ts'
import type { LayerName } from '../../graph/graph.ts'
import { defineLens, type LensContext, type NamedPicture } from '../lens.ts'
import type { Octave } from './ascent.ts'
import { goalsOf, startOf } from './choices.ts'
import { drawDreams, fileName } from './draw.ts'
import { dreamerOf } from './dreamer.ts'
import { type Image, pictureOf } from './image.ts'
import { dreamOptions } from './options.ts'
import { zoomFrames } from './zoom.ts'

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
    {
      name: 'model',
      kind: 'model',
      description: 'a run (run@7 for an epoch), an .onnx file, or NET:WEIGHTS',
    },
    { name: 'image', kind: 'start', description: 'a picture to start from, or the word noise' },
  ],
  options: dreamOptions,
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
