/**
 * The rectangle of a part, as numbers: how well its place and side can be read off the network's features by a linear
 * regression. The network itself learned classes only.
 */
import { meanOf } from '../../base/statistics.ts'
import { streamOf } from '../../data/pretext/forms.node.ts'
import type { Part, PretextTask } from '../../data/pretext/task.ts'
import { ridgePredictions } from '../../training/ridge.ts'
import type { TrainingData } from '../training-data.node.ts'
import type { PooledFeatures } from './features.node.ts'

export interface PartFinding {
  /** of the held-out images in all forms */
  truth: Part[]
  found: Part[]
  /** shares of the variance that the regression explains: across, down, and the side */
  explained: Part
  /** mean share of what both rectangles cover that they have in common, and of the mean rectangle's */
  overlap: number
  chanceOverlap: number
  /** the same by the network before training */
  before: { explained: Part; overlap: number }
}

const keys = ['left', 'top', 'side'] as const satisfies (keyof Part)[]

/** @param part of the task, where the part that a form shows lies */
export function partFinding(
  task: PretextTask,
  part: NonNullable<PretextTask['part']>,
  data: TrainingData,
  images: ArrayLike<number>,
  trained: PooledFeatures,
  before: PooledFeatures,
): PartFinding {
  const forms = task.classes.length
  const partOf = (index: number): Part => part(index % forms, streamOf(task, Math.floor(index / forms)))
  const [taught, truth] = [Array.from(data.train, partOf), Array.from(images, partOf)]
  const targets = Float64Array.from(taught.flatMap(own => keys.map(key => own[key])))
  const by = ({ dim, of }: PooledFeatures) => {
    const train = { features: of(data.train), targets }
    const numbers = ridgePredictions(train, of(images), { dim, count: keys.length, group: forms })
    const found = truth.map((_, at) => bounded(numbers.subarray(keys.length * at, keys.length * (at + 1))))
    return { found, explained: explainedBy(found, truth), overlap: meanOverlap(found, truth) }
  }
  const mean = bounded(keys.map(key => meanOf(taught.map(own => own[key]))))
  const { found, explained, overlap } = by(trained)
  const start = by(before)
  return {
    truth,
    found,
    explained,
    overlap,
    chanceOverlap: meanOverlap(
      truth.map(() => mean),
      truth,
    ),
    before: { explained: start.explained, overlap: start.overlap },
  }
}

/** Inside the whole. */
function bounded([left, top, side]: Iterable<number>): Part {
  const own = Math.min(1, Math.max(0.05, side))
  const inside = (start: number) => Math.min(1 - own, Math.max(0, start))
  return { left: inside(left), top: inside(top), side: own }
}

function explainedBy(found: readonly Part[], truth: readonly Part[]): Part {
  const share = (key: keyof Part) => {
    const mean = meanOf(truth.map(part => part[key]))
    const rest = truth.reduce((sum, part, at) => sum + (part[key] - found[at][key]) ** 2, 0)
    const all = truth.reduce((sum, part) => sum + (part[key] - mean) ** 2, 0)
    return all ? 1 - rest / all : 0
  }
  return { left: share('left'), top: share('top'), side: share('side') }
}

const meanOverlap = (found: readonly Part[], truth: readonly Part[]): number =>
  meanOf(found.map((part, at) => overlapOf(part, truth[at])))

/** Intersection over union. */
export function overlapOf(a: Part, b: Part): number {
  const along = (x: number, y: number) => Math.max(0, Math.min(x + a.side, y + b.side) - Math.max(x, y))
  const common = along(a.left, b.left) * along(a.top, b.top)
  return common / (a.side ** 2 + b.side ** 2 - common)
}
