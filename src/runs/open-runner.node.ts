/** Who carries the runs of a sweep out: processes of this machine, or the workers of a queue. */

import type { Work } from '../base/work.ts'
import type { SweepPlan } from './sweep/carry-out.node.ts'
import type { Runner } from './sweep/runner.ts'
import { refused } from './units/unit.ts'

export interface OpenedRunner {
  runner: Runner
  /** what of it is recorded */
  shown: Record<string, unknown>
  close(): Promise<void>
}

export async function openRunner(
  on: 'local' | 'queue',
  queue: string | undefined,
  { own }: Pick<SweepPlan, 'own'>,
  work: Work,
): Promise<OpenedRunner> {
  if (on === 'local') {
    const { processRunner } = await import('./sweep/process-runner.node.ts')
    return { runner: processRunner, shown: {}, close: async () => {} }
  }
  const [{ queueAddress }, { openSubmitter }, { queueRunner }] = await Promise.all([
    import('./queue/address.ts'),
    import('./queue/submit.node.ts'),
    import('./queue/runner.node.ts'),
  ])
  const address = queueAddress(queue)
  const [file] = own.keys()
  if (file !== undefined) throw refused('objectives in files are code, and a queue carries data only', file)
  const submitter = await openSubmitter(address, work)
  return { runner: queueRunner(submitter), shown: { queue: address.shown }, close: () => submitter.close() }
}
