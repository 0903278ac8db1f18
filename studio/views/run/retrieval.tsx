/** What an embedding finds for its images, epoch by epoch: one row for each image, its nearest beside it. */
import type { RefObject } from 'preact'
import { useRef } from 'preact/hooks'
import type { EpochLine } from '../../../src/runs/record.ts'
import type { RetrievalSheet, RunDetail } from '../../../src/server/api.ts'
import { addressOf, client, isHeld, thumbOf } from '../../client.ts'
import { useLoaded } from '../../loaded.ts'
import { EpochSlider } from '../../parts/epoch-slider.tsx'
import { Export } from '../../parts/export/export.tsx'
import type { FilmAsked } from '../../parts/export/film.ts'
import { imagesScene } from '../../parts/export/images.ts'
import { offPage } from '../../parts/export/off-page.ts'
import { filmOfSteps, filmRatio } from '../../parts/export/pace.ts'
import type { PageAsked } from '../../parts/export/page.ts'
import { canvasOf } from '../../parts/export/scene.ts'
import { stillOfImages } from '../../parts/export/still.ts'
import { Shown } from '../../parts/states.tsx'
import { query, setQuery } from '../../route.ts'
import { pathOfRun } from '../../studio.ts'
import { baseName, counted, percent } from '../../words.ts'

/** Images at once. */
const atOnce = 12

export function Retrieval({
  detail: {
    listed: { name: run },
    embeddings,
  },
  lines,
}: {
  detail: RunDetail
  lines: readonly EpochLine[]
}) {
  const rows = useRef<HTMLOListElement>(null)
  const ask = query.value
  const splits = [...new Set(embeddings.map(({ split }) => split))]
  const split =
    splits.find(name => name === ask.get('split')) ?? splits.find(name => name === 'test') ?? splits[0]
  const epochs = embeddings
    .filter(one => one.split === split)
    .map(({ epoch }) => epoch)
    .sort((a, b) => a - b)
  const asked = epochs.indexOf(Number(ask.get('epoch') ?? Number.NaN))
  const at = asked < 0 ? epochs.length - 1 : asked
  const from = Math.max(0, Number(ask.get('from') ?? 0) || 0)
  const epoch = epochs[at]
  const askedAt = (epoch: number) => ({ run, split, epoch, from, count: atOnce })
  const loaded = useLoaded(`retrieval ${run} ${split} ${epoch} ${from}`, signal =>
    client.retrieval(askedAt(epoch), signal),
  )
  const titleAt = (epoch: number) => `Retrieval of ${run}, epoch ${epoch}, ${split} images`
  const title = titleAt(epoch)
  /** of the first row, as the command looks for the neighbours of one image */
  const lineOf = ({ data, queries }: RetrievalSheet, at = epoch) =>
    `glasshouse neighbours ${pathOfRun(run)}@${at} ${data} ${data}/${queries[0]?.path}`
  const page = async (): Promise<PageAsked> => {
    const asked = epochs.map(askedAt)
    const sheets = await Promise.all(asked.map(ask => client.retrieval(ask)))
    return {
      view: 'retrieval',
      answers: [addressOf.run(run), addressOf.runLog(run)],
      known: Object.fromEntries(asked.map((ask, at) => [addressOf.retrieval(ask), sheets[at]])),
      images: sheets.flatMap(imagesOf),
      imageSize: 128,
    }
  }
  /** The same images, and what is found for them epoch by epoch. */
  const film = (): FilmAsked =>
    filmOfSteps(epochs.length, async step => {
      const epoch = epochs[step]
      const sheet = await client.retrieval(askedAt(epoch))
      const scene = await offPage(<Rows sheet={sheet} />, rows.current!.clientWidth, room =>
        imagesScene(room, titleAt(epoch), lineOf(sheet, epoch)),
      )
      return canvasOf(scene, filmRatio)
    })
  const recall = lines.find(line => line.epoch === epoch)?.recall?.['1']
  return (
    <>
      <EpochSlider
        epochs={epochs}
        at={at}
        change={to => setQuery({ epoch: to === epochs.length - 1 ? undefined : epochs[to] })}
      />
      <Shown of={loaded} height={640}>
        {sheet => (
          <>
            <div class="bar">
              {!isHeld() && (
                <>
                  <label class="field-line">
                    images{' '}
                    <select
                      value={split}
                      onChange={event => setQuery({ split: event.currentTarget.value, from: undefined })}
                    >
                      {splits.map(name => (
                        <option key={name}>{name}</option>
                      ))}
                    </select>
                  </label>
                  <button
                    type="button"
                    class="button small"
                    onClick={() =>
                      setQuery({ from: from + atOnce < sheet.total ? from + atOnce : undefined })
                    }
                  >
                    Other images
                  </button>
                </>
              )}
              <Export
                small
                name={`${run}-retrieval`}
                title={title}
                line={lineOf(sheet)}
                still={() => stillOfImages(rows.current!, title, lineOf(sheet))}
                page={page}
                {...(epochs.length > 1 && { films: [{ words: 'from epoch to epoch', film }] })}
              />
              <output class="soft small">
                {recall !== undefined && split === 'test' && `recall at 1 of all: ${percent(recall)} · `}
                showing {sheet.queries.length} of {counted(sheet.total, 'image')}
              </output>
            </div>
            <Rows sheet={sheet} room={rows} />
          </>
        )}
      </Shown>
      <p class="soft small">
        Each row is one image and its nearest neighbours in the space of the embedding, the nearest first. A
        green frame marks an image of the same class, a red frame one of another class.
      </p>
    </>
  )
}

const imagesOf = ({ data, queries }: RetrievalSheet): PageAsked['images'] =>
  queries.flatMap(({ path, found }) => [path, ...found.map(one => one.path)].map(path => ({ data, path })))

const Rows = ({
  sheet: { queries, data },
  room,
}: {
  sheet: RetrievalSheet
  room?: RefObject<HTMLOListElement | null>
}) => (
  <ol class="retrieval" ref={room}>
    {queries.map(({ path, label, found }) => (
      <li key={path}>
        <figure class="query">
          <img src={thumbOf(data, path)} alt={`${baseName(path)}, ${label}`} />
          <figcaption class="clip" title={label}>
            {label}
          </figcaption>
        </figure>
        {found.map((one, place) => (
          <figure key={place} class={one.label === label ? 'good' : 'bad'}>
            <img src={thumbOf(data, one.path)} alt={`${baseName(one.path)}, ${one.label}`} loading="lazy" />
            <figcaption class="clip soft" title={one.label}>
              {one.similarity.toFixed(2)} {one.label}
            </figcaption>
          </figure>
        ))}
      </li>
    ))}
  </ol>
)
