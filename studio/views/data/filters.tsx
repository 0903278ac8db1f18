/** Which images of a data set are shown, and how large. */
import type { DataSummary } from '../../../src/server/api.ts'
import { Chips } from '../../parts/chips.tsx'
import { setQuery } from '../../route.ts'
import { grouped } from '../../words.ts'

export interface Wanted {
  class?: string
  split?: string
  tag?: string
  search?: string
}

/** Of an image in the grid, in pixels. */
export const sides = { small: 84, medium: 128, large: 220 } as const

export function Classes({ summary, wanted }: { summary: DataSummary; wanted: Wanted }) {
  const most = summary.classes.reduce((most, { images }) => Math.max(most, images), 1)
  return (
    <nav class="classes" aria-label="Classes">
      <button
        type="button"
        aria-pressed={!wanted.class}
        onClick={() => setQuery({ class: undefined, at: undefined })}
      >
        <span>all classes</span>
        <b>{grouped(summary.images)}</b>
      </button>
      {summary.classes.map(({ name, images, splits }) => {
        const count = wanted.split ? ((splits as Record<string, number>)[wanted.split] ?? 0) : images
        return (
          <button
            key={name}
            type="button"
            aria-pressed={wanted.class === name}
            onClick={() => setQuery({ class: wanted.class === name ? undefined : name, at: undefined })}
            style={{ '--share': `${(100 * count) / most}%` }}
          >
            <span class="clip" title={name}>
              {name}
            </span>
            <b>{grouped(count)}</b>
          </button>
        )
      })}
    </nav>
  )
}

export function Filters({
  summary,
  wanted,
  tags,
  size,
  isTwins,
}: {
  summary: DataSummary
  wanted: Wanted
  tags: readonly string[]
  size: string | null
  isTwins: boolean
}) {
  return (
    <>
      <label class="field-search">
        <span class="unseen">Search by path or class</span>
        <input
          type="search"
          placeholder="search by path or class"
          data-key="/"
          value={wanted.search ?? ''}
          onInput={event => setQuery({ q: event.currentTarget.value, at: undefined })}
        />
      </label>
      <select
        class="class-select"
        aria-label="class"
        value={wanted.class ?? ''}
        onChange={event => setQuery({ class: event.currentTarget.value, at: undefined })}
      >
        <option value="">all classes</option>
        {summary.classes.map(({ name }) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      {summary.splits.length > 1 && (
        <Chips
          label="Split"
          value={wanted.split}
          chips={summary.splits.map(name => ({ key: name as string, title: name }))}
          change={name => setQuery({ split: wanted.split === name ? undefined : name, at: undefined })}
        />
      )}
      {tags.length > 0 && (
        <Chips
          label="Tag"
          value={wanted.tag}
          chips={tags.map(name => ({ key: name, title: `# ${name}` }))}
          change={name => setQuery({ tag: wanted.tag === name ? undefined : name, at: undefined })}
        />
      )}
      <Chips
        label="Size"
        value={size ?? 'medium'}
        chips={Object.keys(sides).map(name => ({ key: name, title: name }))}
        change={name => setQuery({ size: name === 'medium' ? undefined : name })}
      />
      <button
        type="button"
        class="button small"
        aria-pressed={isTwins}
        onClick={() =>
          setQuery({ twins: isTwins ? undefined : 1, at: undefined, most: undefined }, { replace: false })
        }
      >
        Near-duplicates
      </button>
    </>
  )
}
