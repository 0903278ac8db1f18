/** Who does the work that can be spread: processes of this machine, the workers of a queue, or jobs of Slurm. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { mapConcurrently } from '../base/concurrent.ts'
import { fileError } from '../base/files.node.ts'
import type { Work } from '../base/work.ts'
import type { Cluster, ClusterFlags } from './slurm/cluster.ts'
import type { SlurmWishes } from './slurm/submit.node.ts'
import type { SweepPlan } from './sweep/carry-out.node.ts'
import type { Runner } from './sweep/runner.ts'
import type { Submitter } from './units/ask.node.ts'
import { program } from './units/child.node.ts'
import { refused, type Unit } from './units/unit.ts'

/** Where the work is done that is not done here, and how. */
export interface Elsewhere extends ClusterFlags {
  on: 'queue' | 'slurm'
  queue?: string
  /** units in the queue, or jobs, at once */
  atMost?: number
  /** cluster.json */
  cluster?: string
  /** of the results */
  folder: string
  /** of a unit */
  threads: number
}

export interface Opened<T> {
  takes: T
  /** what of it is recorded */
  shown: Record<string, unknown>
  close(): Promise<void>
}

/** Whoever takes units. */
export async function openSubmitter(wishes: Elsewhere, work: Work): Promise<Opened<Submitter>> {
  if (wishes.on === 'slurm') {
    const [{ openSlurm }, forSlurm] = await Promise.all([
      import('./slurm/submit.node.ts'),
      slurmWishes(wishes),
    ])
    const submitter = await openSlurm(forSlurm, work)
    return { takes: submitter, shown: { cluster: forSlurm.cluster }, close: () => submitter.close() }
  }
  const [{ queueAddress }, { openQueueSubmitter }] = await Promise.all([
    import('./queue/address.ts'),
    import('./queue/submit.node.ts'),
  ])
  const address = queueAddress(wishes.queue)
  const submitter = await openQueueSubmitter(address, work)
  return { takes: submitter, shown: { queue: address.shown }, close: () => submitter.close() }
}

/** Whoever carries out the runs of a sweep. */
export async function openRunner(
  wishes: Elsewhere | { on: 'local' },
  { own }: Pick<SweepPlan, 'own'>,
  work: Work,
): Promise<Opened<Runner>> {
  if (wishes.on === 'local') {
    const { processRunner } = await import('./sweep/process-runner.node.ts')
    return { takes: processRunner, shown: {}, close: async () => {} }
  }
  const [file] = own.keys()
  if (file !== undefined) throw refused('objectives in files are code, and units carry data only', file)
  const [{ unitRunner }, opened] = await Promise.all([
    import('./units/ask.node.ts'),
    openSubmitter(wishes, work),
  ])
  return { ...opened, takes: unitRunner(opened.takes) }
}

async function slurmWishes(wishes: Elsewhere): Promise<SlurmWishes> {
  const { folder, atMost, threads } = wishes
  return { folder: resolve(folder), cluster: await clusterOf(wishes), atMost, threads, program }
}

async function clusterOf({
  cluster: path,
  partition,
  account,
  time,
  memory,
  gpus,
}: Elsewhere): Promise<Cluster> {
  const { readCluster, withFlags } = await import('./slurm/cluster.ts')
  const text =
    path === undefined
      ? '{}'
      : await readFile(path, 'utf8').catch(error => {
          throw fileError(error, path)
        })
  return withFlags(readCluster(text, path ?? 'cluster.json'), { partition, account, time, memory, gpus })
}

/** The script that Slurm would get for what is missing of these units. */
export async function scriptFor(wishes: Elsewhere, units: readonly Unit[]): Promise<string> {
  const [{ jobsFor }, { batchScript }, { largestArray, usualArray }, { endOf }] = await Promise.all([
    import('./slurm/submit.node.ts'),
    import('./slurm/script.ts'),
    import('./slurm/commands.node.ts'),
    import('./units/carry-out.node.ts'),
  ])
  const ends = await mapConcurrently(units, 16, unit => endOf(unit))
  const missing = units.filter((_, at) => ends[at] === undefined)
  const most = await largestArray().catch(() => usualArray)
  const forSlurm = await slurmWishes(wishes)
  return batchScript(jobsFor(missing, missing.length, most, forSlurm), forSlurm.cluster)
}
