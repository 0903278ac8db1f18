/** From a run's folder back to a run that is ready to go on, for as many epochs as were planned or for more. */
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { GlasshouseError } from '../base/errors.ts'
import { note } from '../base/work.ts'
import type { Dataset } from '../data/dataset.ts'
import { openData } from '../data/open-data.node.ts'
import { isObjectiveFile } from '../objectives/file.ts'
import type { Objective } from '../objectives/objective.ts'
import { openOwnObjective, requireSameFile } from '../objectives/own.node.ts'
import { objectiveNamed } from '../objectives/registry.ts'
import type { Context } from '../runtime/context.ts'
import { requireTrainable } from './division.ts'
import { readRecord, requireRunFolder } from './folder.node.ts'
import { isEnough } from './keeper.node.ts'
import { startingNetwork } from './open-model.node.ts'
import { picturesOf, type Task } from './plan.node.ts'
import { divideFor } from './purpose.node.ts'
import type { RunRecord } from './record.ts'

/** What a run that is resumed is given once more. */
export interface Resumption {
  /** where its data is by now */
  data?: string
  /** the file of its objective */
  objective?: string
  /** how many epochs it is to have in the end */
  epochs?: number
  /** and how many to wait for a better one */
  patience?: number
}

/**
 * The objective that a run was begun with. Where it is the user's own its file must be named once more: a run folder
 * may come from a stranger, and nothing that it names is executed.
 */
async function objectiveOf(
  { objective, objectiveFile: before }: RunRecord,
  folder: string,
  asked?: string,
): Promise<Objective> {
  const given = asked !== undefined && isObjectiveFile(asked) ? await openOwnObjective(asked) : undefined
  if (before && !given)
    throw new GlasshouseError({
      code: 'objective-missing',
      what: `the objective '${objective}' of this run is of a file, which is only run where it is named`,
      where: folder,
      hint: `Add --objective ${before.path}, if you trust it`,
    })
  if (!before && given)
    throw new GlasshouseError({
      code: 'objective-changed',
      what: 'the run did not begin with an objective of its own',
      where: given.file.path,
      expected: objective,
      hint: 'Leave --objective out',
    })
  if (!before || !given) return objectiveNamed(objective)
  requireSameFile(before, given.file)
  return given.objective
}

/**
 * Plans more epochs, or fewer where they have not all come; and another patience. Waiting for a better epoch begins
 * once more where the run is prolonged.
 *
 * @returns what a user should know
 */
function prolong(record: RunRecord, { epochs, patience }: Pick<Resumption, 'epochs' | 'patience'>): string[] {
  const { training } = record
  const notes: string[] = []
  if (epochs !== undefined && epochs < record.epochs)
    throw new GlasshouseError({
      code: 'option-value',
      what: 'the run has more epochs already',
      path: ['options', 'epochs'],
      expected: `at least ${record.epochs}`,
      got: String(epochs),
    })
  if (epochs !== undefined && epochs !== training.epochs) {
    const { extensions = [], schedule } = training
    record.training = {
      ...training,
      epochs,
      extensions: [...extensions, { at: record.epochs, before: training.epochs }],
    }
    if (schedule !== 'constant')
      notes.push(
        `the learning rate now follows its schedule (${schedule}) over ${epochs} epochs in place of ${training.epochs}, from epoch ${record.epochs} on`,
      )
  }
  if (patience !== undefined) record.training = { ...record.training, patience }
  if (isEnough(record))
    notes.push(
      `the run has ended early, with a patience of ${record.training.patience}: --epochs N or a larger --patience goes on`,
    )
  return notes
}

/** A run that was stopped, as its record describes it; the data may be at another place by now. */
export async function resumeRun(
  context: Context,
  folder: string,
  { data, objective: asked, ...longer }: Resumption,
): Promise<Task> {
  requireRunFolder(folder)
  const record = await readRecord(folder)
  const objective = await objectiveOf(record, folder, asked)
  for (const text of prolong(record, longer)) note(context, text)
  const threads = context.threads ?? availableParallelism()
  if (threads !== record.threads)
    note(
      context,
      `the run began with ${record.threads} threads; with ${threads} its results can differ in the last digits`,
    )
  if (data !== undefined) record.data.path = resolve(data)
  const { pretext, preprocessing } = record
  const read = await openData(record.data.path, context, { minimumClasses: pretext ? 1 : 2 })
  const { split } = record.data
  const dataset = await divideFor({ ...context, seed: record.seed }, read, record, split, preprocessing.size)
  requireSameData(record, dataset)
  requireTrainable(dataset, record.head.kind)
  const start = await startingNetwork(record, folder, context.engine)
  const pictures = await picturesOf(context, dataset, record)
  return { record, objective, dataset, pictures, start }
}

function requireSameData(record: RunRecord, dataset: Dataset): void {
  if (dataset.fingerprint === record.data.fingerprint) return
  throw new GlasshouseError({
    code: 'data-changed',
    what: 'the images are not those that the run began with',
    where: record.data.path,
    expected: `fingerprint ${record.data.fingerprint.slice(0, 12)}`,
    got: dataset.fingerprint.slice(0, 12),
    hint: 'Restore the images, or begin a new run',
  })
}
