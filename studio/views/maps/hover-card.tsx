/** What one points at on a map. */
import { thumbOf } from '../../client.ts'
import { baseName } from '../../words.ts'

export function HoverCard({
  hovered,
  data,
  paths,
  labels,
}: {
  hovered: { value: number }
  data?: string
  paths: readonly string[]
  labels: readonly string[]
}) {
  const index = hovered.value
  const path = paths[index]
  return (
    <div class="hover-card" aria-live="polite">
      {path !== undefined && (
        <>
          {data !== undefined && <img src={thumbOf(data, path, 64)} alt="" />}
          <strong>{labels[index]}</strong>
          <span class="soft">{baseName(path)}</span>
        </>
      )}
    </div>
  )
}
