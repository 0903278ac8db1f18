/** What was drawn around on a map, as a grid: to look at, to tag, to take away; of one image its nearest neighbours. */
import { useState } from 'preact/hooks'
import { client, isHeld, thumbOf } from '../../client.ts'
import { failureOf } from '../../failure.ts'
import { groupBy } from '../../group.ts'
import { useLoaded } from '../../loaded.ts'
import { ImageGrid } from '../../parts/image-grid.tsx'
import { Failed, Shown } from '../../parts/states.tsx'
import { baseName, counted } from '../../words.ts'
import { TagBar } from '../data/tags.tsx'

export function ChosenImages({
  data,
  indices,
  paths,
  labels,
  source,
  hovered,
  none,
}: {
  data?: string
  indices: readonly number[]
  paths: readonly string[]
  labels: readonly string[]
  /** the vectors, for neighbours in the original space */
  source?: string
  hovered: { value: number }
  none: () => void
}) {
  const [failure, fail] = useState('')
  const tags = useLoaded(data === undefined || isHeld() ? undefined : `tags ${data}`, signal =>
    client.tags(data ?? '', signal),
  )
  const chosen = indices.map(index => paths[index])
  const classes = [...groupBy(indices, index => labels[index])].sort(([, a], [, b]) => b.length - a.length)
  const src = (path: string) => (data === undefined ? '' : thumbOf(data, path, 128))
  return (
    <section class="chosen-images">
      <h2>
        {counted(indices.length, 'image')}
        <span class="soft small">
          {' '}
          {classes
            .slice(0, 6)
            .map(([name, { length }]) => `${length} ${name}`)
            .join(', ')}
          {classes.length > 6 && ` and ${classes.length - 6} more classes`}
        </span>
      </h2>
      {failure && <Failed failure={{ what: failure }} />}
      {data !== undefined && (
        <TagBar
          data={data}
          paths={chosen}
          labels={indices.map(index => labels[index])}
          tags={tags.value?.tags.map(({ name }) => name) ?? []}
          none={none}
          tag={async (tag, isOn) => {
            try {
              await client.tag({ data, tag, ...(isOn ? { add: chosen } : { remove: chosen }) })
              tags.reload()
              fail('')
            } catch (error) {
              fail(failureOf(error).what)
            }
          }}
        />
      )}
      {indices.length === 1 && source !== undefined && !isHeld() && (
        <Nearest source={source} row={indices[0]} src={src} />
      )}
      <ImageGrid
        count={indices.length}
        side={96}
        at={place => ({
          key: String(indices[place]),
          src: src(chosen[place]),
          alt: `${baseName(chosen[place])}, ${labels[indices[place]]}`,
          caption: labels[indices[place]],
        })}
        open={place => {
          hovered.value = indices[place]
        }}
      />
    </section>
  )
}

function Nearest({ source, row, src }: { source: string; row: number; src: (path: string) => string }) {
  const loaded = useLoaded(`neighbours ${source} ${row}`, signal =>
    client.neighbours(source, row, 12, signal),
  )
  return (
    <>
      <h3>Nearest in the space of the embedding</h3>
      <Shown of={loaded} height={110}>
        {({ neighbours }) => (
          <ol class="nearest">
            {neighbours.map(({ row, similarity, path, label }) => (
              <li key={row}>
                {path && <img src={src(path)} alt="" />}
                <span class="small">{label}</span>
                <span class="small soft">{similarity.toFixed(3)}</span>
              </li>
            ))}
          </ol>
        )}
      </Shown>
    </>
  )
}
