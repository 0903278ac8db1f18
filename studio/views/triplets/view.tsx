/**
 * How an embedding sorts its images while it learns: every anchor is a dot, to the right where its nearest image of the
 * same class is near, upward where its nearest image of another class is near. Below the diagonal it is sorted rightly.
 * One slider moves the epochs; another run stands beside it.
 */
import { signal } from '@preact/signals'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { TripletHistory } from '../../../src/server/api.ts'
import { client, floats, integers, thumbOf } from '../../client.ts'
import { useLoaded } from '../../loaded.ts'
import { cssColour, rightWrong } from '../../parts/dots/colours.ts'
import { DotButtons } from '../../parts/dots/dot-buttons.tsx'
import { type Camera, marksOf } from '../../parts/dots/paint.ts'
import { DotPanel } from '../../parts/dots/panel.tsx'
import { EpochSlider } from '../../parts/epoch-slider.tsx'
import { Empty, Shown } from '../../parts/states.tsx'
import { query, setQuery } from '../../route.ts'
import { useRuns } from '../../runs.ts'
import { baseName, counted, percent } from '../../words.ts'
import { ChosenImages } from '../maps/chosen.tsx'

interface Frame {
  epoch: number
  anchor: Int32Array
  positive: Int32Array
  negative: Int32Array
  /** similarity with the nearest of the same class, to the right */
  x: Float32Array
  /** minus the similarity with the nearest of another class: the axis points down */
  y: Float32Array
  right: number
}

export function Triplets({ run, splits }: { run: string; splits: readonly string[] }) {
  const split = query.value.get('split') ?? (splits.includes('test') ? 'test' : splits[0])
  const other = query.value.get('with') ?? undefined
  const mine = useLoaded(`triplets ${run} ${split}`, signal => client.triplets(run, split, signal))
  const theirs = useLoaded(other && `triplets ${other} ${split}`, signal =>
    client.triplets(other ?? '', split, signal),
  )
  const runs = useRuns()
  const others = (runs.value?.runs ?? []).filter(
    ({ name, command, objective }) => command === 'train' && objective !== 'softmax' && name !== run,
  )
  return (
    <>
      <div class="bar">
        <label class="field-line">
          images{' '}
          <select value={split} onChange={event => setQuery({ split: event.currentTarget.value })}>
            {splits.map(name => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <label class="field-line">
          beside{' '}
          <select value={other ?? ''} onChange={event => setQuery({ with: event.currentTarget.value })}>
            <option value="">no other run</option>
            {others.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      </div>
      <Shown of={mine} height={620}>
        {history => (
          <Theatre key={`${run} ${split}`} histories={theirs.value ? [history, theirs.value] : [history]} />
        )}
      </Shown>
    </>
  )
}

function framesOf({ epochs }: TripletHistory): Frame[] {
  return epochs.map(({ epoch, anchor, positive, negative, positiveSimilarity, negativeSimilarity }) => {
    const x = floats(positiveSimilarity)
    const y = floats(negativeSimilarity).map(value => -value)
    const right = x.reduce((sum, value, at) => sum + (value > -y[at] ? 1 : 0), 0)
    return {
      epoch,
      anchor: integers(anchor),
      positive: integers(positive),
      negative: integers(negative),
      x,
      y,
      right: x.length ? right / x.length : 0,
    }
  })
}

function Theatre({ histories }: { histories: readonly TripletHistory[] }) {
  const camera = useMemo(() => signal<Camera | undefined>(undefined), [])
  const hovered = useMemo(() => signal(-1), [])
  const films = useMemo(() => histories.map(framesOf), [histories[0], histories[1]])
  const film = films[0]
  const [isLasso, setLasso] = useState(false)
  const [lassoed, setLassoed] = useState<readonly number[]>([])
  const palette = useMemo(rightWrong, [])
  const asked = Number(query.value.get('epoch') ?? Number.NaN)
  const found = film.findIndex(({ epoch }) => epoch === asked)
  const at = found >= 0 ? found : film.length - 1
  const low = useMemo(
    () =>
      films.flat().reduce((least, { x, y }) => {
        for (let index = 0; index < x.length; index++) least = Math.min(least, x[index], -y[index])
        return least
      }, 0),
    [films],
  )
  if (film.length === 0)
    return (
      <Empty title="No triplets were kept">
        <p>Embeddings keep them with every epoch.</p>
      </Empty>
    )
  const { paths, labels, data } = histories[0]
  const chosen = lassoed.length ? marksOf(lassoed, film[at].x.length) : undefined
  const whole = (side: number): Camera => {
    const reach = 1 - low
    return { x: low + reach / 2, y: -(low + reach / 2), scale: (0.86 * side) / reach }
  }
  const pinned = lassoed.length === 1 ? lassoed[0] : undefined
  return (
    <>
      <EpochSlider
        epochs={film.map(({ epoch }) => epoch)}
        at={at}
        change={at => setQuery({ epoch: film[at].epoch })}
      />
      <div class="bar">
        <DotButtons whole="Whole plane" camera={camera} isLasso={isLasso} setLasso={setLasso} />
        <output class="soft small">{counted(film[at].x.length, 'anchor')}</output>
      </div>
      <div class={`map-row${films.length > 1 ? ' two' : ''}`}>
        {films.map((frames, which) => {
          const frame = frames[Math.min(at, frames.length - 1)]
          return (
            <figure key={histories[which].run} class="map-panel">
              <figcaption>
                <strong>{histories[which].run}</strong>{' '}
                <span class="soft">
                  epoch {frame.epoch} · sorted rightly {percent(frame.right)}
                </span>
              </figcaption>
              <Moving
                frame={frame}
                palette={palette}
                chosen={chosen}
                camera={camera}
                whole={whole}
                hovered={hovered}
                isLasso={isLasso}
                onLasso={setLassoed}
                onPick={index => setLassoed(index < 0 ? [] : [index])}
                label={`triplets of ${histories[which].run}, epoch ${frame.epoch}: ${percent(frame.right)} sorted rightly`}
                trail={pinned === undefined ? undefined : frames.map(({ x, y }) => [x[pinned], y[pinned]])}
              />
            </figure>
          )
        })}
        <TripletCard hovered={hovered} pinned={pinned} frame={film[at]} history={histories[0]} />
      </div>
      <p class="soft small">
        To the right: nearer to an image of its own class. Upward: nearer to one of another class. Below the
        diagonal the nearest image is of the own class. Click on a dot to see its path.
      </p>
      {lassoed.length > 0 && (
        <ChosenImages
          data={data}
          indices={lassoed.map(index => film[at].anchor[index])}
          paths={paths}
          labels={labels}
          hovered={{ value: -1 }}
          none={() => setLassoed([])}
        />
      )}
    </>
  )
}

/** Goes from one epoch to the next in a moment, so that the eye can follow. */
function Moving({
  frame,
  palette,
  chosen,
  trail,
  ...panel
}: Omit<Parameters<typeof DotPanel>[0], 'dots' | 'colourOf'> & {
  frame: Frame
  palette: Uint32Array
  chosen?: Uint8Array
  trail?: readonly (readonly number[])[]
}) {
  const shown = useRef(frame)
  const [place, setPlace] = useState({ x: frame.x, y: frame.y })
  const before = useRef(place)
  before.current = place
  useEffect(() => {
    if (shown.current === frame) return
    shown.current = frame
    const from = before.current
    const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches || from.x.length !== frame.x.length
    if (isStill) {
      setPlace(frame)
      return
    }
    const began = performance.now()
    let next = 0
    const step = (now: number) => {
      const share = Math.min(1, (now - began) / 240)
      const eased = share * (2 - share)
      setPlace(
        share === 1
          ? frame
          : {
              x: frame.x.map((value, at) => from.x[at] + eased * (value - from.x[at])),
              y: frame.y.map((value, at) => from.y[at] + eased * (value - from.y[at])),
            },
      )
      if (share < 1) next = requestAnimationFrame(step)
    }
    next = requestAnimationFrame(step)
    return () => cancelAnimationFrame(next)
  }, [frame])
  const colour = useMemo(
    () => Uint8Array.from(frame.x, (value, at) => (value > -frame.y[at] ? 1 : 0)),
    [frame],
  )
  return (
    <DotPanel
      {...panel}
      dots={{ x: place.x, y: place.y, colour, palette, chosen }}
      colourOf={index => cssColour(palette[colour[index]])}
      overlay={(context, at, side) => {
        drawAxes(context, at, side)
        if (trail) drawTrail(context, trail, at)
      }}
    />
  )
}

function drawAxes(
  context: CanvasRenderingContext2D,
  at: (x: number, y: number) => [number, number],
  side: number,
): void {
  context.save()
  context.globalCompositeOperation = 'destination-over'
  context.lineWidth = 1
  context.font = '11px Inter, system-ui, sans-serif'
  const { color } = getComputedStyle(context.canvas)
  context.strokeStyle = color
  context.fillStyle = color
  context.globalAlpha = 0.35
  context.beginPath()
  context.moveTo(...at(-1, 1))
  context.lineTo(...at(1, -1))
  context.stroke()
  context.globalAlpha = 0.75
  const right = at(1, 0)[0]
  context.textAlign = 'right'
  context.fillText('nearest of the same class →', Math.min(side - 8, right), side - 8)
  context.save()
  context.translate(14, Math.max(8, at(0, -1)[1]))
  context.rotate(-Math.PI / 2)
  context.fillText('nearest of another class →', 0, 0)
  context.restore()
  context.restore()
}

function drawTrail(
  context: CanvasRenderingContext2D,
  trail: readonly (readonly number[])[],
  at: (x: number, y: number) => [number, number],
): void {
  context.strokeStyle = getComputedStyle(context.canvas).color
  context.lineWidth = 1.5
  context.beginPath()
  for (const [x, y] of trail) context.lineTo(...at(x, y))
  context.stroke()
  context.fillStyle = context.strokeStyle
  for (const [x, y] of trail) {
    context.beginPath()
    context.arc(...at(x, y), 2.2, 0, 2 * Math.PI)
    context.fill()
  }
}

function TripletCard({
  hovered,
  pinned,
  frame,
  history: { paths, labels, data },
}: {
  hovered: { value: number }
  pinned?: number
  frame: Frame
  history: TripletHistory
}) {
  const index = hovered.value >= 0 ? hovered.value : (pinned ?? -1)
  const parts =
    index >= 0 && index < frame.anchor.length
      ? ([
          ['anchor', frame.anchor[index], undefined],
          ['nearest of its class', frame.positive[index], frame.x[index]],
          ['nearest of another', frame.negative[index], -frame.y[index]],
        ] as const)
      : []
  return (
    <div class="hover-card wide" aria-live="polite">
      {parts.map(
        ([title, at, similarity]) =>
          at >= 0 && (
            <div key={title}>
              <img src={thumbOf(data, paths[at], 128)} alt="" />
              <span class="soft small">{title}</span>
              <strong class="clip" title={baseName(paths[at])}>
                {labels[at]}
              </strong>
              {similarity !== undefined && <span class="small">{similarity.toFixed(3)}</span>}
            </div>
          ),
      )}
    </div>
  )
}
