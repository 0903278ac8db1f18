/** What lenses found in a run, and the files that lie in its folder. */
import type { RunDetail, RunFile } from '../../../src/server/api.ts'
import { addressOf, isHeld } from '../../client.ts'
import { Empty } from '../../parts/states.tsx'
import { href } from '../../route.ts'
import { pathOfRun } from '../../studio.ts'
import { counted, timeCell } from '../../words.ts'
import { LensCards } from './cards.tsx'

export function LensResults({ detail: { listed, lenses } }: { detail: RunDetail }) {
  const { name } = listed
  const more = !isHeld() && (
    <a class="button" href={href('start', { model: pathOfRun(name), lens: 1 })}>
      Look with another lens
    </a>
  )
  return lenses.length ? (
    <LensCards
      results={lenses}
      name={`${name}-lenses`}
      title={`${counted(lenses.length, 'result')} of ${name}`}
      page={{ view: 'looks', answers: [addressOf.run(name)] }}
      list={() => ({
        columns: ['result', 'lens', 'epoch', 'changed'],
        rows: lenses.map(({ run, command, epoch, changed }) => [
          run,
          command,
          epoch ?? '',
          timeCell(changed),
        ]),
      })}
    >
      {more}
    </LensCards>
  ) : (
    <>
      <div class="bar">{more}</div>
      <Empty title="No lens has looked at this run yet">
        <p>
          <a href={href('start', { command: 'cam', 'in.model': pathOfRun(name) })}>Class activation maps</a>{' '}
          show which places of an image speak for a class;{' '}
          <a href={href('start', { model: pathOfRun(name), lens: 1 })}>all lenses</a>.
        </p>
      </Empty>
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
