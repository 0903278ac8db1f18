/** The lens of dreams: what does a layer see in an image, drawn into the image? */
import type { Picture } from '../../base/picture.ts'
import type { Progress } from '../../base/work.ts'
import type { LensContext, ModelInput, NamedPicture } from '../lens.ts'
import { goalsOf, startOf } from './choices.ts'
import { fileName } from './draw.ts'
import { dreamerOf } from './dreamer.ts'
import { type Image, pictureOf } from './image.ts'
import type { DreamOptions } from './options.ts'
import type { Dream, DreamResult } from './result.ts'
import { zoomFrames } from './zoom.ts'

/** Milliseconds between two looks at an image that grows: writing it takes time from its growing. */
const glimpseInterval = 1500

export async function run(
  context: LensContext,
  { model: { network }, image }: { model: ModelInput; image: NamedPicture | undefined },
  options: DreamOptions,
): Promise<DreamResult> {
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
  }
}

export const metrics = ({ dreams }: DreamResult) => ({
  layers: dreams.map(({ layer, words, octaves }) => ({
    layer,
    goal: words,
    objective: octaves.flatMap(({ objective }) => objective),
    octaves: octaves.map(({ width, height }) => ({ width, height })),
  })),
})

/** Shows an image that grows, now and then. */
function glimpses({ show }: LensContext): (name: string, image: Image) => Promise<void> {
  let last = performance.now()
  return async (name, image) => {
    if (!show || performance.now() - last < glimpseInterval) return
    await show(name, pictureOf(image))
    last = performance.now()
  }
}
