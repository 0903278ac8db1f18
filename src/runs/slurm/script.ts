/** The batch script: an array of workers, each taking units from one list. It is written to be read. */
import { createHash } from 'node:crypto'
import type { Cluster } from './cluster.ts'

export interface Jobs {
  /** of all jobs that work on this folder */
  name: string
  /** absolute; the results folder, in which the list of units lies */
  folder: string
  /** units may read and write in these */
  folders: readonly string[]
  /** threads of a unit */
  threads: number
  /** tasks of the array, and how many of them at once */
  count: number
  atOnce: number
  /** starts glasshouse, as words */
  program: readonly string[]
}

/** The jobs of one folder, by its whole path, whoever asks for them. */
export const jobName = (folder: string): string =>
  `glasshouse-${createHash('sha256').update(folder).digest('hex').slice(0, 10)}`

/** More tasks than run at once take over where those before them have reached their time limit. */
export const arrayOf = (units: number, atMost: number | undefined, most: number) => {
  const count = Math.max(1, Math.min(units, most))
  return { count, atOnce: Math.min(count, atMost ?? count) }
}

export function batchScript(jobs: Jobs, cluster: Cluster): string {
  const { folder, count, atOnce } = jobs
  const settings: [string, string | number | undefined][] = [
    ['job-name', jobs.name],
    ['array', `0-${count - 1}${atOnce < count ? `%${atOnce}` : ''}`],
    ['chdir', folder],
    ['output', `${folder.replaceAll('%', '%%')}/units/logs/job-%A_%a.log`],
    ['open-mode', 'append'],
    ['nodes', 1],
    ['ntasks', 1],
    ['cpus-per-task', cluster.cpus ?? jobs.threads],
    ['partition', cluster.partition],
    ['account', cluster.account],
    ['qos', cluster.qos],
    ['constraint', cluster.constraint],
    ['time', cluster.time],
    ['mem', cluster.memory],
    ['gpus', cluster.gpus],
    ['signal', `B:TERM@${cluster.warning}`],
  ]
  const options = settings.flatMap(([key, value]) =>
    value === undefined ? [] : [`--${key}=${quoted(String(value))}`],
  )
  const words = [
    ...(cluster.program ?? jobs.program),
    ...['worker', '--units', folder],
    ...jobs.folders.flatMap(path => ['--folder', path]),
  ]
  return [
    '#!/bin/bash -l',
    '# Each task of this array is a worker. It takes units of work from units/list.jsonl of the results folder, one',
    '# after another, until none is left. Shortly before the time limit it saves a checkpoint and leaves; another task,',
    '# or the same command again, goes on from there.',
    ...[...options, '--requeue', ...cluster.options].map(option => `#SBATCH ${option}`),
    '',
    ...cluster.modules.map(name => `module load ${shellWord(name)}`),
    ...cluster.prologue,
    `exec ${words.map(shellWord).join(' ')}`,
    '',
  ].join('\n')
}

/** As sbatch reads it. */
const quoted = (text: string): string =>
  /[\s"'#\\]/.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : text

/** As the shell reads it. */
const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
