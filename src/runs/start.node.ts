/** A training from data to page in one call: what a program asks for, where a person types `train`. */
import { version } from '../base/version.node.ts'
import { renderReport } from '../figures/report.ts'
import { checkOptions } from '../options/options.ts'
import { createContext } from '../runtime/context.node.ts'
import type { OutputContext } from '../runtime/context.ts'
import { type CarriedOut, carryOut, writeDrawings } from './carry-out.node.ts'
import { planRun } from './plan.node.ts'
import type { RunRecord } from './record.ts'
import { type TrainOptions, trainOptions } from './train-options.ts'

export interface FinishedRun extends CarriedOut {
  /** the run folder */
  folder: string
  record: RunRecord
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
  const folder = await context.out()
  const { record, dataset } = await planRun(context, data, checked, folder)
  const done = await carryOut(context, folder, record, dataset, checked.checkpointEvery)
  await writeDrawings(context, done.drawings)
  await context.write(
    'index.html',
    renderReport({
      ...done.report,
      footer: `glasshouse ${version}  train ${record.data.path}  seed ${record.seed}`,
    }),
  )
  return { folder, record, ...done }
}
