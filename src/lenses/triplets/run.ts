import { GlasshouseError } from '../../base/errors.ts'
import { inStage } from '../../base/work.ts'
import type { Split } from '../../data/dataset.ts'
import { type EmbeddingRun, namesOfRuns, type TripletFrame } from '../../runs/embedding-run.ts'
import type { LensContext } from '../lens.ts'
import { measure } from './measure.ts'
import type { TripletsOptions } from './options.ts'
import type { RunHistory, SplitHistory, TripletsResult } from './result.ts'
import { findImage, follow, type Trajectory } from './trajectory.ts'

export async function run(
  context: LensContext,
  { run: runs }: { run: EmbeddingRun[] },
  options: TripletsOptions,
): Promise<TripletsResult> {
  const names = namesOfRuns(runs)
  const histories: RunHistory[] = []
  for (const [index, run] of runs.entries()) {
    requireSplit(run, options.split)
    histories.push({
      source: run.source,
      name: names[index],
      fingerprint: run.record.data.fingerprint,
      splits: await readSplits(context, run, names[index]),
      trajectory: options.track === undefined ? undefined : await track(run, options.split, options.track),
    })
  }
  const { split, track: tracked, field, dots, density, thumbnails } = options
  return {
    runs: histories,
    split,
    tracked,
    field,
    dots,
    density,
    thumbnails,
    seed: context.seed,
  }
}

export const metrics = ({ runs, split }: TripletsResult) => ({
  split,
  runs: runs.map(({ source, name, splits, trajectory }) => {
    const { measures } = splits.find(history => history.split === split)!
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

async function readSplits(context: LensContext, run: EmbeddingRun, name: string): Promise<SplitHistory[]> {
  return inStage(context, `reading ${name}`, run.splits.length * run.epochs.length, async update => {
    const histories: SplitHistory[] = []
    let done = 0
    for (const split of run.splits) {
      const frames: TripletFrame[] = []
      for (const epoch of run.epochs) {
        context.signal.throwIfAborted()
        frames.push(await run.triplets(epoch, split))
        update(++done)
      }
      const { ids, paths = [], labels = [] } = await run.vectors(run.epochs.at(-1)!, split)
      const images = new Map(
        Array.from(ids, (id, row) => [id, { path: paths[row] ?? '', label: labels[row] ?? '' }]),
      )
      histories.push({ split, frames, measures: frames.map(measure), images })
    }
    return histories
  })
}

async function track(run: EmbeddingRun, split: Split, asked: string): Promise<Trajectory> {
  return follow(run, split, findImage(await run.vectors(run.epochs[0], split), asked))
}
