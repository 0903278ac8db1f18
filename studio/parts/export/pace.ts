/** The times of a film: views that become each other, or follow each other. */
import type { FilmAsked } from './film.ts'
import { canvasOf, type Scene } from './scene.ts'

/** In frames: how long a view stands still, and how long it takes to become the next one. */
interface Pace {
  still: number
  way: number
  /** that the last one stands */
  end: number
}
/** Frames a second of views that become each other. */
const morphing = 24
/** Frames a second of what grows. */
export const growing = 12
/** Pixels of a film for each pixel of the figure. */
export const filmRatio = 1.25

/** @param sceneAt the view at a time: 0 is the first, 1 the second, and so on up to `last` */
export const filmOver = (
  last: number,
  { still, way, end }: Pace,
  sceneAt: (time: number) => Scene,
): FilmAsked => ({
  rate: morphing,
  frames: last * (still + way) + end,
  frame(index) {
    const leg = Math.min(last, Math.floor(index / (still + way)))
    const share = leg === last ? 0 : Math.max(0, (index % (still + way)) - still) / way
    return canvasOf(sceneAt(leg + share * share * (3 - 2 * share)), filmRatio)
  },
})

/** Each follows the one before; the last one stands for a second more. @param rate frames a second */
export const filmOfSteps = (
  count: number,
  canvasAt: (step: number) => HTMLCanvasElement | Promise<HTMLCanvasElement>,
  rate = 2,
): FilmAsked => ({
  rate,
  frames: count + rate,
  frame: index => canvasAt(Math.min(count - 1, index)),
})
