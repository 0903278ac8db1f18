/** What a classifier says of its images: the confusion of classes, the images of a cell, one image and why. */
import { useEffect, useMemo, useRef } from 'preact/hooks'
import type { Prediction, Predictions, RunDetail } from '../../../src/server/api.ts'
import { addressOf, client, imageOf, isHeld, thumbOf } from '../../client.ts'
import { useLoaded } from '../../loaded.ts'
import { Chips } from '../../parts/chips.tsx'
import { Export } from '../../parts/export/export.tsx'
import type { PageAsked } from '../../parts/export/page.ts'
import { stillOfImages } from '../../parts/export/still.ts'
import { ImageDialog } from '../../parts/image-dialog.tsx'
import { ImageGrid } from '../../parts/image-grid.tsx'
import { Empty, Failed, Shown } from '../../parts/states.tsx'
import { href, query, setQuery } from '../../route.ts'
import { pathOfRun } from '../../studio.ts'
import { baseName, counted, percent } from '../../words.ts'
import { type CellName, ConfusionMatrix } from './confusion.tsx'
import { Why } from './why.tsx'

export function Images({ detail }: { detail: RunDetail }) {
  const run = detail.listed.name
  const loaded = useLoaded(`predictions ${run}`, signal => client.predictions(run, signal))
  const cell = readCell(query.value.get('cell'))
  const open = ({ truth, predicted }: CellName) => {
    const isSame = cell?.truth === truth && cell.predicted === predicted
    setQuery({ cell: isSame ? undefined : `${truth},${predicted}`, image: undefined }, { replace: false })
  }
  return (
    <>
      {detail.data && !detail.data.readable && (
        <Failed
          failure={{
            what: 'The images of this run cannot be shown.',
            hint: detail.data.reason ?? `Is ${detail.data.path} still there?`,
          }}
        />
      )}
      {detail.confusion && (
        <ConfusionMatrix
          confusion={detail.confusion}
          cell={cell}
          open={open}
          taken={{
            name: `${run}-confusion`,
            title: `Confusion of ${run}, ${detail.confusion.split} images: true class by predicted class`,
            line: detail.line ?? `glasshouse train ${detail.record?.data.path ?? ''}`,
            // Where nothing is known of the images, it holds the matrix alone.
            page: async () => mistakesPage(run, await client.predictions(run).catch(() => undefined)),
          }}
        />
      )}
      {loaded.failure && !loaded.value ? (
        !isHeld() && (
          <Empty title="What the network says of each image is not known yet">
            <p>
              {loaded.failure.what}.{' '}
              <a
                href={href('start', {
                  command: 'mistakes',
                  'in.model': pathOfRun(run),
                  'in.data': detail.record?.data.path,
                })}
              >
                Find its mistakes
              </a>
            </p>
          </Empty>
        )
      ) : (
        <Shown of={loaded} height={360}>
          {predictions => <PredictedImages run={run} predictions={predictions} cell={cell} />}
        </Shown>
      )}
    </>
  )
}

/** The matrix and the images that it counts, mistakes first: of very many images, some are left out. */
function mistakesPage(run: string, predictions?: Predictions): PageAsked {
  const { data = '', items = [] } = predictions ?? {}
  const known = predictions && { [addressOf.predictions(run)]: predictions }
  return {
    view: 'mistakes',
    answers: [addressOf.run(run)],
    known,
    images: [
      ...items.filter(({ truth, predicted }) => truth !== predicted),
      ...items.filter(({ truth, predicted }) => truth === predicted),
    ].map(({ path }) => ({ data, path })),
    imageSize: 128,
  }
}

function readCell(text: string | null): CellName | undefined {
  const [truth, predicted] = (text ?? '').split(',').map(Number)
  return text && Number.isInteger(truth) && Number.isInteger(predicted) ? { truth, predicted } : undefined
}

const orders = {
  surprising: {
    title: 'surest first',
    compare: (a: Prediction, b: Prediction) => b.probability - a.probability,
  },
  doubtful: {
    title: 'most doubtful first',
    compare: (a: Prediction, b: Prediction) => a.probability - b.probability,
  },
  path: { title: 'by name', compare: (a: Prediction, b: Prediction) => (a.path < b.path ? -1 : 1) },
}
type Order = keyof typeof orders

/** Pixels of the images that are to be seen below the matrix. */
const seen = 260

/** Moves the page just so far that a part of it is to be seen, whenever something else is chosen in it. */
function useShown(part: { current: HTMLElement | null }, chosen: string | undefined): void {
  const before = useRef(chosen)
  useEffect(() => {
    if (chosen === before.current) return
    before.current = chosen
    const { top = 0, height = 0 } = part.current?.getBoundingClientRect() ?? {}
    const below = top + Math.min(height, seen) - window.innerHeight
    if (chosen !== undefined && below > 0) window.scrollBy({ top: below })
  }, [chosen])
}

function PredictedImages({
  run,
  predictions,
  cell,
}: {
  run: string
  predictions: Predictions
  cell?: CellName
}) {
  const { classes, items, data, split } = predictions
  const ask = query.value
  const all = ask.get('show') === 'all'
  const named = ask.get('order') ?? ''
  const order: Order = named in orders ? (named as Order) : 'surprising'
  const shown = useMemo(() => {
    const wanted = items.filter(({ truth, predicted }) =>
      cell ? truth === cell.truth && predicted === cell.predicted : all || truth !== predicted,
    )
    return wanted.sort(orders[order].compare)
  }, [items, cell?.truth, cell?.predicted, all, order])
  const mistakes = useMemo(() => items.filter(({ truth, predicted }) => truth !== predicted).length, [items])
  const path = ask.get('image')
  const at = path === null ? -1 : shown.findIndex(item => item.path === path)
  const opened = at >= 0 ? shown[at] : path === null ? undefined : items.find(item => item.path === path)
  const grid = useRef<HTMLDivElement>(null)
  const section = useRef<HTMLElement>(null)
  useShown(section, cell && `${cell.truth},${cell.predicted}`)
  const line = `glasshouse mistakes ${pathOfRun(run)} ${data}`
  const openAt = (index: number) =>
    setQuery({ image: shown[index].path }, { replace: query.value.has('image') })
  const heading = cell
    ? cell.truth === cell.predicted
      ? `${classes[cell.truth]}, recognised`
      : `${classes[cell.truth]}, taken for ${classes[cell.predicted]}`
    : all
      ? `All ${split} images`
      : 'Mistakes'
  return (
    <section ref={section}>
      <div class="bar section-bar">
        <h2>{heading}</h2>
        {cell ? (
          <button
            type="button"
            class="button small"
            onClick={() => setQuery({ cell: undefined }, { replace: false })}
          >
            All mistakes
          </button>
        ) : (
          <Chips
            label="Images"
            value={all ? 'all' : 'mistakes'}
            chips={[
              { key: 'mistakes', title: 'mistakes', count: mistakes },
              { key: 'all', title: 'all', count: items.length },
            ]}
            change={name => setQuery({ show: name === 'all' ? name : undefined })}
          />
        )}
        <label class="field-line">
          order{' '}
          <select value={order} onChange={event => setQuery({ order: event.currentTarget.value })}>
            {Object.entries(orders).map(([key, { title }]) => (
              <option key={key} value={key}>
                {title}
              </option>
            ))}
          </select>
        </label>
        <Export
          small
          name={`${run}-images`}
          title={`${heading}, ${run}`}
          line={line}
          still={() => stillOfImages(grid.current!, `${heading}, ${run}`, line)}
          page={() => mistakesPage(run, predictions)}
        />
        <output class="soft small">
          showing {shown.length} of {counted(items.length, `${split} image`)}
        </output>
      </div>
      {shown.length === 0 ? (
        <Empty title={cell ? 'No image is in this cell' : 'No mistakes'}>
          <p>
            {cell
              ? 'Choose another cell of the table above.'
              : `All ${counted(items.length, 'image')} were recognised.`}
          </p>
        </Empty>
      ) : (
        <div ref={grid}>
          <ImageGrid
            count={shown.length}
            lines={2}
            open={openAt}
            at={index => {
              const { path, truth, predicted, probability } = shown[index]
              const isRight = truth === predicted
              return {
                key: path,
                src: thumbOf(data, path, 256),
                alt: `${baseName(path)}: ${classes[truth]}, predicted ${classes[predicted]}`,
                caption: isRight ? classes[truth] : `${classes[truth]} → ${classes[predicted]}`,
                note: percent(probability),
                tone: isRight ? undefined : 'bad',
              }
            }}
          />
        </div>
      )}
      {opened && (
        <ImageDialog
          src={imageOf(data, opened.path)}
          alt={baseName(opened.path)}
          title={opened.path}
          at={at >= 0 ? at : undefined}
          of={shown.length}
          go={openAt}
          close={() => setQuery({ image: undefined })}
        >
          <dl class="facts">
            <div>
              <dt>is</dt>
              <dd>{classes[opened.truth]}</dd>
            </div>
            <div>
              <dt>predicted</dt>
              <dd class={opened.truth === opened.predicted ? 'good-words' : 'bad-words'}>
                {classes[opened.predicted]}
              </dd>
            </div>
            <div>
              <dt>probability</dt>
              <dd>{percent(opened.probability)}</dd>
            </div>
          </dl>
          {!isHeld() && (
            <Why
              key={opened.path}
              model={pathOfRun(run)}
              image={`${data}/${opened.path}`}
              classes={
                opened.truth === opened.predicted
                  ? [classes[opened.truth]]
                  : [classes[opened.predicted], classes[opened.truth]]
              }
            />
          )}
        </ImageDialog>
      )}
    </section>
  )
}
