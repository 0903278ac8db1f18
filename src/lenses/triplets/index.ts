/** The lens of triplets: how an embedding sorts its images, epoch by epoch. */
import { z } from 'zod'
import { GlasshouseError } from '../../base/errors.ts'
import type { Split } from '../../data/dataset.ts'
import type { PictureStore } from '../../data/store.ts'
import { type EmbeddingRun, namesOfRuns, type TripletFrame } from '../../runs/embedding-run.ts'
import { defineLens, type LensContext } from '../lens.ts'
import { drawTriplets } from './draw.ts'
import { type FieldName, fieldNames } from './field.ts'
import { type FrameMeasures, measure } from './measure.ts'
import { findImage, follow, type Trajectory } from './trajectory.ts'

const options = z.object({
  split: z
    .enum(['train', 'test'])
    .default('test')
    .describe('the split of the numbers, the paths and the histogram'),
  track: z
    .string()
    .optional()
    .describe('follow the triplet of this image through all epochs')
    .meta({ value: 'IMAGE' }),
  field: z.enum(fieldNames).optional().describe('draw this update field behind the dots from the start'),
  dots: z
    .number()
    .int()
    .min(1)
    .max(1000000)
    .default(12000)
    .describe('how many dots of a panel the film carries; more are drawn by lot'),
  density: z.boolean().optional().describe('draw densities instead of dots; by itself where dots are many'),
  thumbnails: z
    .number()
    .int()
    .min(0)
    .max(200000)
    .default(20000)
    .describe('how many images the film carries as pictures'),
})

/** A split of a run, epoch by epoch. */
export interface SplitLife {
  split: Split
  frames: TripletFrame[]
  measures: FrameMeasures[]
  /** what is known of its images, by position in the data set */
  images: ReadonlyMap<number, { path: string; label: string }>
}

export interface RunLife {
  source: string
  name: string
  fingerprint: string
  splits: SplitLife[]
  trajectory?: Trajectory
}

export interface TripletsResult {
  runs: RunLife[]
  split: Split
  /** by fingerprint of the data; undefined where its pictures cannot be had */
  pictures: ReadonlyMap<string, PictureStore | undefined>
  tracked?: string
  field?: FieldName
  dots: number
  density?: boolean
  thumbnails: number
  seed: number
}

export const triplets = defineLens({
  name: 'triplets',
  title: 'Triplets',
  description: 'how an embedding sorts its images: every anchor as a dot, one frame per epoch',
  about:
    'A dot is an image: to the right, how similar the nearest image of its class is; upward, the nearest of any other class, over the whole split. Right of the diagonal the nearest neighbour is a classmate, so the share of dots there is recall at 1. The ideal is the corner (1, 0); (1, 1) is collapse. After "Visualizing How Embeddings Generalize" (Liu, Xuan, Zhang, Stylianou, Pless 2019) and "Hard negative examples are hard, but useful" (Xuan, Stylianou, Liu, Pless 2020).',
  arguments: [
    {
      name: 'run',
      kind: 'runs',
      description: 'runs of an embedding (run@7: up to epoch 7); two or more are compared',
    },
  ],
  options,
  examples: [
    { line: 'triplets runs/train-1', does: 'The film of a run, train and test side by side' },
    {
      line: 'triplets runs/first runs/second --track 012/0042.jpg',
      does: 'Two methods: films, the path of one triplet, distances to (1, 0)',
    },
    { line: 'triplets runs/train-1 --field first-entangled', does: 'With the update field behind the dots' },
  ],
  async run(context, { run: runs }, options) {
    const names = namesOfRuns(runs)
    const lives: RunLife[] = []
    for (const [index, run] of runs.entries()) {
      requireSplit(run, options.split)
      lives.push({
        source: run.source,
        name: names[index],
        fingerprint: run.record.data.fingerprint,
        splits: await readSplits(context, run, names[index]),
        trajectory: options.track === undefined ? undefined : await track(run, options.split, options.track),
      })
    }
    const pictures = new Map<string, PictureStore | undefined>()
    for (const run of options.thumbnails ? runs : []) {
      const { fingerprint } = run.record.data
      if (!pictures.has(fingerprint)) pictures.set(fingerprint, await run.pictures())
    }
    const { split, track: tracked, field, dots, density, thumbnails } = options
    return {
      runs: lives,
      split,
      pictures,
      tracked,
      field,
      dots,
      density,
      thumbnails,
      seed: context.seed,
    } satisfies TripletsResult
  },
  draw: drawTriplets,
  metrics: ({ runs, split }) => ({
    split,
    runs: runs.map(({ source, name, splits, trajectory }) => {
      const { measures } = splits.find(life => life.split === split)!
      const { shareCorrect, meanDistance, topRight, anchors, epoch } = measures.at(-1)!
      return {
        run: source,
        name,
        epoch,
        anchors,
        shareCorrect,
        meanDistance,
        topRight,
        epochs: measures,
        trajectory,
      }
    }),
  }),
})

function requireSplit({ source, splits }: EmbeddingRun, split: Split): void {
  if (splits.includes(split)) return
  throw new GlasshouseError({
    code: 'split-empty',
    what: `the run has no triplets of the ${split} split`,
    where: source,
    hint: splits.length ? `Choose --split ${splits[0]}` : 'The run stopped before its first epoch',
  })
}

async function readSplits(context: LensContext, run: EmbeddingRun, name: string): Promise<SplitLife[]> {
  const progress = context.progress(`reading ${name}`, run.splits.length * run.epochs.length)
  const lives: SplitLife[] = []
  let done = 0
  for (const split of run.splits) {
    const frames: TripletFrame[] = []
    for (const epoch of run.epochs) {
      context.signal.throwIfAborted()
      frames.push(await run.triplets(epoch, split))
      progress.update(++done)
    }
    const { ids, paths = [], labels = [] } = await run.vectors(run.epochs.at(-1)!, split)
    const images = new Map(
      Array.from(ids, (id, row) => [id, { path: paths[row] ?? '', label: labels[row] ?? '' }]),
    )
    lives.push({ split, frames, measures: frames.map(measure), images })
  }
  progress.done()
  return lives
}

async function track(run: EmbeddingRun, split: Split, asked: string): Promise<Trajectory> {
  return follow(run, split, findImage(await run.vectors(run.epochs[0], split), asked))
}
