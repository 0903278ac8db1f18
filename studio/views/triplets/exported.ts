/** Triplets as they are exported: the film over the epochs, the page. */
import type { TripletHistory } from '../../../src/server/api.ts'
import { addressOf } from '../../client.ts'
import { between, type Places } from '../../parts/dots/moving.ts'
import type { FilmAsked } from '../../parts/export/film.ts'
import { filmOver } from '../../parts/export/pace.ts'
import type { PageAsked } from '../../parts/export/page.ts'
import type { Scene } from '../../parts/export/scene.ts'
import type { Frame } from './frames.ts'

/** Where the dots are between two epochs, and the epoch that they are nearest to. */
export function frameAt(frames: readonly Frame[], time: number): { frame: Frame; place: Places } {
  const last = frames.length - 1
  const first = Math.min(last, Math.floor(time))
  const share = Math.min(1, time - first)
  const next = frames[Math.min(last, first + 1)]
  if (share === 0 || first === last || next.x.length !== frames[first].x.length)
    return { frame: frames[first], place: frames[first] }
  return { frame: share < 0.5 ? frames[first] : next, place: between(frames[first], next, share) }
}

/** The last epoch stands for a second. */
const pace = { still: 4, way: 8, end: 24 }

export const filmOf = (epochs: number, sceneAt: (time: number) => Scene): FilmAsked =>
  filmOver(epochs - 1, pace, sceneAt)

export const pageOf = (histories: readonly TripletHistory[]): PageAsked => ({
  view: 'triplets',
  answers: [
    addressOf.run(histories[0].run),
    ...histories.map(({ run, split }) => addressOf.triplets(run, split)),
  ],
  images: histories.flatMap(({ data, paths }) => paths.map(path => ({ data, path }))),
  imageSize: 96,
})
