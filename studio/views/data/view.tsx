/** The images of a data set: by class, split, tag and words; any number of them. */
import { useState } from 'preact/hooks'
import { client } from '../../client.ts'
import { groupBy } from '../../group.ts'
import { useLoaded } from '../../loaded.ts'
import { CopyLink } from '../../parts/copy-link.tsx'
import { FilePicker } from '../../parts/file-picker.tsx'
import { Empty, Shown } from '../../parts/states.tsx'
import { href, query, setQuery } from '../../route.ts'
import { useRuns } from '../../runs.ts'
import { baseName, counted } from '../../words.ts'
import { Gallery } from './gallery.tsx'

export function DataFolders() {
  const data = query.value.get('data')
  return data ? <Browse key={data} data={data} /> : <ChooseData />
}

function ChooseData() {
  const [isPicking, pick] = useState(false)
  const loaded = useRuns()
  return (
    <>
      <header>
        <div class="view-title">
          <h1>Data</h1>
          <div class="actions">
            <button type="button" class="button primary" onClick={() => pick(true)}>
              Open a folder
            </button>
          </div>
        </div>
        <p class="lead">Folders with one sub-folder for each class, or a list of images and labels.</p>
      </header>
      <Shown of={loaded} height={300}>
        {({ runs }) => {
          const known = [
            ...groupBy(
              runs.filter(({ data }) => data),
              ({ data }) => data ?? '',
            ),
          ]
          return known.length ? (
            <ul class="cards plain-cards">
              {known.map(([data, users]) => (
                <li key={data}>
                  <a href={href('data', { data })}>
                    <strong>{baseName(data)}</strong>
                    <span class="soft small clip" title={data}>
                      {data}
                    </span>
                    <span class="soft small">{counted(users.length, 'run')}</span>
                  </a>
                </li>
              ))}
            </ul>
          ) : (
            <Empty title="No data has been used yet">
              <p>
                Open a folder of images, or{' '}
                <a href={href('start', { command: 'data seedlings' })}>draw the seedlings</a>.
              </p>
            </Empty>
          )
        }}
      </Shown>
      {isPicking && (
        <FilePicker
          kinds={['folder', 'list']}
          choose={data => {
            pick(false)
            setQuery({ data }, { replace: false })
          }}
          close={() => pick(false)}
        />
      )}
    </>
  )
}

function Browse({ data }: { data: string }) {
  const loaded = useLoaded(`data ${data}`, signal => client.data(data, signal))
  return (
    <>
      <header>
        <p class="crumbs">
          <a href={href('data')}>Data</a>
        </p>
        <div class="view-title">
          <h1>{baseName(data)}</h1>
          <div class="actions">
            <CopyLink />
            <a class="button primary" href={href('start', { command: 'train', 'in.data': data })}>
              Train on it
            </a>
          </div>
        </div>
        <p class="lead clip" title={data}>
          {data}
        </p>
      </header>
      <Shown of={loaded} height={520}>
        {summary => <Gallery data={data} summary={summary} />}
      </Shown>
    </>
  )
}
