/** What an embedding finds for its images, epoch by epoch: one row for each image, its nearest beside it. */
import type { EpochLine } from '../../../src/runs/record.ts'
import type { EpochFile, RetrievalSheet } from '../../../src/server/api.ts'
import { client, thumbOf } from '../../client.ts'
import { useLoaded } from '../../loaded.ts'
import { EpochSlider } from '../../parts/epoch-slider.tsx'
import { Shown } from '../../parts/states.tsx'
import { query, setQuery } from '../../route.ts'
import { baseName, counted, percent } from '../../words.ts'

/** Images at once. */
const atOnce = 12

export function Retrieval({
  run,
  embeddings,
  lines,
}: {
  run: string
  embeddings: readonly EpochFile[]
  lines: readonly EpochLine[]
}) {
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
  const loaded = useLoaded(`retrieval ${run} ${split} ${epoch} ${from}`, signal =>
    client.retrieval({ run, split, epoch, from, count: atOnce }, signal),
  )
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
                onClick={() => setQuery({ from: from + atOnce < sheet.total ? from + atOnce : undefined })}
              >
                Other images
              </button>
              <output class="soft small">
                {recall !== undefined && split === 'test' && `recall at 1 of all: ${percent(recall)} · `}
                showing {sheet.queries.length} of {counted(sheet.total, 'image')}
              </output>
            </div>
            <Rows sheet={sheet} />
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

const Rows = ({ sheet: { queries, data } }: { sheet: RetrievalSheet }) => (
  <ol class="retrieval">
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
