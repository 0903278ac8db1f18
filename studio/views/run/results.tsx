/** What lenses found in a run, and the files that lie in its folder. */
import type { LensResult, RunDetail, RunFile } from '../../../src/server/api.ts'
import { client, thumbOfFile } from '../../client.ts'
import { useLoaded } from '../../loaded.ts'
import { Empty } from '../../parts/states.tsx'
import { href } from '../../route.ts'
import { pathOfRun, studio } from '../../studio.ts'
import { ago, counted } from '../../words.ts'

export const LensCards = ({ results }: { results: readonly LensResult[] }) => (
  <ul class="cards">
    {results.map(({ run, command, epoch, changed, thumb }) => (
      <li key={run}>
        <a href={href('run', { run })}>
          <span class="card-image">
            {thumb ? <img src={thumb} alt="" loading="lazy" /> : <OwnImage run={run} />}
          </span>
          <strong>{command}</strong>
          <span class="soft small clip">
            {run}
            {epoch !== undefined && ` · epoch ${epoch}`} · {ago(changed)}
          </span>
        </a>
      </li>
    ))}
  </ul>
)

/** The image that stands for a result whose list does not name one: its sheet, or the first that lies in its folder. */
function OwnImage({ run }: { run: string }) {
  const { value } = useLoaded(`run ${run}`, signal => client.run(run, signal))
  const images = value?.files.filter(({ name, type }) => type === 'image/png' && !name.includes('/')) ?? []
  const image = images.find(({ name }) => name === 'sheet.png') ?? images[0]
  const folder = studio.value?.runs
  // A sheet has thousands of pixels, a card hundreds.
  const src = image && (folder === undefined ? image.url : thumbOfFile(`${folder}/${run}/${image.name}`, 640))
  return src ? <img src={src} alt="" loading="lazy" /> : null
}

export function LensResults({ detail: { listed, lenses } }: { detail: RunDetail }) {
  return (
    <>
      <div class="bar">
        <a class="button" href={href('start', { model: pathOfRun(listed.name), lens: 1 })}>
          Look with another lens
        </a>
        <output class="soft small">{counted(lenses.length, 'result')}</output>
      </div>
      {lenses.length ? (
        <LensCards results={lenses} />
      ) : (
        <Empty title="No lens has looked at this run yet">
          <p>
            <a href={href('start', { command: 'cam', 'in.model': pathOfRun(listed.name) })}>
              Class activation maps
            </a>{' '}
            show which places of an image speak for a class;{' '}
            <a href={href('start', { model: pathOfRun(listed.name), lens: 1 })}>all lenses</a>.
          </p>
        </Empty>
      )}
    </>
  )
}

const sizeWords = (bytes: number): string =>
  bytes >= 1e6
    ? `${(bytes / 1e6).toFixed(1)} MB`
    : bytes >= 1e3
      ? `${Math.round(bytes / 1e3)} kB`
      : `${bytes} B`

export const FileTable = ({ files }: { files: readonly RunFile[] }) => (
  <div class="table-room">
    <table class="plain">
      <thead>
        <tr>
          <th>File</th>
          <th>Kind</th>
          <th class="number">Size</th>
        </tr>
      </thead>
      <tbody>
        {files.map(({ name, url, bytes, type }) => (
          <tr key={name}>
            <td>
              <a href={url} target="_blank" rel="noreferrer">
                {name}
              </a>
            </td>
            <td class="soft">{type}</td>
            <td class="number">{sizeWords(bytes)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
)

export function Figures({ detail: { files } }: { detail: RunDetail }) {
  const images = files.filter(({ type, name }) => /^image\/(png|jpeg)/.test(type) && !name.includes('/'))
  return (
    <>
      {images.length > 0 && (
        <div class="figure-row">
          {images.map(({ name, url }) => (
            <a key={name} href={url} target="_blank" rel="noreferrer">
              <img src={url} alt={name} loading="lazy" />
              <span class="small soft">{name}</span>
            </a>
          ))}
        </div>
      )}
      <FileTable files={files} />
    </>
  )
}
