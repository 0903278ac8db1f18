/** `train DATA`: train a classifier or an embedding, and leave a run folder. */
import { join, resolve } from 'node:path'
import { percent } from '../base/percent.ts'
import { note } from '../base/work.ts'
import { predictionsName } from '../runs/predictions.node.ts'
import type { TrainOutcome } from '../runs/train.node.ts'
import { requireUsed } from '../runs/train-checks.ts'
import { trainOptions } from '../runs/train-options.ts'
import { defineCommand } from './command.ts'

export const train = defineCommand({
  name: 'train',
  summary: 'train a classifier or an embedding',
  description:
    'Writes a run folder: run.json, log.ndjson, a checkpoint per epoch, and model.onnx. --resume continues a run that was stopped or killed, and ends with the same bytes.',
  arguments: [
    {
      name: 'data',
      kind: 'data',
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
    { line: 'train --resume runs/train-1', does: 'Continue a run that was stopped' },
    { line: 'train --resume runs/train-1 --epochs 40', does: 'Extend one that has ended' },
  ],
  folderOf: ({ resume }) => resume,
  async check(_, options, given) {
    const { openObjective } = await import('../objectives/own.node.ts')
    requireUsed(given, options, (await openObjective(options.objective)).objective)
  },
  async run(context, { data }, options) {
    // Loaded here, so that `train --help` does not wait for the engine.
    const { beginRun, continueRun } = await import('../runs/carry-out.node.ts')
    const folder = options.resume ?? (await context.out())
    const training =
      options.resume === undefined
        ? beginRun(context, data, options, folder)
        : continueRun(context, folder, {
            data,
            objective: options.objective,
            epochs: context.given.has('epochs') ? options.epochs : undefined,
            patience: options.patience,
            checkpointEvery: options.checkpointEvery,
          })
    const { outcome, draw } = await training.catch(async error => {
      const { isRunFolder } = await import('../runs/folder.node.ts')
      if (context.signal.aborted && isRunFolder(folder))
        note(context, `To continue: glasshouse train --resume ${folder}`)
      throw error
    })
    for (const name of ['run.json', 'log.ndjson', 'model.onnx', 'checkpoints'])
      context.made(join(folder, name))
    const { record } = outcome
    return {
      metrics: metricsOf(outcome),
      parameters: { run: resolve(folder) },
      async draw() {
        const [drawn, { pageOf }] = [await draw(), await import('../figures/page.node.ts')]
        if (drawn.answers) context.made(join(folder, predictionsName))
        return pageOf(context, `train ${record.data.path}`, drawn, record)
      },
      summary: [summaryOf(outcome)],
    }
  },
})

function metricsOf({
  record,
  scored,
  loss,
  steps,
  imagesPerSecond,
  secondsPerStep,
  computing,
}: TrainOutcome) {
  const score =
    scored.accuracy !== undefined
      ? {
          accuracy: scored.accuracy,
          macroF1: scored.macroF1,
          perClass: scored.perClass,
          precision: scored.precision,
          f1: scored.f1,
        }
      : { recall: scored.recall, mapAtR: scored.mapAtR }
  return {
    loss,
    ...score,
    epochs: record.epochs,
    steps,
    imagesPerSecond,
    secondsPerStep,
    computing,
    best: record.best,
  }
}

const percentOf = (share: number | undefined) => (share === undefined ? undefined : percent(share))

function summaryOf({ record, scored, loss, imagesPerSecond, computing }: TrainOutcome) {
  return {
    epochs: record.epochs,
    loss: loss.toFixed(4),
    accuracy: percentOf(scored.accuracy),
    'mean F1': percentOf(scored.macroF1),
    'recall at 1': percentOf(scored.recall?.['1']),
    best: record.best && `${percent(record.best.score)} (epoch ${record.best.epoch})`,
    'images/s': imagesPerSecond.toFixed(0),
    computing: percent(computing),
  }
}
