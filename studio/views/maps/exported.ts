/** Maps as they are exported: the panels as they stand, the film of the way from one to the next, the page. */
import { addressOf } from '../../client.ts'
import type { Places } from '../../parts/dots/moving.ts'
import type { FilmAsked } from '../../parts/export/film.ts'
import { filmOfSteps, filmOver, filmRatio } from '../../parts/export/pace.ts'
import type { PageAsked } from '../../parts/export/page.ts'
import { type PanelAsked, type PanelsAsked, panelsScene } from '../../parts/export/panels.ts'
import { canvasOf } from '../../parts/export/scene.ts'
import type { Colouring } from './colouring.ts'
import { placesAt } from './morph.tsx'
import type { Strength } from './strength.tsx'

const pace = { still: 12, way: 24, end: 12 }
const strengthPace = { still: 4, way: 10, end: 12 }

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

/** All maps in turn, each for half a second: what differs jumps out. */
export const flickerFilm = (
  asked: Omit<PanelsAsked, 'panels'>,
  places: readonly Places[],
  panelAt: (place: Places, time: number) => PanelAsked,
): FilmAsked =>
  filmOfSteps(4 * places.length, step => {
    const at = step % places.length
    return canvasOf(panelsScene({ ...asked, panels: [panelAt(places[at], at)] }), filmRatio)
  })

/** The maps side by side while the tie between them grows stronger. */
export const strengthFilm = (
  asked: Omit<PanelsAsked, 'panels'>,
  strengths: readonly Strength[],
  shown: number,
  panelAt: (place: Places, map: number, strength: Strength) => PanelAsked,
): FilmAsked =>
  filmOver(strengths.length - 1, strengthPace, time => {
    const nearest = strengths[Math.round(time)]
    const panels = nearest.places.slice(0, shown).map((_, map) =>
      panelAt(
        placesAt(
          strengths.map(({ places }) => places[map]),
          time,
        ),
        map,
        nearest,
      ),
    )
    return panelsScene({ ...asked, panels })
  })

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
