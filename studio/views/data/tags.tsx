/** What can be done with chosen images: a tag put on them or taken off, their list taken away. */
import { useState } from 'preact/hooks'
import { download } from '../../parts/download.ts'
import { csvBlob } from '../../parts/export/list-file.ts'
import { studio } from '../../studio.ts'
import { counted } from '../../words.ts'

export function TagBar({
  data,
  paths,
  labels,
  tags,
  tag,
  none,
}: {
  data: string
  paths: readonly string[]
  /** of the images, where they are not the names of their folders */
  labels?: readonly string[]
  tags: readonly string[]
  tag: (name: string, isOn: boolean) => Promise<void>
  none: () => void
}) {
  const [name, setName] = useState('')
  if (paths.length === 0) return null
  const isGood = name.trim() !== ''
  return (
    <form
      class="selection"
      onSubmit={event => {
        event.preventDefault()
        if (isGood) void tag(name.trim(), true)
      }}
    >
      <span role="status">{counted(paths.length, 'image')} chosen</span>
      {!(studio.value?.readOnly ?? false) && (
        <>
          <input
            type="text"
            placeholder="tag"
            aria-label="tag"
            list="known-tags"
            value={name}
            onInput={event => setName(event.currentTarget.value)}
          />
          <datalist id="known-tags">
            {tags.map(one => (
              <option key={one} value={one} />
            ))}
          </datalist>
          <button type="submit" class="button primary small" disabled={!isGood}>
            Tag
          </button>
          <button
            type="button"
            class="button small"
            disabled={!isGood}
            onClick={() => void tag(name.trim(), false)}
          >
            Untag
          </button>
        </>
      )}
      <button type="button" class="button small" onClick={() => exportList(data, paths, labels)}>
        Export list
      </button>
      <button type="button" class="button small" onClick={none}>
        Choose none
      </button>
    </form>
  )
}

/** A .csv that every command takes as DATA: path and label, the label being the image's folder. */
export function exportList(data: string, paths: readonly string[], labels?: readonly string[]): void {
  const rows = paths.map((path, at) => [`${data}/${path}`, labels?.[at] ?? path.split('/').at(-2) ?? ''])
  download('images.csv', csvBlob({ columns: ['path', 'label'], rows }))
}
