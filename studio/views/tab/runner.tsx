/** What starts something in the tab: its settings, its button, and what is still missing for it. */
import type { ComponentChildren } from 'preact'
import { images, model, work } from './state.ts'

function needs(count: number): string | undefined {
  if (!model.value) return 'Open a model first, or train one here.'
  if (images.value.length >= count) return undefined
  if (count > 2) return `Choose ${count} images or more.`
  return count === 2 ? 'Choose two images.' : 'Choose an image.'
}

export function Runner({
  count = 1,
  label,
  start,
  children,
}: {
  /** of images that it takes at least */
  count?: number
  label: string
  start: () => void
  children?: ComponentChildren
}) {
  const missing = needs(count)
  return (
    <form
      class="bar runner"
      onSubmit={event => {
        event.preventDefault()
        start()
      }}
    >
      {children}
      <button type="submit" class="button primary" disabled={Boolean(missing) || Boolean(work.value)}>
        {label}
      </button>
      {missing && <span class="soft small">{missing}</span>}
    </form>
  )
}
