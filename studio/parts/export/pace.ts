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
const rate = 24
/** Pixels of a film for each pixel of the figure. */
export const filmRatio = 1.25

/** @param sceneAt the view at a time: 0 is the first, 1 the second, and so on up to `last` */
export const filmOver = (
  last: number,
  { still, way, end }: Pace,
  sceneAt: (time: number) => Scene,
): FilmAsked => ({
  rate,
  frames: last * (still + way) + end,
  frame(index) {
    const leg = Math.min(last, Math.floor(index / (still + way)))
    const share = leg === last ? 0 : Math.max(0, (index % (still + way)) - still) / way
    return canvasOf(sceneAt(leg + share * share * (3 - 2 * share)), filmRatio)
  },
})

/** Each stands for half a second, the last one for a second more. */
export const filmOfSteps = (
  count: number,
  canvasAt: (step: number) => HTMLCanvasElement | Promise<HTMLCanvasElement>,
): FilmAsked => ({
  rate: 2,
  frames: count + 2,
  frame: index => canvasAt(Math.min(count - 1, index)),
})
