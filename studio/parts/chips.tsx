/** A few choices side by side, of which one, or none, holds. */
import type { ComponentChildren } from 'preact'
import { grouped } from '../words.ts'

export interface Chip<Key> {
  key: Key
  title: ComponentChildren
  count?: number
}

export function Chips<Key extends string | undefined>({
  label,
  chips,
  value,
  change,
}: {
  label: string
  chips: readonly Chip<Key>[]
  value: Key | undefined
  change: (key: Key) => void
}) {
  return (
    <fieldset class="chips">
      <legend class="unseen">{label}</legend>
      {chips.map(({ key, title, count }) => (
        <button key={String(key)} type="button" aria-pressed={value === key} onClick={() => change(key)}>
          {title}
          {count !== undefined && <b> {grouped(count)}</b>}
        </button>
      ))}
    </fieldset>
  )
}
