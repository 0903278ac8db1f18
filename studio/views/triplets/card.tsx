/** The three images of the triplet that one points at, or that is pinned. */
import type { TripletHistory } from '../../../src/server/api.ts'
import { thumbOf } from '../../client.ts'
import { baseName } from '../../words.ts'
import type { Frame } from './frames.ts'

export function TripletCard({
  hovered,
  pinned,
  frame,
  history: { paths, labels, data },
}: {
  hovered: { value: number }
  pinned?: number
  frame: Frame
  history: TripletHistory
}) {
  const index = hovered.value >= 0 ? hovered.value : (pinned ?? -1)
  const parts =
    index >= 0 && index < frame.anchor.length
      ? ([
          ['anchor', frame.anchor[index], undefined],
          ['nearest of its class', frame.positive[index], frame.x[index]],
          ['nearest of another', frame.negative[index], -frame.y[index]],
        ] as const)
      : []
  return (
    <div class="hover-card wide" aria-live="polite">
      {parts.map(
        ([title, at, similarity]) =>
          at >= 0 && (
            <div key={title}>
              <img src={thumbOf(data, paths[at], 128)} alt="" />
              <span class="soft small">{title}</span>
              <strong class="clip" title={baseName(paths[at])}>
                {labels[at]}
              </strong>
              {similarity !== undefined && <span class="small">{similarity.toFixed(3)}</span>}
            </div>
          ),
      )}
    </div>
  )
}
