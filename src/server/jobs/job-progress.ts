/** What a running job is at: its open stages with rate and time left, the last notes, the newest previews. */
import type { Picture } from '../../base/picture.ts'
import type { Points, WorkEvent } from '../../base/work.ts'
import { encodePng } from '../../figures/files.node.ts'
import type { JobPreview, JobStage, PreviewPoints } from '../api.ts'
import { pack } from '../pack.ts'

export interface JobProgress {
  take(event: WorkEvent): void
  stages(): JobStage[]
  notes(): string[]
  previews(): JobPreview[]
  /** the newest content of a preview; undefined where there is none of this name */
  preview(name: string): Promise<{ png: Uint8Array } | { points: PreviewPoints } | undefined>
}

const mostNotes = 50
const mostPreviews = 48
const longestNote = 2000

interface OpenStage {
  id: number
  name: string
  total: number
  from: number
  done: number
  unit?: 'bytes'
  of?: string
  note?: string
  began: number
  moved: number
}

interface Preview {
  version: number
  content: { image: Picture } | { points: Points }
  png?: Promise<Uint8Array>
}

/** @param changed is called whenever there is something new */
export function createProgress(changed: () => void, now = () => performance.now()): JobProgress {
  const open = new Map<number, OpenStage>()
  const notes: string[] = []
  const previews = new Map<string, Preview>()
  let versions = 0

  const take = (event: WorkEvent) => {
    if (event.kind === 'note') {
      notes.push((event.of === undefined ? event.text : `${event.of}: ${event.text}`).slice(0, longestNote))
      notes.splice(0, notes.length - mostNotes)
    } else if (event.kind === 'preview') {
      const content = 'image' in event ? { image: event.image } : { points: event.points }
      previews.delete(event.name)
      previews.set(event.name, { version: ++versions, content })
      for (const name of [...previews.keys()].slice(0, -mostPreviews)) previews.delete(name)
    } else if (event.kind === 'stage') {
      const { id, stage, total, from, unit, of } = event
      open.set(id, {
        id,
        name: stage,
        total,
        from,
        done: from,
        ...(unit && { unit }),
        ...(of !== undefined && { of }),
        began: now(),
        moved: now(),
      })
    } else if (event.kind === 'end') open.delete(event.id)
    else {
      const stage = open.get(event.id)
      if (stage) Object.assign(stage, { done: event.done, note: event.note, moved: now() })
    }
    changed()
  }

  return {
    take,
    stages: () =>
      [...open.values()].map(({ began, moved, from, note, ...stage }) => {
        const seconds = (moved - began) / 1000
        const rate = seconds > 0 ? (stage.done - from) / seconds : 0
        return {
          ...stage,
          ...(note !== undefined && { note: note.slice(0, longestNote) }),
          ...(rate > 0 && { rate, left: Math.max(0, (stage.total - stage.done) / rate) }),
        }
      }),
    notes: () => [...notes],
    previews: () =>
      [...previews].map(([name, { version, content }]) =>
        'image' in content
          ? { name, version, kind: 'image', width: content.image.width, height: content.image.height }
          : { name, version, kind: 'points', count: content.points.x.length },
      ),
    async preview(name) {
      const found = previews.get(name)
      if (!found) return undefined
      const { content } = found
      if ('points' in content) return { points: { x: pack(content.points.x), y: pack(content.points.y) } }
      found.png ??= encodePng(content.image)
      return { png: await found.png }
    },
  }
}
