/** Slurm's own programs, asked one thing at a time. What they print is data for us and reasons for people. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { GlasshouseError } from '../../base/errors.ts'
import { queueVariable } from '../queue/address.ts'

const execute = promisify(execFile)

/** Slurm itself tries for a while before it gives up. */
const patience = 90_000

/** @throws GlasshouseError 'slurm-missing', or 'slurm-refused' with what the program said */
async function ask(program: string, words: readonly string[]): Promise<string> {
  // Secrets of a queue are no business of jobs, and would be part of their environment.
  const { [queueVariable]: _, ...env } = process.env
  try {
    const { stdout } = await execute(program, words, { env, timeout: patience, maxBuffer: 2 ** 28 })
    return stdout
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string }
    if (code === 'ENOENT')
      throw new GlasshouseError({
        code: 'slurm-missing',
        what: `Slurm's program ${program} is not on this machine`,
        fault: 'user',
        hint: 'Run this on a login node of the cluster, or use --on local or --on queue',
        cause: error,
      })
    const said = (stderr ?? '')
      .split('\n')
      .map(line => line.replace(/^\w+: (error|fatal): /, '').trim())
      .filter(line => line !== '')
    throw new GlasshouseError({
      code: 'slurm-refused',
      what: `${program} failed`,
      got: [...new Set(said)].join('; ') || (error as Error).message,
      fault: 'machine',
      hint: hints.find(([pattern]) => pattern.test(said.join('\n')))?.[1],
      cause: error,
    })
  }
}

const hints: readonly (readonly [RegExp, string])[] = [
  [
    /MaxWall|time limit is/i,
    'sinfo and sacctmgr show qos show how long jobs may take; give a shorter --time',
  ],
  [
    /Max(Cpu|Mem|Node|TRES|Gres)\w*Limit/i,
    'Jobs may not be as large as that: ask for fewer cores, less memory or fewer GPUs',
  ],
  [/(MaxSubmit|MaxJobs|Grp)\w*Limit/i, 'No more jobs are allowed at a time: wait until some have ended'],
  [
    /CPU count/i,
    'No node has that many cores; --threads says how many a unit uses, cpus in cluster.json those of a job',
  ],
  [/invalid account/i, 'Name an account that you may use by --account or in cluster.json'],
  [/partition/i, 'sinfo lists the partitions; name one by --partition or in cluster.json'],
  [
    /memory|configuration is not available/i,
    'sinfo -o "%P %c %m %G" shows what nodes have; ask for less of it',
  ],
  [/qos/i, 'Name a quality of service that you may use in cluster.json'],
  [
    /contact|connect|timed out|configuration file/i,
    'Is this machine part of the cluster, and does sinfo work here?',
  ],
]

/**
 * Too many jobs already, here or of this user; or nobody answers. Later it may be otherwise. What Slurm says of a policy
 * is the same line for a limit on the number of jobs, which passes, and one on the size or time of each, which stays; a
 * word such as QOSMaxWallDurationPerJobLimit before it tells them apart.
 */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof GlasshouseError) || error.code !== 'slurm-refused') return false
  const said = error.got ?? ''
  const limits = said.match(/\b\w*(max|grp)\w*limit\b/gi)
  if (limits) return limits.every(limit => /submit|jobs|grp/i.test(limit))
  return /violates accounting|limit.*(exceed|reach)|temporarily un|timed out|connect failure|connection refused|contact slurm/i.test(
    said,
  )
}

/** @returns the number of the array job */
export async function submitScript(path: string): Promise<string> {
  const said = await ask('sbatch', ['--parsable', path])
  return said.trim().split(';')[0]
}

/** Of a cluster that does not say otherwise. */
export const usualArray = 1000

/** The largest array that the cluster takes. */
export async function largestArray(): Promise<number> {
  const found = /^MaxArraySize\s*=\s*(\d+)/m.exec(await ask('scontrol', ['show', 'config']))
  return found ? Math.max(1, Number(found[1]) - 1) : usualArray
}

export interface LiveJobs {
  running: number
  pending: number
  /** why those that wait do */
  reasons: string[]
}

/** The jobs of this name that Slurm still means to do, or is at. */
export async function liveJobs(name: string): Promise<LiveJobs> {
  const said = await ask('squeue', ['-h', '-r', '-u', user(), '-n', name, '-o', '%T|%r'])
  const jobs = said
    .split('\n')
    .filter(line => line !== '')
    .map(line => line.split('|'))
  const waiting = jobs.filter(([state]) => state === 'PENDING' || state.startsWith('REQUEUE'))
  return {
    pending: waiting.length,
    running: jobs.length - waiting.length,
    reasons: [...new Set(waiting.map(([, reason]) => reason))].filter(reason => reason && reason !== 'None'),
  }
}

/**
 * How the jobs of an array have ended: `2 TIMEOUT`, `1 OUT_OF_MEMORY`. Accounting knows it for long; where there is none,
 * Slurm itself forgets after minutes, and nothing is known then.
 */
export async function endsOfJobs(id: string): Promise<string[]> {
  const said = await ask('sacct', ['-n', '-P', '-X', '-j', id, '-o', 'State'])
    .catch(() => ask('squeue', ['-h', '-r', '-t', 'all', '-j', id, '-o', '%T']))
    .catch(() => '')
  return endsIn(said)
}

/** A state on a line, which may say more behind a blank, such as `CANCELLED by 1000`. */
export function endsIn(text: string): string[] {
  const counts = new Map<string, number>()
  for (const [state] of text.matchAll(/^[A-Z_]+/gm)) {
    if (/^(PENDING|RUNNING|COMPLETING|CONFIGURING|SUSPENDED|REQUEUED)$/.test(state)) continue
    counts.set(state, (counts.get(state) ?? 0) + 1)
  }
  return [...counts].map(([state, count]) => `${count} ${state}`)
}

/**
 * Takes the jobs of this name away: those that have not begun, or all. One that is being queued again is still at its end
 * for scancel, and only all takes it.
 */
export async function cancelJobs(name: string, which: 'pending' | 'all'): Promise<void> {
  await ask('scancel', ['-u', user(), '-n', name, ...(which === 'pending' ? ['-t', 'PENDING'] : [])])
}

const user = (): string => String(process.getuid?.() ?? process.env.USER ?? '')

/**
 * Seconds until this job is ended by Slurm, from the environment of the job; undefined outside of one, or where it has no
 * limit.
 */
export async function secondsLeft(env: NodeJS.ProcessEnv = process.env): Promise<number | undefined> {
  const { SLURM_JOB_ID: id } = env
  if (id === undefined || !/^\d+$/.test(id)) return undefined
  return secondsIn(await ask('squeue', ['-h', '-j', id, '-o', '%L']).catch(() => ''))
}

/** D-HH:MM:SS, HH:MM:SS or MM:SS. */
export function secondsIn(text: string): number | undefined {
  const [, days = '0', clock] = /^(?:(\d+)-)?(\d+(?::\d+){1,2})$/.exec(text.trim()) ?? []
  if (clock === undefined) return undefined
  return clock.split(':').reduce((sum, part) => 60 * sum + Number(part), 0) + 86_400 * Number(days)
}
