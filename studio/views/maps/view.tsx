/**
 * Maps of the same images side by side: what is pointed at in one is marked in all, what is drawn around in one is
 * followed in all. Near enough, dots are images. One slider moves from one map to the next, one over the strengths of
 * the tie.
 */
import { signal } from '@preact/signals'
import { useMemo, useRef, useState } from 'preact/hooks'
import type { MapsResult } from '../../../src/server/api.ts'
import { client, hasImage, thumbOf } from '../../client.ts'
import { useLoaded } from '../../loaded.ts'
import { Chips } from '../../parts/chips.tsx'
import { cssColour } from '../../parts/dots/colours.ts'
import { DotButtons } from '../../parts/dots/dot-buttons.tsx'
import { type Places, useMoving } from '../../parts/dots/moving.ts'
import { boundsOf, type Camera, cameraOf, marksOf } from '../../parts/dots/paint.ts'
import { DotPanel, type DotPanelProps } from '../../parts/dots/panel.tsx'
import { Export } from '../../parts/export/export.tsx'
import { panelsScene } from '../../parts/export/panels.ts'
import { stillOfScene } from '../../parts/export/still.ts'
import { Shown } from '../../parts/states.tsx'
import { query, setQuery } from '../../route.ts'
import { brief, counted } from '../../words.ts'
import { ChosenImages } from './chosen.tsx'
import { byAmount, byField, byLabel, type Colouring, distances, onlyNamed } from './colouring.ts'
import { flickerFilm, legendOf, mapsPage, morphFilm, strengthFilm } from './exported.ts'
import { HoverCard } from './hover-card.tsx'
import { Legend } from './legend.tsx'
import { Morph, placesAt } from './morph.tsx'
import { StrengthSlider, strengthsOf } from './strength.tsx'

/** @param line the command line that made them */
export function Maps({ run, line = `glasshouse studio` }: { run: string; line?: string }) {
  const loaded = useLoaded(`maps ${run}`, signal => client.maps(run, signal))
  return (
    <Shown of={loaded} height={620}>
      {maps => <MapRoom run={run} line={line} result={maps} />}
    </Shown>
  )
}

/** More panels than this are too small to read; the others are reached by the slider. */
const mostPanels = 2

function MapRoom({ run, line, result }: { run: string; line: string; result: MapsResult }) {
  const { maps, paths, labels, fields, data } = result
  const room = useRef<HTMLDivElement>(null)
  const camera = useMemo(() => signal<Camera | undefined>(undefined), [])
  const hovered = useMemo(() => signal(-1), [])
  const strengths = useMemo(() => strengthsOf(result), [result])
  const ask = query.value
  const lambda = ask.get('tie') === null ? result.lambda : Number(ask.get('tie'))
  const at = Math.max(
    0,
    strengths.findIndex(strength => strength.lambda === (lambda ?? 0)),
  )
  const { places } = strengths[at]
  const mode = maps.length < 2 ? 'side' : ask.get('mode') === 'morph' ? 'morph' : 'side'
  const by = ask.get('colour') ?? 'class'
  const colouring = useMemo(() => colouringBy(by, result, places), [by, result, places])
  const only = ask.get('class') ?? undefined
  const [isLasso, setLasso] = useState(false)
  const [lassoed, setLassoed] = useState<readonly number[]>([])
  const [time, setTime] = useState(0)
  const chosen = useMemo(() => {
    if (lassoed.length) return marksOf(lassoed, paths.length)
    return only === undefined ? undefined : onlyNamed(colouring, only)
  }, [lassoed, only, colouring, paths])
  const bounds = useMemo(() => boundsOf(places), [places])
  const { colour, palette } = colouring
  const colourOf = (index: number) => cssColour(palette[colour[index]])
  const thumb =
    data === undefined
      ? undefined
      : (index: number) => (hasImage(data, paths[index]) ? thumbOf(data, paths[index], 64) : '')
  const whole = (side: number) => cameraOf(bounds, side)
  const shared = {
    camera,
    whole,
    hovered,
    isLasso,
    onLasso: setLassoed,
    onPick: (index: number) => setLassoed(index < 0 ? [] : [index]),
    colourOf,
    thumb,
  }
  const dotsOf = (place: Places) => ({ ...place, colour, palette, chosen })
  const panels =
    mode === 'morph'
      ? [{ title: maps[Math.round(time)].name, place: placesAt(places, time), isFree: true }]
      : places.slice(0, mostPanels).map((place, at) => ({ title: maps[at].name, place, isFree: false }))
  const tied = strengths.length > 1 ? `, λ ${strengths[at].lambda}` : ''
  const figure = () => ({
    title: `${run}, coloured by ${titleOf(by)}${tied}`,
    ...(camera.peek() && { camera: camera.peek() }),
    seenSide: room.current?.querySelector('.dots')?.clientWidth ?? 560,
    whole,
    colourOf,
    thumb,
    legend: legendOf(colouring),
    line,
  })
  const panelAt = (place: Places, time: number) => ({
    title: maps[Math.round(time)].name,
    dots: dotsOf(place),
  })
  const films = [
    ...(maps.length > 1
      ? [
          { words: 'from map to map', film: () => morphFilm(figure(), places, panelAt) },
          {
            name: 'Flicker',
            words: 'the maps in turn',
            film: () => flickerFilm(figure(), places, panelAt),
          },
        ]
      : []),
    ...(strengths.length > 1
      ? [
          {
            name: 'Strengths',
            words: 'over the strengths of the tie',
            film: () =>
              strengthFilm(
                { ...figure(), title: `${run}, coloured by ${titleOf(by)}` },
                strengths,
                mostPanels,
                (place, map, { lambda }) => ({
                  title: `${maps[map].name}, λ ${brief(lambda)}`,
                  dots: dotsOf(place),
                }),
              ),
          },
        ]
      : []),
  ]
  return (
    <div class="maps" ref={room}>
      <div class="bar">
        {maps.length > 1 && (
          <Chips
            label="How the maps are shown"
            value={mode}
            chips={[
              { key: 'side', title: 'side by side' },
              { key: 'morph', title: 'one into the other' },
            ]}
            change={name => setQuery({ mode: name === 'side' ? undefined : name })}
          />
        )}
        {(maps.length > 1 || fields.length > 0) && (
          <label class="field-line">
            colour{' '}
            <select
              value={by}
              onChange={event => {
                const { value } = event.currentTarget
                setQuery({ colour: value === 'class' ? undefined : value, class: undefined })
              }}
            >
              <option value="class">class</option>
              {maps.length > 1 && <option value="moved">{titleOf('moved')}</option>}
              {fields.map(({ name }) => (
                <option key={name} value={`field:${name}`}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        )}
        <DotButtons whole="Whole map" camera={camera} isLasso={isLasso} setLasso={setLasso} />
        <Export
          small
          name={`${run}-maps`}
          title={`Maps of ${run}`}
          line={line}
          still={() =>
            stillOfScene(
              panelsScene({
                ...figure(),
                panels: panels.map(({ title, place }) => ({ title, dots: dotsOf(place) })),
              }),
            )
          }
          page={() => mapsPage(run, data, paths)}
          films={films}
        />
        <output class="soft small">
          {counted(paths.length, 'image')}
          {mode === 'side' &&
            maps.length > mostPanels &&
            `, showing ${mostPanels} of ${counted(maps.length, 'map')}`}
        </output>
      </div>
      {strengths.length > 1 && (
        <StrengthSlider
          strengths={strengths}
          at={at}
          change={at =>
            setQuery({
              tie: strengths[at].lambda === result.lambda ? undefined : strengths[at].lambda,
            })
          }
        />
      )}
      {mode === 'morph' && <Morph count={maps.length} time={time} change={setTime} />}
      <div class={`map-row${panels.length > 1 ? ' two' : ''}`}>
        {panels.map(({ title, place, isFree }, at) => (
          <figure key={at} class="map-panel">
            <figcaption class="clip" title={title}>
              {title}
            </figcaption>
            {isFree ? (
              <DotPanel {...shared} label={labelOf(title, paths)} dots={dotsOf(place)} />
            ) : (
              <Moving {...shared} label={labelOf(title, paths)} place={place} dotsOf={dotsOf} />
            )}
          </figure>
        ))}
        <HoverCard hovered={hovered} data={data} paths={paths} labels={labels} />
      </div>
      <Legend colouring={colouring} only={only} choose={name => setQuery({ class: name })} />
      <p class="soft small">
        Drag to move, scroll to come near, draw with shift to choose; near enough, dots are images.
      </p>
      {lassoed.length > 0 && (
        <ChosenImages
          data={data}
          indices={lassoed}
          paths={paths}
          labels={labels}
          source={maps[0].source}
          hovered={hovered}
          none={() => setLassoed([])}
        />
      )}
    </div>
  )
}

/** Goes to its new places where the strength of the tie changes. */
function Moving({
  place,
  dotsOf,
  ...panel
}: Omit<DotPanelProps, 'dots'> & { place: Places; dotsOf: (place: Places) => DotPanelProps['dots'] }) {
  return <DotPanel {...panel} dots={dotsOf(useMoving(place))} />
}

const labelOf = (title: string, paths: readonly string[]): string =>
  `map ${title}, ${counted(paths.length, 'image')}`

const titleOf = (by: string): string =>
  by === 'moved' ? 'distance between its places' : by.replace(/^field:/, '')

function colouringBy(by: string, { labels, fields, maps }: MapsResult, places: readonly Places[]): Colouring {
  const field = fields.find(({ name }) => by === `field:${name}`)
  if (field) return byField(field)
  if (by === 'moved' && maps.length > 1)
    return byAmount(distances(places), value => (value === 0 ? 'stays' : `moves by ${value.toFixed(1)}`))
  return byLabel(labels)
}
