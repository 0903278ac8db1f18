/**
 * The zoom: a dream is fed back into itself after a small enlargement, again and again, and every image is a
 * frame of a film. One can fall into it forever (Mordvintsev et al. 2015).
 */
import type { Picture } from '../../base/picture.ts'
import { random } from '../../base/random.ts'
import { resample } from '../../data/prepare/resample.ts'
import type { AscentContext } from './ascent.ts'
import type { Dreamer } from './dreamer.ts'
import { pictureOf } from './image.ts'

/** `count` frames after the image, each `zoom` times closer. */
export async function zoomFrames(
  dreamer: Dreamer,
  picture: Picture,
  { count, zoom }: { count: number; zoom: number },
  context: AscentContext,
): Promise<Picture[]> {
  const frames: Picture[] = []
  for (let frame = 0; frame < count; frame++) {
    const seed = random(context.seed, 'zoom', frame).integer(2 ** 31)
    const { image } = await dreamer.dream(closer(frames.at(-1) ?? picture, zoom), { ...context, seed })
    frames.push(pictureOf(image))
  }
  return frames
}

/** The middle of an image, enlarged to its size. */
function closer(picture: Picture, zoom: number): Picture {
  const { width, height } = picture
  const [wide, high] = [Math.round(width * zoom), Math.round(height * zoom)]
  const left = Math.round((wide - width) / 2)
  const top = Math.round((high - height) / 2)
  return resample(picture, wide, high, { left, top, width, height })
}
