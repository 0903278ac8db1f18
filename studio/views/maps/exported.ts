/** Maps as they are exported: the panels as they stand, the film of the way from one to the next, the page. */
import { addressOf } from '../../client.ts'
import type { Places } from '../../parts/dots/moving.ts'
import type { FilmAsked } from '../../parts/export/film.ts'
import { filmOver } from '../../parts/export/pace.ts'
import type { PageAsked } from '../../parts/export/page.ts'
import { type PanelAsked, type PanelsAsked, panelsScene } from '../../parts/export/panels.ts'
import type { Colouring } from './colouring.ts'
import { placesAt } from './morph.tsx'

const pace = { still: 12, way: 24, end: 12 }

export function morphFilm(
  asked: Omit<PanelsAsked, 'panels'>,
  places: readonly Places[],
  panelAt: (place: Places, time: number) => PanelAsked,
): FilmAsked {
  const last = places.length - 1
  // A pair goes back again.
  const legs = last === 1 ? 2 : last
  return filmOver(legs, pace, gone => {
    const time = gone <= last ? gone : 2 * last - gone
    return panelsScene({ ...asked, panels: [panelAt(placesAt(places, time), time)] })
  })
}

export const legendOf = ({ names = [], scale }: Colouring): PanelsAsked['legend'] =>
  scale
    ? [
        { name: scale.ends[0], colour: scale.colours[0] },
        { name: scale.ends[1], colour: scale.colours[scale.colours.length - 1] },
      ]
    : names

export const mapsPage = (run: string, data: string | undefined, paths: readonly string[]): PageAsked => ({
  view: 'maps',
  answers: [addressOf.maps(run)],
  images: data === undefined ? [] : paths.map(path => ({ data, path })),
  imageSize: 64,
})
