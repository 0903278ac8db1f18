/** `train DATA`: train a classifier or an embedding, and leave a run folder. */
import { join, resolve } from 'node:path'
import { version } from '../../base/version.node.ts'
import { renderReport } from '../../figures/report.ts'
import type { TrainOutcome } from '../../runs/train.node.ts'
import { trainOptions, unusedOnResume } from '../../runs/train-options.ts'
import { defineCommand } from '../command.ts'

export const train = defineCommand({
  name: 'train',
  summary: 'train a classifier or an embedding',
  description:
    'Leaves a run folder: run.json, log.ndjson, a checkpoint per epoch, and model.onnx. A run that was stopped or killed goes on with --resume and ends with the same bytes.',
  arguments: [
    {
      name: 'data',
      description: 'folder of class folders, train/ and test/ folders, or a list of images',
      optional: true,
    },
  ],
  options: trainOptions,
  examples: [
    { line: 'train seedlings/ --net resnet18 --size 96', does: 'Train a classifier from random weights' },
    {
      line: 'train cars/ --objective epshn --hold-out-classes 0.5 --batch 64 --per-class 4',
      does: 'Train an embedding, test it on classes it never saw',
    },
    { line: 'train --resume runs/train-1', does: 'Go on with a run that was stopped' },
  ],
  folderOf: ({ resume }) => resume,
  async run(context, { data }, options) {
    // Loaded here, so that `train --help` does not wait for the engine.
    const [{ planRun, resumeRun }, { carryOut, writeDrawings }] = await Promise.all([
      import('../../runs/plan.node.ts'),
      import('../../runs/carry-out.node.ts'),
    ])
    const folder = options.resume ?? (await context.out())
    const unused = options.resume === undefined ? [] : unusedOnResume(options)
    if (unused.length) context.note(`${unused.join(', ')}: not used, a run goes on with what it began with`)
    const { record, dataset } =
      options.resume === undefined
        ? await planRun(context, data, options, folder)
        : await resumeRun(context, options.resume, data)
    const { outcome, report, drawings } = await carryOut(
      context,
      folder,
      record,
      dataset,
      options.checkpointEvery,
    ).catch(error => {
      if (context.signal.aborted) context.note(`To go on: glasshouse train --resume ${folder}`)
      throw error
    })
    for (const name of ['run.json', 'log.ndjson', 'model.onnx', 'checkpoints'])
      context.made(join(folder, name))
    await writeDrawings(context, drawings)

    const { scored } = outcome
    const score =
      scored.accuracy !== undefined
        ? { accuracy: scored.accuracy, perClass: scored.perClass }
        : { recall: scored.recall, mapAtR: scored.mapAtR }
    return {
      metrics: {
        loss: outcome.loss,
        ...score,
        epochs: record.epochs,
        steps: outcome.steps,
        imagesPerSecond: outcome.imagesPerSecond,
        secondsPerStep: outcome.secondsPerStep,
        best: record.best,
      },
      parameters: { run: resolve(folder) },
      report: renderReport({
        ...report,
        footer: `glasshouse ${version}  train ${record.data.path}  seed ${record.seed}`,
      }),
      summary: [summaryOf(outcome)],
    }
  },
})

const percent = (share: number | undefined) =>
  share === undefined ? undefined : `${(100 * share).toFixed(1)} %`

function summaryOf({ record, scored, loss, imagesPerSecond }: TrainOutcome) {
  return {
    epochs: record.epochs,
    loss: loss.toFixed(4),
    accuracy: percent(scored.accuracy),
    'recall at 1': percent(scored.recall?.['1']),
    best: record.best && `${percent(record.best.score)} (epoch ${record.best.epoch})`,
    'images/s': imagesPerSecond.toFixed(0),
  }
}
