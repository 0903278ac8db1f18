/**
 * Maps of the same images side by side: what is pointed at in one is marked in all, what is drawn around in one is
 * followed in all. Near enough, dots are images. A slider moves from one map to the next.
 */
import { signal } from '@preact/signals'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { MapsResult } from '../../../src/server/api.ts'
import { client, floats, thumbOf } from '../../client.ts'
import { useLoaded } from '../../loaded.ts'
import { Chips } from '../../parts/chips.tsx'
import { classPalette, cssColour, scalePalette } from '../../parts/dots/colours.ts'
import { DotButtons } from '../../parts/dots/dot-buttons.tsx'
import { boundsOf, type Camera, cameraOf, type Dots, marksOf } from '../../parts/dots/paint.ts'
import { DotPanel } from '../../parts/dots/panel.tsx'
import { Shown } from '../../parts/states.tsx'
import { query, setQuery } from '../../route.ts'
import { baseName, counted } from '../../words.ts'
import { ChosenImages } from './chosen.tsx'

export function Maps({ run }: { run: string }) {
  const loaded = useLoaded(`maps ${run}`, signal => client.maps(run, signal))
  return (
    <Shown of={loaded} height={620}>
      {maps => <MapRoom maps={maps} />}
    </Shown>
  )
}

/** More panels than this are too small to read; the others are reached by the slider. */
const mostPanels = 2
const mostLegend = 30

function MapRoom({ maps: { maps, paths, labels, data } }: { maps: MapsResult }) {
  const camera = useMemo(() => signal<Camera | undefined>(undefined), [])
  const hovered = useMemo(() => signal(-1), [])
  const places = useMemo(() => maps.map(({ x, y }) => ({ x: floats(x), y: floats(y) })), [maps])
  const classes = useMemo(
    () => [...new Set(labels)].sort((a, b) => a.localeCompare(b, 'en', { numeric: true })),
    [labels],
  )
  const ofItem = useMemo(() => {
    const at = new Map(classes.map((name, index) => [name, index]))
    return Int32Array.from(labels, label => at.get(label) ?? 0)
  }, [labels, classes])
  const ask = query.value
  const mode = maps.length < 2 ? 'side' : ask.get('mode') === 'morph' ? 'morph' : 'side'
  const colouring = ask.get('colour') === 'moved' && maps.length > 1 ? 'moved' : 'class'
  const alone = ask.get('class') ?? undefined
  const [isLasso, setLasso] = useState(false)
  const [lassoed, setLassoed] = useState<readonly number[]>([])
  const [time, setTime] = useState(0)
  const moved = useMemo(() => distances(places), [places])
  const { colour, palette } = useMemo(() => {
    if (colouring === 'class')
      return { colour: Uint8Array.from(ofItem, index => index % 30), palette: classPalette() }
    const most = moved.reduce((most, value) => Math.max(most, value), 1e-9)
    return {
      colour: Uint8Array.from(moved, value => Math.round((31 * value) / most)),
      palette: scalePalette(),
    }
  }, [colouring, ofItem, moved])
  const chosen = useMemo(() => {
    if (lassoed.length) return marksOf(lassoed, paths.length)
    if (alone === undefined) return undefined
    return Uint8Array.from(labels, label => (label === alone ? 1 : 0))
  }, [lassoed, alone, labels, paths])
  const bounds = useMemo(() => boundsOf(places), [places])
  const colourOf = (index: number) => cssColour(palette[colour[index]])
  const thumb = data === undefined ? undefined : (index: number) => thumbOf(data, paths[index], 64)
  const shared = {
    camera,
    whole: (side: number) => cameraOf(bounds, side),
    hovered,
    isLasso,
    onLasso: setLassoed,
    onPick: (index: number) => setLassoed(index < 0 ? [] : [index]),
    colourOf,
    thumb,
  }
  const panels =
    mode === 'morph'
      ? [{ name: titleAt(maps, time), dots: { ...between(places, time), colour, palette, chosen } }]
      : places
          .slice(0, mostPanels)
          .map((place, at) => ({ name: maps[at].name, dots: { ...place, colour, palette, chosen } }))
  return (
    <div class="maps">
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
        {maps.length > 1 && (
          <label class="field-line">
            colour{' '}
            <select
              value={colouring}
              onChange={event =>
                setQuery({ colour: event.currentTarget.value === 'class' ? undefined : 'moved' })
              }
            >
              <option value="class">class</option>
              <option value="moved">distance between its places</option>
            </select>
          </label>
        )}
        <DotButtons whole="Whole map" camera={camera} isLasso={isLasso} setLasso={setLasso} />
        <output class="soft small">
          {counted(paths.length, 'image')}
          {mode === 'side' &&
            maps.length > mostPanels &&
            `, showing ${mostPanels} of ${counted(maps.length, 'map')}`}
        </output>
      </div>
      {mode === 'morph' && <Morph count={maps.length} time={time} change={setTime} />}
      <div class={`map-row${panels.length > 1 ? ' two' : ''}`}>
        {panels.map(({ name, dots }, at) => (
          <figure key={at} class="map-panel">
            <figcaption class="clip" title={name}>
              {name}
            </figcaption>
            <DotPanel
              {...shared}
              label={`map ${name}, ${counted(paths.length, 'image')}`}
              dots={dots as Dots}
            />
          </figure>
        ))}
        <HoverCard hovered={hovered} data={data} paths={paths} labels={labels} />
      </div>
      {colouring === 'class' && (
        <ul class="class-legend">
          {classes.slice(0, mostLegend).map((name, index) => (
            <li key={name}>
              <button
                type="button"
                aria-pressed={alone === name}
                onClick={() => setQuery({ class: alone === name ? undefined : name })}
              >
                <i style={{ background: cssColour(palette[index % 30]) }} />
                {name}
              </button>
            </li>
          ))}
          {classes.length > mostLegend && (
            <li class="soft small">
              showing {mostLegend} of {counted(classes.length, 'class', 'classes')}
            </li>
          )}
        </ul>
      )}
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

/** Between maps: 0 is the first, 1 the second, and so on. */
function between(places: readonly { x: Float32Array; y: Float32Array }[], time: number) {
  const from = places[Math.min(places.length - 1, Math.floor(time))]
  const to = places[Math.min(places.length - 1, Math.floor(time) + 1)]
  const share = time - Math.floor(time)
  if (share === 0) return from
  const mix = (a: Float32Array, b: Float32Array) => a.map((value, at) => value + share * (b[at] - value))
  return { x: mix(from.x, to.x), y: mix(from.y, to.y) }
}

const titleAt = (maps: MapsResult['maps'], time: number): string => maps[Math.round(time)].name

/** How far each image is from its place in the first map to that in the last. */
function distances(places: readonly { x: Float32Array; y: Float32Array }[]): Float32Array {
  const [first, last] = [places[0], places[places.length - 1]]
  return first.x.map((x, at) => Math.hypot(x - last.x[at], first.y[at] - last.y[at]) || 0)
}

function Morph({ count, time, change }: { count: number; time: number; change: (time: number) => void }) {
  const [playing, play] = useState<'morph' | 'flicker' | undefined>()
  const now = useRef(time)
  now.current = time
  useEffect(() => {
    if (playing === 'flicker') {
      const timer = setInterval(() => change((Math.round(now.current) + 1) % count), 500)
      return () => clearInterval(timer)
    }
    if (playing !== 'morph') return
    let frame = 0
    let before = performance.now()
    let sign = now.current >= count - 1 ? -1 : 1
    const step = (at: number) => {
      const next = now.current + (sign * (at - before)) / 1600
      before = at
      if (next >= count - 1 || next <= 0) sign = -sign
      change(Math.max(0, Math.min(count - 1, next)))
      frame = requestAnimationFrame(step)
    }
    frame = requestAnimationFrame(step)
    return () => cancelAnimationFrame(frame)
  }, [playing, count])
  const toggle = (name: 'morph' | 'flicker') => play(playing === name ? undefined : name)
  return (
    <div class="epoch-slider">
      <button
        type="button"
        class="button small"
        aria-pressed={playing === 'morph'}
        onClick={() => toggle('morph')}
      >
        {playing === 'morph' ? 'Pause' : 'Play'}
      </button>
      <button
        type="button"
        class="button small"
        aria-pressed={playing === 'flicker'}
        onClick={() => toggle('flicker')}
      >
        Flicker
      </button>
      <input
        type="range"
        aria-label="from the first map to the last"
        min="0"
        max={count - 1}
        step="0.01"
        value={time}
        onInput={event => {
          play(undefined)
          change(Number(event.currentTarget.value))
        }}
      />
    </div>
  )
}

export function HoverCard({
  hovered,
  data,
  paths,
  labels,
}: {
  hovered: { value: number }
  data?: string
  paths: readonly string[]
  labels: readonly string[]
}) {
  const index = hovered.value
  const path = paths[index]
  return (
    <div class="hover-card" aria-live="polite">
      {path !== undefined && (
        <>
          {data !== undefined && <img src={thumbOf(data, path, 128)} alt="" />}
          <strong>{labels[index]}</strong>
          <span class="soft">{baseName(path)}</span>
        </>
      )}
    </div>
  )
}
