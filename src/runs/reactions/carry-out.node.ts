/**
 * Reactions: an embedding of faces in which the same moment comes out alike, whoever is seen; and what it says of people
 * that it was never trained on. The same call with the same folder goes on where it stood.
 */
import { join } from 'node:path'
import { GlasshouseError } from '../../base/errors.ts'
import { note } from '../../base/work.ts'
import type { Dataset } from '../../data/dataset.ts'
import { openData } from '../../data/open-data.node.ts'
import { momentsThatFit, videosOf } from '../../data/video/moment-batches.ts'
import type { MomentFrame } from '../../data/video/moments.ts'
import { objectiveNamed } from '../../objectives/registry.ts'
import type { Context } from '../../runtime/context.ts'
import { beginRun, continueRun } from '../carry-out.node.ts'
import { isRunFolder, readRecord } from '../folder.node.ts'
import { forwardData } from '../model-data.node.ts'
import { type OpenedModel, openModelWith } from '../open-model.node.ts'
import { requireSameRun } from '../planned-record.node.ts'
import { divideMoments, framesOfMontage } from './data.ts'
import { planOf, type ReactionsOptions, trainingOf } from './options.ts'

/** Vectors of every image, by a network. */
export interface Embedded {
  /** images x dim */
  data: Float32Array
  dim: number
}

export interface ReactionsVectors {
  dataset: Dataset
  frames: MomentFrame[]
  /** whether the person of each image was trained on */
  seen: boolean[]
  trained: Embedded
  /** by the network before training; absent where a network was given */
  before?: Embedded
  /** the run folder */
  run?: string
}

export async function carryOutReactions(
  context: Context,
  path: string,
  options: ReactionsOptions,
  folder: string,
): Promise<ReactionsVectors> {
  const read = await openData(path, context, {
    strict: options.strict,
    minimumClasses: 2,
    check: outline => void framesOfMontage(outline),
  })
  const frames = framesOfMontage(read)
  const engine = context.engine
  if (options.model !== undefined) {
    const model = await openModelWith(options.model, { engine, seed: context.seed })
    return {
      dataset: read,
      frames,
      seen: frames.map(() => false),
      trained: await embed(context, model, read),
    }
  }
  const batch = batchOf(read, frames, options, context.seed)
  const plan = planOf(options, batch)
  const run = join(folder, 'run')
  const training = trainingOf(options, batch)
  if (isRunFolder(run)) {
    const chosen = { objective: objectiveNamed(training.objective) }
    await requireSameRun(await readRecord(run), training, chosen, {
      folder: run,
      seed: context.seed,
      moments: plan,
    })
    await continueRun(context, run, { data: path, checkpointEvery: options.checkpointEvery })
  } else await beginRun(context, path, training, run, { moments: plan })
  const divided = divideMoments(read, plan, context.seed)
  const { epochs } = await readRecord(run)
  return {
    dataset: read,
    frames,
    seen: divided.items.map(({ split }) => split === 'train'),
    // The last epoch: to choose the best one by the people held out would flatter it.
    trained: await embed(context, await openModelWith(`${run}@${epochs}`, { engine }), read),
    before: await embed(context, await openModelWith(`${run}@0`, { engine }), read),
    run,
  }
}

/** How many people and moments a batch can have. */
function batchOf(
  read: Dataset,
  frames: readonly MomentFrame[],
  options: ReactionsOptions,
  seed: number,
): { people: number; moments: number } {
  const { items } = divideMoments(read, planOf(options, { people: 2, moments: 2 }), seed)
  const trained = items.flatMap(({ split }, at) => (split === 'train' ? [at] : []))
  const counts = [...videosOf(frames, trained).values()].map(people => people.size)
  const fewest = Math.min(...counts)
  if (!(fewest >= 2))
    throw new GlasshouseError({
      code: 'moments-few',
      what: 'a video has fewer than two people to train on',
      where: read.root,
      hint: 'What people have in common can be learned from two at least; leave such videos out',
    })
  return {
    people: Math.min(options.people, fewest),
    moments: momentsThatFit(frames, trained, options.apart, options.moments),
  }
}

async function embed(context: Context, { network }: OpenedModel, dataset: Dataset): Promise<Embedded> {
  const indices = Int32Array.from(dataset.items.keys())
  const { vectors } = await forwardData(context, network, { dataset, indices, batch: 32 }, built => ({
    vectors: network.head.kind === 'embedding' ? built.output : built.pooled,
  }))
  return { data: vectors, dim: vectors.length / indices.length }
}

export const noteOnPeople = (context: Context, { frames, seen }: ReactionsVectors): void => {
  const people = new Set(frames.map(({ person }) => person)).size
  const held = new Set(frames.filter((_, at) => !seen[at]).map(({ person }) => person)).size
  note(context, `${people} people, of whom ${held} were never trained on`)
}
