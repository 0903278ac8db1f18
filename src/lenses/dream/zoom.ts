/**
 * The zoom: a dream is fed back into itself after a small enlargement, again and again, and every picture is a
 * frame of a film. One can fall into it forever (Mordvintsev et al. 2015).
 */
import { resample } from '../../data/resample.ts'
import type { Picture } from '../../figures/picture.ts'
import { random } from '../../random.ts'
import { type AscentContext, type AscentOptions, ascend } from './ascent.ts'
import { pictureOf } from './image.ts'
import type { Slopes } from './slope.ts'

/** `count` frames after the picture, each `zoom` times closer. */
export async function zoomFrames(
  slopes: Slopes,
  picture: Picture,
  options: AscentOptions,
  { count, zoom }: { count: number; zoom: number },
  context: AscentContext,
): Promise<Picture[]> {
  const frames: Picture[] = []
  let last = picture
  for (let frame = 0; frame < count; frame++) {
    const seed = random(context.seed, 'zoom', frame).integer(2 ** 31)
    const { image } = await ascend(slopes, closer(last, zoom), options, { ...context, seed })
    last = pictureOf(image)
    frames.push(last)
  }
  return frames
}

/** The middle of a picture, enlarged to its size. */
function closer(picture: Picture, zoom: number): Picture {
  const { width, height } = picture
  const [wide, high] = [Math.round(width * zoom), Math.round(height * zoom)]
  const left = Math.round((wide - width) / 2)
  const top = Math.round((high - height) / 2)
  return resample(picture, wide, high, { left, top, width, height })
}
