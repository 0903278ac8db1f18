/** Who does the work that can be spread: processes of this machine, the workers of a queue, or jobs of Slurm. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileError } from '../base/files.node.ts'
import type { Work } from '../base/work.ts'
import type { Cluster, ClusterFlags } from './slurm/cluster.ts'
import { arrayOf, batchScript, jobName } from './slurm/script.ts'
import type { SweepPlan } from './sweep/carry-out.node.ts'
import type { Runner } from './sweep/runner.ts'
import type { Submitter } from './units/ask.node.ts'
import { program } from './units/child.node.ts'
import { refused } from './units/unit.ts'

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
    const [{ openSlurm }, cluster] = await Promise.all([import('./slurm/submit.node.ts'), clusterOf(wishes)])
    const { folder, atMost, threads } = wishes
    const submitter = await openSlurm({ folder, cluster, atMost, threads, program }, work)
    return { takes: submitter, shown: { cluster }, close: () => submitter.close() }
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

/** The script that Slurm would get for so many units; it is not asked how large an array it takes. */
export async function scriptFor(
  wishes: Elsewhere,
  units: number,
  folders: readonly string[],
): Promise<string> {
  const folder = resolve(wishes.folder)
  const { threads, atMost } = wishes
  const jobs = { name: jobName(folder), folder, folders, threads, program, ...arrayOf(units, atMost, 1000) }
  return batchScript(jobs, await clusterOf(wishes))
}
