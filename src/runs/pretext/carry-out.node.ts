/**
 * A pretext task from data to findings: a training for each seed, each a run folder of its own, and what stands beside
 * its accuracy: chance, linear baselines, shuffled labels, and the crossed controls.
 *
 * The same call with the same folder goes on where it stood: runs that have finished are only read.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { meanOf } from '../../base/statistics.ts'
import { note } from '../../base/work.ts'
import { momentsOfClips } from '../../data/pretext/clips.node.ts'
import { pretextTaskNamed } from '../../data/pretext/registry.ts'
import type { PretextTask } from '../../data/pretext/task.ts'
import { type Answers, classify } from '../../models/classification.ts'
import type { Network } from '../../nets/network.ts'
import { softmax } from '../../objectives/softmax.ts'
import type { Context } from '../../runtime/context.ts'
import { beginRun, type CarriedOut, continueRun } from '../carry-out.node.ts'
import { isRunFolder, readRecord } from '../folder.node.ts'
import { openModelWith } from '../open-model.node.ts'
import { requireSameRun } from '../planned-record.node.ts'
import type { PretextPlan } from '../record.ts'
import type { SizedOptions } from '../train-options.ts'
import { answersTo, type TrainingData } from '../training-data.node.ts'
import { type LinearBaselines, linearBaselines } from './baselines.node.ts'
import { type ControlCell, crossedControls } from './controls.node.ts'
import { pretextGeometry } from './data.node.ts'
import { pooledFeatures } from './features.node.ts'
import { type Interval, independentAnswers, intervalOf } from './interval.ts'
import { type LensCell, lensControl } from './lens-control.node.ts'
import { type PretextOptions, trainingOf } from './options.ts'
import { type PartFinding, partFinding } from './parts.node.ts'

export interface SourceAccuracy {
  /** a class of the data */
  source: string
  accuracy: number
  /** images in all their forms */
  images: number
}

export interface PretextFinding {
  task: PretextTask
  /** of every seed */
  accuracies: number[]
  accuracy: number
  interval: Interval
  chance: number
  baselines: LinearBaselines & { shuffled: number }
  controls?: ControlCell[]
  /** of a question about parts: what a lens gives away on scenes without content */
  lens?: LensCell[]
  /** of a question about parts: how well their rectangles can be read off */
  parts?: PartFinding
  perSource: SourceAccuracy[]
  /** folders of all trainings, that on shuffled labels last */
  folders: string[]
  /** of the first seed: what is looked at more closely */
  first: { data: TrainingData; network: Network; answers: Answers; images: Int32Array }
}

/** A training of one seed, and how well it answers. */
interface Learned {
  folder: string
  accuracy: number
  /** how many independent answers those are worth */
  independent: number
  closer: PretextFinding['first']
}

export async function carryOutPretext(
  context: Context,
  name: string,
  path: string,
  options: PretextOptions,
  folder: string,
): Promise<PretextFinding> {
  const task = pretextTaskNamed(name)
  const data = task.clips ? await listOfClips(context, task, path, options, folder) : path
  // Clips are divided when they become images.
  const training = {
    ...trainingOf(task.clips ? { ...options, holdOut: undefined } : options),
    size: options.size,
  }
  const engine = await context.engine()
  const learned = async (what: string, seed: number, plan: PretextPlan): Promise<Learned> => {
    note(context, what)
    const own = join(folder, `${plan.shuffled ? 'shuffled' : 'seed'}-${seed}`)
    const { outcome, data: inForms } = await trained({ ...context, seed }, data, training, own, plan)
    const images = testedOf(inForms)
    // The last epoch: to choose the best one on the test images would flatter it.
    const { network } = await openModelWith(`${own}@${outcome.record.epochs}`, { engine: context.engine })
    const answers = await answersTo(engine, network, inForms, images, { work: context })
    return {
      folder: own,
      accuracy: accuracyOf(answers, inForms, images),
      independent: independentAnswers(sharesOf(answers, inForms, images, task), task.classes.length),
      closer: { data: inForms, network, answers, images },
    }
  }
  const accuracies: number[] = []
  const independent: number[] = []
  const folders: string[] = []
  let first: PretextFinding['first'] | undefined
  for (let k = 0; k < options.seeds; k++) {
    const found = await learned(`Training ${k + 1} of ${options.seeds}`, context.seed + k, { task: name })
    folders.push(found.folder)
    accuracies.push(found.accuracy)
    independent.push(found.independent)
    first ??= found.closer
  }
  const { data: inForms, network, images } = first!
  const shuffled = await learned(
    'The same with the forms of the training images named at random',
    context.seed,
    { task: name, shuffled: true },
  )
  const start = await openModelWith(`${folders[0]}@0`, { engine: context.engine })
  note(context, 'Linear classifiers on pixels, colours, and random features')
  const before = await pooledFeatures(context, start.network, inForms, 'features before training')
  const linear = await linearBaselines(context, inForms, before)
  return {
    task,
    accuracies,
    accuracy: meanOf(accuracies),
    interval: intervalOf(accuracies, meanOf(independent)),
    chance: 1 / task.classes.length,
    baselines: { ...linear, shuffled: shuffled.accuracy },
    ...(options.controls && { controls: await crossedControls(context, name, options.controlImages) }),
    ...(options.controls && task.part && { lens: await lensControl(context, task, options.controlImages) }),
    ...(task.part && {
      parts: partFinding(
        task,
        task.part,
        inForms,
        images,
        await pooledFeatures(context, network, inForms, 'features'),
        before,
      ),
    }),
    perSource: perSource(first!),
    folders: [...folders, shuffled.folder],
    first: first!,
  }
}

/** Clips become images once; the same call finds them there. */
async function listOfClips(
  context: Context,
  { name }: PretextTask,
  path: string,
  { size, step, holdOut }: PretextOptions,
  folder: string,
): Promise<string> {
  const { storedSize: side } = pretextGeometry({ task: name }, size)
  const own = join(folder, `moments-${side}-${step}-${context.seed}`)
  const list = join(own, 'labels.csv')
  if (existsSync(list)) return list
  return momentsOfClips(path, own, { side, step, holdOut: holdOut ?? 0.2, seed: context.seed }, context)
}

const testedOf = ({ test, train }: TrainingData): Int32Array => (test.length ? test : train)

function accuracyOf({ predicted }: Answers, data: TrainingData, images: Int32Array): number {
  return classify(
    predicted,
    data.dataset.classes.length,
    images.map(index => data.labels[index]),
  ).accuracy
}

/** Of each image, the share of its forms that were named right. */
function sharesOf(
  { predicted }: Answers,
  { labels }: TrainingData,
  images: Int32Array,
  { classes }: PretextTask,
): number[] {
  const right = new Map<number, number>()
  images.forEach((index, row) => {
    const source = Math.floor(index / classes.length)
    right.set(source, (right.get(source) ?? 0) + (predicted[row] === labels[index] ? 1 : 0))
  })
  return [...right.values()].map(count => count / classes.length)
}

/** A run in its folder: begun, gone on with, or read where it has finished. */
async function trained(
  context: Context,
  path: string,
  options: SizedOptions,
  folder: string,
  plan: PretextPlan,
): Promise<CarriedOut> {
  if (!isRunFolder(folder)) return beginRun(context, path, options, folder, { pretext: plan })
  await requireSameRun(
    await readRecord(folder),
    options,
    { objective: softmax },
    {
      folder,
      seed: context.seed,
      pretext: plan,
      geometry: pretextGeometry(plan, options.size),
    },
  )
  return continueRun(context, folder, { data: path, checkpointEvery: options.checkpointEvery })
}

/** Accuracy of the first seed within each class of the data, the highest first. */
function perSource({ data, answers, images }: PretextFinding['first']): SourceAccuracy[] {
  const counts = new Map<string, { right: number; images: number }>()
  images.forEach((index, row) => {
    const { source = '' } = data.dataset.items[index]
    const count = counts.get(source) ?? { right: 0, images: 0 }
    counts.set(source, count)
    count.images++
    if (answers.predicted[row] === data.labels[index]) count.right++
  })
  return [...counts]
    .map(([source, { right, images }]) => ({ source, accuracy: right / images, images }))
    .sort((a, b) => b.accuracy - a.accuracy)
}
