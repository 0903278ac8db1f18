/**
 * The events of work that a child process does, handed to its parent over the channel between processes (IPC). The
 * child is this program, started with `relayOptions`; it ends with its parent, however that ended, since the next
 * parent would do the same work in the same folder.
 *
 * A parent that is busy is not flooded: progress of a stage is sent ten times a second at most, and of the previews of
 * a name the newest, when the one before has been taken.
 */
import type { ChildProcess, SpawnOptions } from 'node:child_process'
import { z } from 'zod'
import { GlasshouseError } from './errors.ts'
import { createPace, type JoinedWork, joinWork, type Work, type WorkEvent } from './work.ts'

const variable = 'GLASSHOUSE_RELAY'

/** How a child is started so that it hands its events on; standard output and error are left to the caller. */
export const relayOptions = (): Pick<SpawnOptions, 'serialization' | 'env'> => ({
  serialization: 'advanced',
  env: { ...process.env, [variable]: 'yes' },
})

/** Takes the events of a child in, until it is gone. @param of names the part of the work that the child does */
export function relayFrom(child: ChildProcess, work: Pick<Work, 'emit'>, of?: string): JoinedWork {
  const joined = joinWork(work, of)
  child.on('message', message => {
    if (isEvent(message)) joined.emit(message)
  })
  child.on('close', () => joined.end())
  return joined
}

const kinds: readonly string[] = ['stage', 'progress', 'end', 'note', 'preview'] satisfies WorkEvent['kind'][]

const isEvent = (message: unknown): message is WorkEvent =>
  typeof message === 'object' &&
  message !== null &&
  'kind' in message &&
  typeof message.kind === 'string' &&
  kinds.includes(message.kind)

let toParent: Work['emit'] | undefined

/** In a child: takes events for the parent; undefined where there is none that listens. */
export function relayToParent(): Work['emit'] | undefined {
  if (!process.send || process.env[variable] === undefined) return undefined
  if (toParent) return toParent
  process.once('disconnect', () => process.exit(130))
  if (!process.connected) process.exit(130)
  // Listening to the channel would keep a process alive that has nothing left to do.
  process.channel?.unref()
  toParent = createSender((event, taken) => process.send?.(event, taken))
  return toParent
}

/** Milliseconds between two signs of progress of a stage. */
const progressEvery = 100

type Progress = Extract<WorkEvent, { kind: 'progress' }>
type Preview = Extract<WorkEvent, { kind: 'preview' }>

/** @param send calls `taken` when the other side has room for more */
export function createSender(send: (event: WorkEvent, taken: () => void) => void): Work['emit'] {
  const stages = new Map<number, { isDue: () => boolean; last?: Progress }>()
  const previews = new Map<string, Preview>()
  let isSending = false
  const sendPreview = () => {
    const [next] = previews.values()
    isSending = next !== undefined
    if (!next) return
    previews.delete(next.name)
    send(next, sendPreview)
  }
  return event => {
    if (event.kind === 'preview') {
      previews.set(event.name, event)
      if (!isSending) sendPreview()
      return
    }
    if (event.kind === 'stage') stages.set(event.id, { isDue: createPace(progressEvery) })
    if (event.kind === 'progress') {
      const stage = stages.get(event.id)
      if (stage && !stage.isDue()) {
        stage.last = event
        return
      }
      if (stage) stage.last = undefined
    }
    if (event.kind === 'end') {
      // What it had come to, before it ends.
      const last = stages.get(event.id)?.last
      stages.delete(event.id)
      if (last) send(last, () => {})
    }
    send(event, () => {})
  }
}

/** In a child: tells the parent what it fails with; nothing where no parent listens. */
export function failToParent(error: unknown): void {
  if (!relayToParent() || !(error instanceof GlasshouseError) || !process.connected) return
  const { code, what, where, path, expected, got, hint } = error
  process.send?.({ kind: 'failure', failure: { code, what, where, path, expected, got, hint } })
}

/** The failure in a message of a child; undefined where it is something else. */
export function failureIn(message: unknown): GlasshouseError | undefined {
  const checked = failureMessage.safeParse(message)
  return checked.success ? new GlasshouseError(checked.data.failure) : undefined
}

const text = z.string().optional()
const failureMessage = z.object({
  kind: z.literal('failure'),
  failure: z.object({
    code: z.custom<GlasshouseError['code']>(code => typeof code === 'string'),
    what: z.string(),
    where: text,
    path: z.array(z.string()).optional(),
    expected: text,
    got: text,
    hint: text,
  }),
})
