/** The lens of dreams: what does a layer see in an image, drawn into the image? */
import type { Picture } from '../../base/picture.ts'
import { createPace, openStage, preview, type Stage } from '../../base/work.ts'
import type { LensContext, ModelInput, NamedPicture } from '../lens.ts'
import { goalsOf, startOf } from './choices.ts'
import { fileName } from './draw.ts'
import { dreamerOf } from './dreamer.ts'
import { type Image, pictureOf } from './image.ts'
import type { DreamOptions } from './options.ts'
import type { Dream, DreamResult } from './result.ts'
import { zoomFrames } from './zoom.ts'

/** Milliseconds between two previews of an image that grows: showing it takes time from its growing. */
const previewEvery = 1500

export async function run(
  context: LensContext,
  { model: { network }, image }: { model: ModelInput; image: NamedPicture | undefined },
  options: DreamOptions,
): Promise<DreamResult> {
  const start = startOf(image, network, options.size)
  const goals = await goalsOf(context, network, options)
  const isPreviewDue = createPace(previewEvery)
  const dreams: Dream[] = []
  let frames: Picture[] = []
  let stage: Stage | undefined
  let done = 0
  try {
    for (const { layer, words, objective } of goals) {
      const dreamer = dreamerOf(context.engine, network, objective, options)
      stage ??= openStage(context, 'steps', dreamer.stepsFor(start) * (goals.length + options.zoomFilm))
      const watched = (name: string) => ({
        ...context,
        onStep(grown: Image) {
          stage?.update(++done, name)
          if (isPreviewDue()) preview(context, name, { image: pictureOf(grown) })
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
  } finally {
    stage?.end()
  }
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
