/** What a stream of events tells of the runs that its reader watches, and of the list of all runs. */
import { stat } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { isRunFolder, readRecord, recordFile } from '../runs/folder.node.ts'
import { listRun } from '../runs/list.node.ts'
import { logFile } from '../runs/log.node.ts'
import type { Reader } from './events.ts'
import { readTail, type TailPlace } from './log-tail.ts'
import type { Studio } from './studio.ts'

/** Milliseconds between two looks at a run's files. */
const lookEvery = 400

/**
 * Sends the new lines of the logs of these runs and the changes of their records, until the stream ends.
 * @param from by run: where its log was read to already
 */
export async function watchRuns(
  { folders }: Studio,
  reader: Reader,
  names: readonly string[],
  from: readonly number[],
): Promise<void> {
  const watched = await Promise.all(
    names.map(async (run, at) => ({
      run,
      place: await folders.ofRun(run),
      tail: { offset: from[at] ?? 0 } as TailPlace,
      stamp: '',
    })),
  )
  const id = () => watched.map(({ tail }) => tail.offset).join('.')
  while (!reader.signal.aborted) {
    for (const one of watched) {
      const { run, place, tail } = one
      // The next part waits until the last one was taken: a slow reader fills no memory.
      for (let more = reader.isIdle; more && !reader.signal.aborted; ) {
        const part = await readTail(logFile(place), tail)
        if (!part) break
        const { lines, next, reset } = part
        reader.send('log', { run, lines, next, ...(reset && { reset: true as const }) }, id())
        more = part.more && reader.isIdle
      }
      const stamp = await stampOf(place)
      if (stamp === one.stamp) continue
      const isFirst = one.stamp === ''
      one.stamp = stamp
      if (isFirst) continue
      const record = isRunFolder(place) ? await readRecord(place).catch(() => undefined) : undefined
      reader.send('record', { run, listed: await listRun(place, run), ...(record && { record }) })
    }
    await setTimeout(lookEvery, undefined, { signal: reader.signal }).catch(() => {})
  }
}

async function stampOf(place: string): Promise<string> {
  const found = await stat(recordFile(place)).catch(() => undefined)
  return found ? `${found.ino} ${found.mtimeMs}` : 'none'
}

/** Milliseconds between two looks at the list of runs, while somebody reads. */
const listEvery = 4000

/** Says when the list of runs has changed, until `signal` is aborted. */
export async function watchList(
  { catalogue, events }: Pick<Studio, 'catalogue' | 'events'>,
  signal: AbortSignal,
): Promise<void> {
  let before: string | undefined
  while (!signal.aborted) {
    await setTimeout(listEvery, undefined, { signal, ref: false }).catch(() => {})
    if (signal.aborted || events.readers === 0) continue
    const runs = await catalogue.list().catch(() => [])
    const now = runs.map(({ name, state, changed }) => `${name} ${state} ${changed}`).join('\n')
    if (before !== undefined && now !== before) events.noteRuns()
    before = now
  }
}
