/**
 * Long work: how it is watched and how it is stopped.
 *
 * Work emits one stream of events. They are plain data that survive a structured clone, so the same stream feeds the
 * bars of a terminal, a log, a web page, or a thread that asked for the work. A stage is a stretch of work whose
 * length is known; stages may be nested, or run side by side. Every stage that begins also ends, also where the work
 * fails or is stopped; a stage that was cut short ends before its total. Once the signal is aborted there is no more
 * progress and there are no more previews.
 *
 * Work may have parts that are carried out elsewhere, such as the runs of a sweep, each in a process of its own: `of`
 * names the part that a stage or a note belongs to.
 */
import type { Picture } from './picture.ts'

export type WorkEvent =
  /** a stage of `total` steps begins, of which `from` are done already; `id` tells it from others of the same name */
  | { kind: 'stage'; id: number; stage: string; total: number; from: number; unit?: Unit; of?: string }
  /** `done` of the total, whatever the stage counts; `note` says what it is at */
  | { kind: 'progress'; id: number; stage: string; done: number; total: number; note?: string }
  | { kind: 'end'; id: number; stage: string }
  /** a line for the person: a choice that was made, a file that was skipped */
  | { kind: 'note'; text: string; of?: string }
  /** what the work makes, as far as it is; `name` is the one that it will have in the result */
  | { kind: 'preview'; name: string; image: Picture }
  | { kind: 'preview'; name: string; points: Points }

/** Places in a plane, the y axis down; one entry of each column for every point. */
export interface Points {
  x: Float32Array
  y: Float32Array
}

export interface Work {
  /** aborted when the person stops the work; it is checked between steps */
  readonly signal: AbortSignal
  /** takes the events; it must not throw, and it must not change them */
  emit(event: WorkEvent): void
}

/** Work that nobody watches or stops, but for what is given. */
export const createWork = ({
  signal = new AbortController().signal,
  emit = () => {},
}: Partial<Work> = {}): Work => ({ signal, emit })

/** The same work with nobody watching: for a part whose steps are counted by the whole. */
export const unwatched = ({ signal }: Work): Work => createWork({ signal })

/** What a stage counts, where that is not simply steps, images or the like. */
export type Unit = 'bytes'

/** How long a stage is: its steps, or more about them. */
export type Extent = number | { total: number; from?: number; unit?: Unit }

export interface Stage {
  update(done: number, note?: string): void
  /** further calls change nothing */
  end(): void
}

let stages = 0

/** Begins a stage; whoever calls this ends it. `inStage` does both. */
export function openStage({ signal, emit }: Work, stage: string, extent: Extent): Stage {
  const { total, from = 0, unit } = typeof extent === 'number' ? { total: extent } : extent
  const id = ++stages
  let isOpen = !signal.aborted
  if (isOpen) emit({ kind: 'stage', id, stage, total, from, ...(unit && { unit }) })
  return {
    update(done, note) {
      if (!isOpen || signal.aborted) return
      emit({ kind: 'progress', id, stage, done, total, ...(note !== undefined && { note }) })
    },
    end() {
      if (isOpen) emit({ kind: 'end', id, stage })
      isOpen = false
    },
  }
}

/** Runs a stage, which ends with what `run` returns or throws. */
export async function inStage<T>(
  work: Work,
  stage: string,
  extent: Extent,
  run: (update: Stage['update']) => Promise<T>,
): Promise<T> {
  const { update, end } = openStage(work, stage, extent)
  try {
    return await run(update)
  } finally {
    end()
  }
}

export const note = ({ emit }: Pick<Work, 'emit'>, text: string): void => emit({ kind: 'note', text })

export function preview(
  { signal, emit }: Work,
  name: string,
  content: { image: Picture } | { points: Points },
): void {
  if (!signal.aborted) emit({ kind: 'preview', name, ...content })
}

/** The events of other work as a part of this one, under numbers of its own. */
export interface JoinedWork {
  emit: Work['emit']
  /** ends the stages that the other work, which is gone, has left open */
  end(): void
}

/** @param of names the part; without it the other work stands for the whole */
export function joinWork({ emit }: Pick<Work, 'emit'>, of?: string): JoinedWork {
  const open = new Map<number, { id: number; stage: string }>()
  const part = of === undefined ? {} : { of }
  return {
    emit(event) {
      if (event.kind === 'note') emit({ ...event, ...part })
      else if (event.kind === 'preview') emit(event)
      else if (event.kind === 'stage') {
        const id = ++stages
        open.set(event.id, { id, stage: event.stage })
        emit({ ...event, id, ...part })
      } else {
        const known = open.get(event.id)
        if (!known) return
        if (event.kind === 'end') open.delete(event.id)
        emit({ ...event, id: known.id })
      }
    },
    end() {
      for (const { id, stage } of open.values()) emit({ kind: 'end', id, stage })
      open.clear()
    },
  }
}

/** True at most once per interval: for previews, which take time to make and to show. */
export function createPace(milliseconds: number): () => boolean {
  let last = performance.now()
  return () => {
    const isDue = performance.now() - last >= milliseconds
    if (isDue) last = performance.now()
    return isDue
  }
}
