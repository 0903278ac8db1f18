/** The page's side of the worker: tasks as promises, with their events, and a way to stop them. */
import { signal } from '@preact/signals'
import type { WorkEvent } from '../../src/base/work.ts'
import { StudioError } from '../failure.ts'
import type { DeviceAbout, FromWorker, TaskName, Tasks } from './messages.ts'

interface Open {
  done: (answer: never) => void
  failed: (error: Error) => void
  watch?: (event: WorkEvent) => void
}

const open = new Map<number, Open>()
let worker: Worker | undefined
let make: (() => Worker) | undefined

/** What networks run on in this tab; undefined before one was opened. */
export const device = signal<DeviceAbout | undefined>(undefined)

/** Where workers come from: a file that was taken from the studio holds its own. */
export function workersFrom(source: () => Worker): void {
  make ??= source
}
let last = 0

function theWorker(): Worker {
  if (worker) return worker
  if (!make) throw new Error('nobody said where workers come from')
  const made = make()
  made.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
    if ('device' in data) {
      device.value = data.device
      return
    }
    const task = open.get(data.id)
    if (!task) return
    if ('event' in data) {
      task.watch?.(data.event)
      return
    }
    open.delete(data.id)
    if ('problem' in data) task.failed(new StudioError(data.problem))
    // The task's own type was given where it was asked.
    else task.done(data.answer as never)
  })
  made.addEventListener('error', event => {
    const failure = new StudioError({
      what: `The worker of this tab failed: ${event.message || 'it could not be loaded'}.`,
      hint: 'Reload the page. A model that is too large for the memory of a tab can be looked at by the studio’s server.',
    })
    for (const task of open.values()) task.failed(failure)
    open.clear()
    made.terminate()
    worker = undefined
  })
  worker = made
  return made
}

export interface Running<T> {
  result: Promise<T>
  stop(): void
}

export function run<Name extends TaskName>(
  task: Name,
  ask: Tasks[Name]['ask'],
  watch?: (event: WorkEvent) => void,
): Running<Tasks[Name]['answer']> {
  const id = ++last
  const result = new Promise<Tasks[Name]['answer']>((done, failed) => {
    open.set(id, { done, failed, watch })
    theWorker().postMessage({ id, task, ask })
  })
  return { result, stop: () => worker?.postMessage({ id, task: 'stop' }) }
}
