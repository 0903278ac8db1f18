/**
 * The rectangle of a part, as numbers: how well its place and side can be read off the network's features by a linear
 * regression. The network itself learned classes only.
 */
import { random } from '../../base/random.ts'
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

export function partFinding(
  task: PretextTask,
  data: TrainingData,
  images: ArrayLike<number>,
  trained: PooledFeatures,
  before: PooledFeatures,
): PartFinding {
  const partOf = (index: number): Part => {
    const forms = task.classes.length
    // The stream of `allForms`: where the part lies is drawn first.
    return task.part!(index % forms, random(0, 'pretext', task.name, Math.floor(index / forms)))
  }
  const [taught, truth] = [Array.from(data.train, partOf), Array.from(images, partOf)]
  const targets = Float64Array.from(taught.flatMap(part => keys.map(key => part[key])))
  const by = ({ dim, of }: PooledFeatures) => {
    const train = { features: of(data.train), targets }
    const numbers = ridgePredictions(train, of(images), { dim, count: 3, group: task.classes.length })
    const found = truth.map((_, at) => bounded(numbers.subarray(3 * at, 3 * at + 3)))
    return { found, explained: explainedBy(found, truth), overlap: meanOverlap(found, truth) }
  }
  const mean = bounded(keys.map(key => taught.reduce((sum, part) => sum + part[key], 0) / taught.length))
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
    const mean = truth.reduce((sum, part) => sum + part[key], 0) / truth.length
    const rest = truth.reduce((sum, part, at) => sum + (part[key] - found[at][key]) ** 2, 0)
    const all = truth.reduce((sum, part) => sum + (part[key] - mean) ** 2, 0)
    return all ? 1 - rest / all : 0
  }
  return { left: share('left'), top: share('top'), side: share('side') }
}

const meanOverlap = (found: readonly Part[], truth: readonly Part[]): number =>
  found.reduce((sum, part, at) => sum + overlapOf(part, truth[at]), 0) / Math.max(1, found.length)

/** Intersection over union. */
export function overlapOf(a: Part, b: Part): number {
  const along = (x: number, y: number) => Math.max(0, Math.min(x + a.side, y + b.side) - Math.max(x, y))
  const common = along(a.left, b.left) * along(a.top, b.top)
  return common / (a.side ** 2 + b.side ** 2 - common)
}
