/** A training from data to page in one call: what a program asks for, where a person types `train`. */
import { openObjective } from '../objectives/own.node.ts'
import { checkOptions } from '../options/options.ts'
import { createContext } from '../runtime/context.node.ts'
import type { OutputContext } from '../runtime/context.ts'
import { beginRun } from './carry-out.node.ts'
import type { RunRecord } from './record.ts'
import type { DrawnRun } from './report.node.ts'
import type { TrainOutcome } from './train.node.ts'
import { requireUsed } from './train-checks.ts'
import { type TrainOptions, trainOptions } from './train-options.ts'

export interface FinishedRun extends DrawnRun {
  /** the run folder */
  folder: string
  record: RunRecord
  outcome: TrainOutcome
}

/**
 * Trains a network on the images of `data` and leaves a run folder: the context's `out()`. The options are those of
 * the command `train`, in camelCase.
 *
 * @throws GlasshouseError where an option or the data does not fit, before anything is computed
 */
export async function train(
  data: string,
  options: Partial<TrainOptions> = {},
  context: OutputContext = createContext(),
): Promise<FinishedRun> {
  const checked = checkOptions(trainOptions, options)
  requireUsed(Object.keys(options), checked, (await openObjective(checked.objective)).objective)
  const folder = await context.out()
  const { outcome, draw } = await beginRun(context, data, checked, folder)
  const { record } = outcome
  const [drawn, { pageOf }] = [await draw(), await import('../figures/page.node.ts')]
  await context.write('index.html', await pageOf(context, `train ${record.data.path}`, drawn, record))
  return { folder, record, outcome, ...drawn }
}
