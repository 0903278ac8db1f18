/** What is in the queue, for people: a list, the log of a unit, cancelling, trying again. */
import { GlasshouseError } from '../../base/errors.ts'
import { readUnit, titleOf } from '../units/unit.ts'
import type { UnitJob, UnitQueue } from './connection.node.ts'

export const jobStates = ['running', 'waiting', 'delayed', 'failed', 'finished'] as const
export type JobState = (typeof jobStates)[number]

export interface ListedJob {
  id: string
  /** 'run' or 'shard'; 'unknown' where somebody else has put it into the queue */
  kind: string
  name: string
  state: JobState
  attempts: number
  /** of its last attempt */
  seconds: number
  /** how far it is, or why it was set aside */
  note: string
}

/** BullMQ's words for ours: delayed is what failed and is tried again later. */
const states = {
  active: 'running',
  waiting: 'waiting',
  delayed: 'delayed',
  failed: 'failed',
  completed: 'finished',
} as const satisfies Record<string, JobState>

const types = ['active', 'waiting', 'delayed', 'failed', 'completed'] as const

/** At most `most` of every state, those that run first. */
export async function listJobs(queue: UnitQueue, most = 10_000): Promise<ListedJob[]> {
  const listed: ListedJob[] = []
  for (const type of types) {
    const jobs = await queue.getJobs([type], 0, most - 1)
    // A job may have gone on between the two questions.
    for (const job of jobs) if (job) listed.push(listedJob(job, states[type]))
  }
  return listed
}

function listedJob(job: UnitJob, state: JobState): ListedJob {
  const begun = job.processedOn
  const end = job.finishedOn ?? (state === 'running' ? Date.now() : begun)
  const seconds = begun === undefined || end === undefined ? 0 : Math.max(0, end - begun) / 1000
  return {
    id: job.id ?? '',
    ...describe(job.data.unit),
    state,
    attempts: job.attemptsStarted,
    seconds: Math.round(seconds * 10) / 10,
    note: state === 'failed' || state === 'delayed' ? (job.failedReason ?? '') : progressOf(job.progress),
  }
}

function describe(data: unknown): { kind: string; name: string } {
  try {
    const unit = readUnit(data)
    return { kind: unit.kind, name: titleOf(unit) }
  } catch {
    return { kind: 'unknown', name: '' }
  }
}

const progressOf = (progress: unknown): string =>
  typeof progress === 'object' && progress !== null && 'note' in progress && typeof progress.note === 'string'
    ? progress.note
    : ''

/** How far all of it is. */
export interface QueueProgress {
  counts: Record<JobState, number>
  /** units in a minute, over the last ten minutes; 0 where none has ended */
  perMinute: number
  /** undefined where nothing has ended yet */
  secondsLeft?: number
}

export function progressOver(
  jobs: readonly ListedJob[],
  finishedAt: readonly number[],
  now: number,
): QueueProgress {
  const counts = { running: 0, waiting: 0, delayed: 0, failed: 0, finished: 0 }
  for (const { state } of jobs) counts[state]++
  const recent = finishedAt.filter(time => now - time < 600_000)
  const span = recent.length ? Math.max(1000, now - Math.min(...recent)) : 0
  const perMinute = span ? (60_000 * recent.length) / span : 0
  const left = counts.running + counts.waiting + counts.delayed
  return { counts, perMinute, ...(perMinute > 0 && { secondsLeft: (60 * left) / perMinute }) }
}

/** The job whose id begins so. @throws GlasshouseError 'no-such-job' */
export async function jobNamed(queue: UnitQueue, id: string): Promise<UnitJob> {
  const whole = await queue.getJob(id)
  if (whole) return whole
  const found = (await listJobs(queue)).filter(job => job.id.startsWith(id))
  const job = found.length === 1 ? await queue.getJob(found[0].id) : undefined
  if (job) return job
  throw new GlasshouseError({
    code: 'no-such-job',
    what: found.length ? `${found.length} jobs begin so` : 'there is no such job',
    where: id,
    hint: 'glasshouse jobs lists them',
  })
}

/** A job that waits is set aside at once; one that runs is stopped by its worker within seconds. */
export async function cancelJob(queue: UnitQueue, id: string): Promise<string> {
  const job = await jobNamed(queue, id)
  const state = await job.getState()
  if (state === 'completed' || state === 'failed') throw wrongState(id, 'it has ended already')
  await job.updateData({ ...job.data, cancelled: 'by glasshouse jobs cancel' })
  return state === 'active' ? 'its worker stops it' : 'it is set aside when its turn comes'
}

export async function retryJob(queue: UnitQueue, id: string): Promise<string> {
  const job = await jobNamed(queue, id)
  if ((await job.getState()) !== 'failed') throw wrongState(id, 'it was not set aside')
  await job.updateData({ unit: job.data.unit })
  await job.retry('failed', { resetAttemptsMade: true })
  return 'it waits again'
}

export async function logOf(queue: UnitQueue, id: string): Promise<string[]> {
  const { id: whole = id } = await jobNamed(queue, id)
  return (await queue.getJobLogs(whole)).logs
}

const wrongState = (where: string, what: string): GlasshouseError =>
  new GlasshouseError({ code: 'job-state', what, where, hint: 'glasshouse jobs says how each stands' })
