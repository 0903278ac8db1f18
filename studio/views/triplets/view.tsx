/**
 * How an embedding sorts its images while it learns: every anchor is a dot, to the right where its nearest image of the
 * same class is near, upward where its nearest image of another class is near. Below the diagonal it is sorted correctly.
 * One slider moves the epochs; another run stands beside it.
 */
import { signal } from '@preact/signals'
import { useMemo, useRef, useState } from 'preact/hooks'
import type { TripletHistory } from '../../../src/server/api.ts'
import { client } from '../../client.ts'
import { useLoaded } from '../../loaded.ts'
import { cssColour, rightWrong } from '../../parts/dots/colours.ts'
import { DotButtons } from '../../parts/dots/dot-buttons.tsx'
import { useMoving } from '../../parts/dots/moving.ts'
import { type Camera, marksOf } from '../../parts/dots/paint.ts'
import { DotPanel } from '../../parts/dots/panel.tsx'
import { EpochSlider } from '../../parts/epoch-slider.tsx'
import { Export } from '../../parts/export/export.tsx'
import { panelsScene } from '../../parts/export/panels.ts'
import { stillOfScene } from '../../parts/export/still.ts'
import { Empty, Shown } from '../../parts/states.tsx'
import { query, setQuery } from '../../route.ts'
import { useRuns } from '../../runs.ts'
import { pathOfRun } from '../../studio.ts'
import { counted, percent } from '../../words.ts'
import { ChosenImages } from '../maps/chosen.tsx'
import { TripletCard } from './card.tsx'
import { filmOf, frameAt, pageOf } from './exported.ts'
import { coloursOf, type Frame, framesOf } from './frames.ts'
import { axes, path } from './marks.ts'

export function Triplets({ run, splits }: { run: string; splits: readonly string[] }) {
  const split = query.value.get('split') ?? (splits.includes('test') ? 'test' : splits[0])
  const other = query.value.get('with') ?? undefined
  const mine = useLoaded(`triplets ${run} ${split}`, signal => client.triplets(run, split, signal))
  const theirs = useLoaded(other && `triplets ${other} ${split}`, signal =>
    client.triplets(other ?? '', split, signal),
  )
  const runs = useRuns()
  const embeddings = (runs.value?.runs ?? [])
    .filter(({ name, command, objective }) => command === 'train' && objective !== 'softmax' && name !== run)
    .map(({ name }) => name)
  // The one beside it is named, also where the list does not hold it (any more).
  const others = [...new Set([...embeddings, ...(other === undefined ? [] : [other])])]
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
            {others.map(name => (
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

function Theatre({ histories }: { histories: readonly TripletHistory[] }) {
  const camera = useMemo(() => signal<Camera | undefined>(undefined), [])
  const hovered = useMemo(() => signal(-1), [])
  const films = useMemo(() => histories.map(framesOf), [histories[0], histories[1]])
  const film = films[0]
  const room = useRef<HTMLDivElement>(null)
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
  const line = `glasshouse triplets ${histories.map(({ run }) => pathOfRun(run)).join(' ')}`
  const sceneAt = (time: number) =>
    panelsScene({
      title: `Triplets, ${histories[0].split} images`,
      panels: films.map((frames, which) => {
        const { frame, place } = frameAt(frames, time)
        return {
          title: `${histories[which].run}, ${titleOf(frame)}`,
          dots: { ...place, colour: coloursOf(frame), palette, chosen },
          overlay: (at, side) => [
            ...axes(at, side),
            ...(pinned === undefined ? [] : path(trailOf(frames, pinned), at)),
          ],
        }
      }),
      ...(camera.peek() && { camera: camera.peek() }),
      seenSide: room.current?.querySelector('.dots')?.clientWidth ?? 560,
      whole,
      colourOf: () => '',
      legend: [
        { name: 'the nearest image is of its class', colour: cssColour(palette[1]) },
        { name: 'it is of another', colour: cssColour(palette[0]) },
      ],
      line,
    })
  return (
    <div ref={room}>
      <EpochSlider
        epochs={film.map(({ epoch }) => epoch)}
        at={at}
        change={at => setQuery({ epoch: film[at].epoch })}
      />
      <div class="bar">
        <DotButtons whole="Whole plane" camera={camera} isLasso={isLasso} setLasso={setLasso} />
        <Export
          small
          name={`${histories.map(({ run }) => run).join('-')}-triplets`}
          title={`Triplets of ${histories.map(({ run }) => run).join(' and ')}`}
          line={line}
          still={() => stillOfScene(sceneAt(at))}
          page={() => pageOf(histories)}
          films={[{ words: 'from epoch to epoch', film: () => filmOf(film.length, sceneAt) }]}
        />
        <output class="soft small">{counted(film[at].x.length, 'anchor')}</output>
      </div>
      <div class={`map-row${films.length > 1 ? ' two' : ''}`}>
        {films.map((frames, which) => {
          const frame = frames[Math.min(at, frames.length - 1)]
          return (
            <figure key={histories[which].run} class="map-panel">
              <figcaption>
                <strong>{histories[which].run}</strong> <span class="soft">{titleOf(frame)}</span>
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
                label={`triplets of ${histories[which].run}, epoch ${frame.epoch}: ${percent(frame.right)} sorted correctly`}
                trail={pinned === undefined ? undefined : trailOf(frames, pinned)}
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
    </div>
  )
}

const titleOf = ({ epoch, right }: Frame): string => `epoch ${epoch} · sorted correctly ${percent(right)}`

const trailOf = (frames: readonly Frame[], anchor: number): [number, number][] =>
  frames.map(({ x, y }) => [x[anchor], y[anchor]])

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
  trail?: readonly (readonly [number, number])[]
}) {
  const place = useMoving(frame)
  const colour = useMemo(() => coloursOf(frame), [frame])
  return (
    <DotPanel
      {...panel}
      dots={{ ...place, colour, palette, chosen }}
      colourOf={index => cssColour(palette[colour[index]])}
      overlay={(at, side) => [...axes(at, side), ...(trail ? path(trail, at) : [])]}
    />
  )
}
