/** The queue itself: BullMQ on Redis, Valkey or PostgreSQL. It is loaded only where a queue is asked for. */
import { createRequire } from 'node:module'
import { setTimeout } from 'node:timers/promises'
import type {
  Job,
  JobProgress,
  PostgresConnectionOptions,
  PostgresQueueBackend,
  Processor,
  Queue,
  Worker,
  WorkerOptions,
} from 'bullmq'
import { GlasshouseError } from '../../base/errors.ts'
import type { UnitEnd } from '../units/carry-out.node.ts'
import type { QueueAddress } from './address.ts'

const queueName = 'glasshouse'

/** Its CommonJS form: as a module it cannot load the driver of PostgreSQL by itself. */
const loadBullmq = (): typeof import('bullmq') => createRequire(import.meta.url)('bullmq')

/** The tables of the queue are made, or brought up to date, by whoever comes first. */
const postgresConnection = ({ url }: QueueAddress) => ({ connectionString: url, migrate: true })

/** What a job carries. The unit is checked by whoever takes it: others can write into the queue too. */
export interface JobData {
  unit: unknown
  /** who wants it stopped */
  cancelled?: string
}

export type UnitJob = Job<JobData, UnitEnd>
export type JobProcessor = Processor<JobData, UnitEnd>

/** What is used of a queue, whatever server it is on. */
export type UnitQueue = Pick<
  Queue<JobData, UnitEnd>,
  'addBulk' | 'getJob' | 'getJobs' | 'getJobLogs' | 'getJobCounts' | 'getRanges' | 'close'
>

/** How long the first connection may take. */
const patience = 10_000

/** @throws GlasshouseError 'queue-unreachable' */
export async function openQueue(address: QueueAddress): Promise<UnitQueue> {
  const { Queue, createPostgresBackend } = loadBullmq()
  const queue =
    address.kind === 'postgres'
      ? new Queue<
          JobData,
          UnitEnd,
          string,
          JobData,
          UnitEnd,
          string,
          PostgresQueueBackend,
          PostgresConnectionOptions
        >(queueName, { connection: postgresConnection(address) }, createPostgresBackend)
      : new Queue<JobData, UnitEnd>(queueName, {
          connection: { url: address.url, maxRetriesPerRequest: null },
        })
  let last: unknown
  // Lost connections are made again; what they were asked for waits.
  queue.on('error', error => {
    last = error
  })
  await requireReady(
    queue.waitUntilReady(),
    address,
    () => last,
    () => queue.close(),
  )
  return queue
}

export type WorkerSettings = Pick<
  WorkerOptions,
  'concurrency' | 'lockDuration' | 'stalledInterval' | 'maxStalledCount' | 'drainDelay'
>

export type UnitWorker = Pick<Worker<JobData, UnitEnd>, 'close' | 'run'>

/** Takes units from the queue as soon as `run` is called. */
export async function openWorker(
  address: QueueAddress,
  processor: JobProcessor,
  settings: WorkerSettings,
  heard: (error: Error) => void,
): Promise<UnitWorker> {
  const { Worker, createPostgresBackend } = loadBullmq()
  const options = { ...settings, autorun: false }
  const worker =
    address.kind === 'postgres'
      ? new Worker<JobData, UnitEnd, string, PostgresQueueBackend, JobProgress, PostgresConnectionOptions>(
          queueName,
          processor,
          { ...options, connection: postgresConnection(address) },
          createPostgresBackend,
        )
      : new Worker<JobData, UnitEnd>(queueName, processor, {
          ...options,
          connection: { url: address.url, maxRetriesPerRequest: null },
        })
  let last: unknown
  worker.on('error', error => {
    last = error
    heard(error)
  })
  await requireReady(
    worker.waitUntilReady(),
    address,
    () => last,
    () => worker.close(true),
  )
  return worker
}

async function requireReady(
  ready: Promise<unknown>,
  address: QueueAddress,
  reason: () => unknown,
  close: () => Promise<void>,
): Promise<void> {
  const late = new AbortController()
  let refused: unknown
  const isReady = await Promise.race([
    ready.then(
      () => true,
      error => {
        refused = error
        return false
      },
    ),
    setTimeout(patience, false, { signal: late.signal }).catch(() => false),
  ])
  late.abort()
  if (isReady) return
  void close().catch(() => {})
  const cause = refused ?? reason()
  throw new GlasshouseError({
    code: 'queue-unreachable',
    what: 'the queue cannot be reached',
    where: address.shown,
    got: cause instanceof Error ? cause.message : undefined,
    fault: 'machine',
    hint: 'Is the server running, and are its name, port and password right?',
    cause,
  })
}

/** An attempt ends with this where another one would end the same way. */
export async function setAside(reason: string): Promise<Error> {
  const { UnrecoverableError } = loadBullmq()
  return new UnrecoverableError(reason)
}

/** Hands a job back, to be taken again later. */
export async function takeLater(
  job: UnitJob,
  token: string | undefined,
  milliseconds: number,
): Promise<Error> {
  const { DelayedError } = loadBullmq()
  await job.moveToDelayed(Date.now() + milliseconds, token)
  return new DelayedError()
}
