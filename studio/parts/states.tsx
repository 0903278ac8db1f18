/** What a view shows in place of its content: that it is coming, that there is none, that something went wrong. */
import type { ComponentChildren } from 'preact'
import type { Failure } from '../failure.ts'
import type { Loaded } from '../loaded.ts'

export const Empty = ({ title, children }: { title: string; children?: ComponentChildren }) => (
  <div class="empty">
    <h2>{title}</h2>
    {children}
  </div>
)

export const Failed = ({ failure, retry }: { failure: Failure; retry?: () => void }) => (
  <div class="failed" role="alert">
    <strong>{failure.what}</strong>
    {failure.hint && <p>{failure.hint}</p>}
    {retry && (
      <button type="button" class="button" onClick={retry}>
        Try again
      </button>
    )}
  </div>
)

/** Keeps the room of what is coming, so that nothing jumps when it is there. */
export const Waiting = ({ height = 240, label = 'loading' }: { height?: number; label?: string }) => (
  <div class="waiting" style={{ height: `${height}px` }} role="status">
    <span class="unseen">{label}</span>
  </div>
)

/** The content once it is there; until then, or where it fails, what stands in for it. */
export function Shown<T>({
  of,
  height,
  children,
}: {
  of: Loaded<T>
  height?: number
  children: (value: T) => ComponentChildren
}) {
  if (of.value !== undefined)
    return (
      <>
        {of.failure && <Failed failure={of.failure} retry={of.reload} />}
        {children(of.value)}
      </>
    )
  if (of.failure) return <Failed failure={of.failure} retry={of.reload} />
  return <Waiting height={height} />
}
