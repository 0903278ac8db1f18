/** `jobs`: what is in a queue, and what becomes of it. */
import { setTimeout } from 'node:timers/promises'
import { z } from 'zod'
import { GlasshouseError } from '../base/errors.ts'
import { note } from '../base/work.ts'
import type { ListedJob, QueueProgress } from '../runs/queue/jobs.node.ts'
import { defineCommand } from './command.ts'
import { runnerOptions } from './runner-options.ts'
import { table } from './summary.ts'

const actions = ['cancel', 'retry', 'logs'] as const

export const jobs = defineCommand({
  name: 'jobs',
  summary: 'what is in a queue, how far it is, and what was set aside and why',
  description:
    'Without a word it lists all units. `jobs logs ID` shows what a unit has said, `jobs cancel ID` stops it, `jobs retry ID` tries again what was set aside. The first letters of an id are enough.',
  arguments: [
    { name: 'action', description: 'cancel, retry or logs', optional: true },
    { name: 'id', description: 'the unit', optional: true },
  ],
  options: z.object({
    queue: runnerOptions.queue.meta({ value: 'URL', needs: [] }),
    follow: z.boolean().default(false).describe('show progress until nothing waits or runs'),
  }),
  examples: [
    { line: 'jobs --queue redis://queue.lab:6379 --follow', does: 'Watch all workers together' },
    { line: 'jobs logs 3f9a', does: 'What the unit has said; the queue is in GLASSHOUSE_QUEUE' },
  ],
  makesNothing: true,
  check({ action, id }) {
    if (action !== undefined && !actions.some(known => known === action))
      throw new GlasshouseError({
        code: 'usage',
        what: 'there is no such action',
        where: 'glasshouse jobs',
        expected: actions.join(', '),
        got: action,
      })
    if (action !== undefined && id === undefined)
      throw new GlasshouseError({
        code: 'argument-missing',
        what: 'no job is named',
        where: `glasshouse jobs ${action}`,
        hint: 'glasshouse jobs lists them with their ids',
      })
  },
  async run(context, { action, id = '' }, { queue: given, follow }) {
    const [{ queueAddress }, { openQueue }, asked] = await Promise.all([
      import('../runs/queue/address.ts'),
      import('../runs/queue/connection.node.ts'),
      import('../runs/queue/jobs.node.ts'),
    ])
    const address = queueAddress(given)
    const queue = await openQueue(address)
    const parameters = { queue: address.shown }
    try {
      if (action === 'logs') {
        const lines = await asked.logOf(queue, id)
        return { metrics: { lines }, summary: lines.join('\n') || 'It has said nothing yet.', parameters }
      }
      if (action === 'cancel' || action === 'retry') {
        const said = await (action === 'cancel' ? asked.cancelJob : asked.retryJob)(queue, id)
        const jobs = (await asked.listJobs(queue)).filter(job => job.id.startsWith(id))
        return { metrics: { jobs }, summary: `${id}: ${said}`, parameters }
      }
      const ended: number[] = []
      let jobs = await asked.listJobs(queue)
      let before = finishedIn(jobs)
      let progress = asked.progressOver(jobs, ended, Date.now())
      while (follow && !context.signal.aborted && isAtWork(progress)) {
        note(context, progressLine(progress))
        await setTimeout(2000, undefined, { signal: context.signal }).catch(() => {})
        jobs = await asked.listJobs(queue)
        const now = finishedIn(jobs)
        for (; before < now; before++) ended.push(Date.now())
        progress = asked.progressOver(jobs, ended, Date.now())
      }
      return { metrics: { jobs, counts: progress.counts }, summary: listOf(jobs, progress), parameters }
    } finally {
      await queue.close()
    }
  },
})

const finishedIn = (jobs: readonly ListedJob[]): number =>
  jobs.filter(({ state }) => state === 'finished').length

const isAtWork = ({ counts }: QueueProgress): boolean => counts.running + counts.waiting + counts.delayed > 0

function progressLine({ counts, perMinute, secondsLeft }: QueueProgress): string {
  const states = Object.entries(counts).flatMap(([state, count]) => (count ? [`${count} ${state}`] : []))
  const rate = perMinute ? [`${perMinute.toFixed(1)} a minute`] : []
  const left = secondsLeft === undefined ? [] : [`about ${Math.ceil(secondsLeft / 60)} min left`]
  return [...states, ...rate, ...left].join(', ')
}

/** A terminal shows as many lines as a person reads; --json has all. */
const mostLines = 100

function listOf(jobs: readonly ListedJob[], progress: QueueProgress): string {
  if (jobs.length === 0) return 'The queue is empty.'
  const rows = jobs.slice(0, mostLines).map(({ id, kind, name, state, attempts, seconds, note: said }) => ({
    id: id.slice(0, 8),
    kind,
    name,
    state,
    attempts: String(attempts),
    seconds: seconds.toFixed(1),
    note: said.slice(0, 60),
  }))
  const more = jobs.length - rows.length
  return [table(rows), ...(more ? [`and ${more} more`] : []), progressLine(progress)].join('\n')
}
