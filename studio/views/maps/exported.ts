/** Maps as they are exported: the panels as they stand, the film of the way from one to the next, the page. */
import { addressOf } from '../../client.ts'
import type { Places } from '../../parts/dots/moving.ts'
import type { FilmAsked } from '../../parts/export/film.ts'
import type { PageAsked } from '../../parts/export/page.ts'
import { type PanelAsked, type PanelsAsked, panelsScene } from '../../parts/export/panels.ts'
import type { Colouring } from './colouring.ts'
import { placesAt } from './morph.tsx'

/** Frames that a map stands still, and that it takes to become the next. */
const [still, way] = [12, 24]

export function morphFilm(
  asked: Omit<PanelsAsked, 'panels'>,
  places: readonly Places[],
  panelAt: (place: Places, time: number) => PanelAsked,
): FilmAsked {
  const legs = places.length === 2 ? 2 : places.length - 1
  const last = places.length - 1
  return {
    rate: 24,
    frames: legs * (still + way) + still,
    scene(index) {
      const leg = Math.floor(index / (still + way))
      const share = Math.max(0, (index % (still + way)) - still) / way
      const gone = Math.min(legs, leg + share * share * (3 - 2 * share))
      // A pair goes back again.
      const time = gone <= last ? gone : 2 * last - gone
      return panelsScene({ ...asked, panels: [panelAt(placesAt(places, time), time)] })
    },
  }
}

export const legendOf = ({ names, ends, palette, colourOfName }: Colouring): PanelsAsked['legend'] =>
  names
    ? names.map((name, place) => ({ name, colour: colourOfName(place) }))
    : ends
      ? [
          { name: ends[0], colour: colourOfName(0) },
          { name: ends[1], colour: colourOfName(palette.length - 2) },
        ]
      : []

export const mapsPage = (run: string, data: string | undefined, paths: readonly string[]): PageAsked => ({
  view: 'maps',
  answers: [addressOf.maps(run)],
  images: data === undefined ? [] : paths.map(path => ({ data, path })),
  imageSize: 64,
})
