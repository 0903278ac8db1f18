/** What lenses found, as cards: an image that stands for each, and the way to it; and how the cards are taken away. */
import { useRef } from 'preact/hooks'
import { mapConcurrently } from '../../../src/base/concurrent.ts'
import type { List } from '../../../src/base/csv.ts'
import type { LensResult, RunDetail } from '../../../src/server/api.ts'
import { client, hasImage, isHeld, thumbOf, thumbOfFile } from '../../client.ts'
import { useLoaded } from '../../loaded.ts'
import { Export } from '../../parts/export/export.tsx'
import { csvForm } from '../../parts/export/list-file.ts'
import type { PageAsked, ShownImage } from '../../parts/export/page.ts'
import { stillOfImages } from '../../parts/export/still.ts'
import { href } from '../../route.ts'
import { studio } from '../../studio.ts'
import { ago } from '../../words.ts'

interface Cards {
  results: readonly LensResult[]
  /** of the file that is taken away, without its ending */
  name: string
  title: string
  page: Pick<PageAsked, 'view' | 'answers'>
  /** what the exported page can show: by its filters more than stands here */
  all?: readonly LensResult[]
  list: () => List
  /** what stands in the bar above them */
  children: preact.ComponentChildren
}

export function LensCards({ results, name, title, page, all = results, list, children }: Cards) {
  const cards = useRef<HTMLUListElement>(null)
  const line = `glasshouse runs ${studio.value?.runs ?? ''}`
  return (
    <>
      <div class="bar">
        {children}
        {results.length > 0 && (
          <Export
            small
            name={name}
            title={title}
            line={line}
            still={() => stillOfImages(cards.current!, title, line)}
            page={async () => ({ ...page, images: await imagesOf(all), imageSize: cardSize })}
            others={[csvForm('a row for each result', list)]}
          />
        )}
        <output class="soft small">{title}</output>
      </div>
      <ul class="cards" ref={cards}>
        {results.map(result => (
          <li key={result.run}>
            <Card result={result} />
          </li>
        ))}
      </ul>
    </>
  )
}

const Card = ({ result }: { result: LensResult }) => {
  const { run, command, epoch, changed } = result
  return (
    <a href={href('run', { run })}>
      <span class="card-image">{isHeld() ? <HeldImage run={run} /> : <CardImage result={result} />}</span>
      <strong>{command}</strong>
      <span class="soft small clip">
        {run}
        {epoch !== undefined && ` · epoch ${epoch}`} · {ago(changed)}
      </span>
    </a>
  )
}

const HeldImage = ({ run }: { run: string }) =>
  hasImage(noData, run) ? <img src={thumbOf(noData, run)} alt="" /> : null

function CardImage({ result: { run, thumb } }: { result: LensResult }) {
  const { value } = useLoaded(thumb === undefined ? `run ${run}` : undefined, signal =>
    client.run(run, signal),
  )
  const src = thumb ?? imageOf(run, value)
  return src === undefined ? null : <img src={src} alt="" loading="lazy" />
}

/** Of a result whose list does not name one: its sheet, or the first image that lies in its folder. */
function imageOf(run: string, detail: RunDetail | undefined): string | undefined {
  const images = detail?.files.filter(({ name, type }) => type === 'image/png' && !name.includes('/')) ?? []
  const image = images.find(({ name }) => name === 'sheet.png') ?? images[0]
  const folder = studio.value?.runs
  // A sheet has thousands of pixels, a card hundreds.
  return image && (folder === undefined ? image.url : thumbOfFile(`${folder}/${run}/${image.name}`, 640))
}

/** An exported page holds the images under the names of their runs: they are of no data set. */
const noData = ''

/** Pixels of an image's longer side in an exported page. */
const cardSize = 480

/** Details that are asked for at the same time. */
const atOnce = 6

async function imagesOf(results: readonly LensResult[]): Promise<ShownImage[]> {
  const found = await mapConcurrently(results, atOnce, async ({ run, thumb }) => {
    const src = thumb ?? imageOf(run, await client.run(run).catch(() => undefined))
    return src === undefined ? [] : [{ data: noData, path: run, src }]
  })
  return found.flat()
}
