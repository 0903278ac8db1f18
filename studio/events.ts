/**
 * What the server tells as it happens: one stream for the whole page. The browser reconnects by itself after a lost
 * connection, and the stream then begins with all jobs as they stand; the log of a watched run goes on where it was.
 */
import { computed, effect, signal } from '@preact/signals'
import type { Job, JobList, StudioEvents } from '../src/server/api.ts'

export const connection = signal<'connecting' | 'open' | 'lost'>('connecting')
/** the newest first; undefined until the server has said */
export const jobs = signal<readonly Job[] | undefined>(undefined)
/** It runs or will run. */
export const isOpen = ({ state }: Job): boolean => state === 'running' || state === 'waiting'
export const openJobs = computed(() => (jobs.value ?? []).filter(isOpen))
/** grows whenever runs came or went */
export const runsTurn = signal(0)
/** of the runs, as the server counts: what changes while the stream is lost or opened again is seen by it */
let turnOfServer: string | undefined

type LogEvent = StudioEvents['log']
type RecordEvent = StudioEvents['record']
interface Watcher {
  /** bytes of the log that are known */
  from: number
  onLog(event: LogEvent): void
  onRecord(event: RecordEvent): void
}
/** Views that watch a run, by its name. */
const watched = signal<ReadonlyMap<string, Watcher>>(new Map())

/** @returns a function that ends it */
export function watchRun(run: string, watcher: Watcher): () => void {
  watched.value = new Map(watched.value).set(run, watcher)
  return () => {
    const rest = new Map(watched.value)
    if (rest.get(run) === watcher) rest.delete(run)
    watched.value = rest
  }
}

const put = (job: Job): void => {
  const others = (jobs.value ?? []).filter(({ id }) => id !== job.id)
  jobs.value = [...others, job].sort((a, b) => b.created - a.created)
}
/** A job that was just started or changed from here need not wait for its event. */
export const noteJob = put

export function openEvents(): void {
  let source: EventSource | undefined
  let retry: ReturnType<typeof setTimeout> | undefined
  const open = () => {
    source?.close()
    clearTimeout(retry)
    const params = new URLSearchParams()
    for (const [run, { from }] of watched.peek()) {
      params.append('run', run)
      params.append('from', String(from))
    }
    const mine = new EventSource(`/api/events?${params}`)
    source = mine
    const on = <Name extends keyof StudioEvents>(name: Name, take: (data: StudioEvents[Name]) => void) =>
      mine.addEventListener(name, event => take(JSON.parse(event.data)))
    mine.onopen = () => {
      connection.value = 'open'
    }
    mine.onerror = () => {
      connection.value = 'lost'
      // What the browser gives up on (the server answered with an error), the page asks for again.
      if (mine.readyState === EventSource.CLOSED) retry = setTimeout(open, 2000)
    }
    on('jobs', ({ jobs: all }: JobList) => {
      jobs.value = [...all].sort((a, b) => b.created - a.created)
      connection.value = 'open'
    })
    on('job', put)
    on('progress', ({ job, stages, previews, notes }) => {
      jobs.value = jobs.value?.map(one => (one.id === job ? { ...one, stages, previews, notes } : one))
    })
    on('forgotten', ({ job }) => {
      jobs.value = jobs.value?.filter(({ id }) => id !== job)
    })
    on('runs', ({ turn }) => {
      if (turnOfServer !== undefined && turn !== turnOfServer) runsTurn.value++
      turnOfServer = turn
    })
    on('log', event => {
      const watcher = watched.peek().get(event.run)
      if (!watcher) return
      watcher.from = event.next
      watcher.onLog(event)
    })
    on('record', event => watched.peek().get(event.run)?.onRecord(event))
  }
  effect(() => {
    void watched.value
    open()
  })
  // A lost connection is tried again at once where the machine says that it is back.
  window.addEventListener('online', open)
}
