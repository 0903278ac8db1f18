/** The times of a film: each view stands still, then becomes the next one. */
import type { FilmAsked } from './film.ts'
import type { Scene } from './scene.ts'

/** In frames: how long a view stands still, and how long it takes to become the next one. */
interface Pace {
  still: number
  way: number
  /** that the last one stands */
  end: number
}
const rate = 24

/** @param sceneAt the view at a time: 0 is the first, 1 the second, and so on up to `last` */
export const filmOver = (
  last: number,
  { still, way, end }: Pace,
  sceneAt: (time: number) => Scene,
): FilmAsked => ({
  rate,
  frames: last * (still + way) + end,
  scene(index) {
    const leg = Math.min(last, Math.floor(index / (still + way)))
    const share = leg === last ? 0 : Math.max(0, (index % (still + way)) - still) / way
    return sceneAt(leg + share * share * (3 - 2 * share))
  },
})
