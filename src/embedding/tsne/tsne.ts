/**
 * Yoked t-SNE: lays out one embedding, or several embeddings of the same items so that the maps can be compared.
 *
 *   cost = sum over maps of KL(P_m || Q_m) + lambda * sum over tied maps a, b and items i of |y_a,i - y_b,i|^2
 *
 * This file is what runs anywhere; `tsne.node.ts` and `tsne.web.ts` add the threads of their platform.
 */
import { createWork, type Work } from '../../base/work.ts'
import { neighboursByForest } from './approximate.ts'
import type { TsneInput, TsneOptions } from './inputs.ts'
import { strongestWithin, strongTie, type Trial, withinDeviation } from './lambda.ts'
import { createLayout, type Layout, type Maps, type Start } from './layout.ts'
import { type MapQuality, mapQuality } from './measures.ts'
import { type FindNeighbours, type Neighbours, nearestNeighbours, nearestOf } from './neighbours.ts'
import { type StartThread, startThreadPool, type ThreadPool } from './thread-pool.ts'
import { compatibleFactor } from './tie.ts'
import { watchLayouts } from './watch.ts'

export interface TsneResult extends Maps {
  /** weight of the tie, as it stands in the cost; 0 where the maps are not tied */
  lambda: number
  /** lambda N R^2 / KL, R and KL being those of the maps alone: about 1 where the tie begins to matter */
  lambdaRelative?: number
  /** the same maps without the tie, each from its own start */
  alone?: Maps
  /** divergence yoked over divergence alone, per map */
  klRatio?: number[]
  /** per map, where asked for, as is the next */
  quality?: MapQuality[]
  /** of each map's rows, among its vectors */
  neighbours?: Neighbours[]
  /** the layouts from which 'auto' chose, weakest tie first */
  trials?: SweepPoint[]
  /** where asked for */
  sweep?: SweepPoint[]
}

/** One point of the curves of divergence and alignment over lambda. */
export type SweepPoint = Required<Pick<TsneResult, 'lambda' | 'lambdaRelative' | 'klRatio'>> & Maps

export interface SweepResult {
  alone: Maps
  points: SweepPoint[]
}

/** How a platform searches many vectors of many dimensions for neighbours, if it has a way of its own. */
export type Search = (threads: number, signal?: AbortSignal) => FindNeighbours

/** Where the products of the search are more work than picking the nearest, the platform's way is faster. */
const searchFrom = { rows: 4000, dim: 64 }

/** Rows from which all pairs take minutes. */
const approximateFrom = 100000

function searchIn(
  pool: ThreadPool,
  search: Search | undefined,
  { search: how = 'auto', seed }: TsneOptions,
  signal?: AbortSignal,
): FindNeighbours {
  const byPlatform = search?.(pool.threads, signal)
  const byThreads: FindNeighbours = (data, dim, k) => nearestNeighbours(pool, data, dim, k)
  const byForest = neighboursByForest(byThreads, { seed, signal })
  return (data, dim, k) => {
    const rows = data.length / dim
    if (how === 'approximate' || (how === 'auto' && rows > approximateFrom)) return byForest(data, dim, k)
    const isLong = dim >= searchFrom.dim && rows >= searchFrom.rows
    return byPlatform && isLong ? byPlatform(data, dim, k) : byThreads(data, dim, k)
  }
}

/**
 * A library function for a platform, given how the platform starts a thread. The work sees a stage for what the maps are
 * laid out for, and previews of the points as they move.
 */
export const tsneWith =
  (start: StartThread, cores: () => number, search?: Search) =>
  async (
    inputs: readonly TsneInput[],
    options: TsneOptions = {},
    work: Work = createWork(),
  ): Promise<TsneResult> => {
    const { signal } = work
    const watch = watchLayouts(work, inputs, options, options.sweep?.length ?? 0)
    const lay = async (pool: ThreadPool) => {
      const find = searchIn(pool, search, options, signal)
      const layout = await createLayout(pool, inputs, options, work, watch, find)
      const result = await layOut(layout, inputs.length, options)
      const { neighbours: k = 0 } = options
      if (k > 0) {
        result.quality = []
        result.neighbours = []
        for (const [m, { data, dim }] of inputs.entries()) {
          signal.throwIfAborted()
          const found = layout.neighbours[m]
          const near = found.k < k ? await find(data, dim, k) : nearestOf(found, k)
          result.neighbours.push(near)
          result.quality.push(await mapQuality(pool, data, dim, near, result.maps[m]))
        }
      }
      return result
    }
    return withThreadPool(start, options.threads ?? cores(), signal, lay).finally(watch.end)
  }

/** Lays the maps out alone and at every lambda (relative ones where `relative` is set), from the same starts. */
export const sweepWith =
  (start: StartThread, cores: () => number, search?: Search) =>
  async (
    inputs: readonly TsneInput[],
    lambdas: readonly number[],
    options: Omit<TsneOptions, 'yoke'> = {},
    work: Work = createWork(),
  ): Promise<SweepResult> => {
    const { signal } = work
    const watch = watchLayouts(work, inputs, options, lambdas.length)
    const lay = async (pool: ThreadPool) => {
      const find = searchIn(pool, search, options, signal)
      const layout = await createLayout(pool, inputs, options, work, watch, find)
      const alone = await layout.run(0, 'alone')
      const start = await sharedStart(layout, alone, options)
      return { alone, points: await sweepOver(layout, alone, start, lambdas, options) }
    }
    return withThreadPool(start, options.threads ?? cores(), signal, lay).finally(watch.end)
  }

/** The start that yoked maps share; undefined where each has its own, or where no item is in two of them. */
async function sharedStart(
  layout: Layout,
  alone: Maps,
  { start, init = 'pca', yoke, alone: wanted = true, compatible }: TsneOptions,
): Promise<Start | undefined> {
  const byRule = (init === 'pca' || init === 'random') && yoke !== '2-map' && wanted
  const unit = layout.relativeUnit(alone)
  if ((start ?? (byRule ? 'common' : 'own')) === 'own' || !(unit > 0)) return undefined
  return layout.commonStart(strongTie / unit / (compatible ? compatibleFactor : 1))
}

async function sweepOver(
  layout: Layout,
  alone: Maps,
  start: Start | undefined,
  lambdas: readonly number[],
  { relative }: TsneOptions,
): Promise<SweepPoint[]> {
  const unit = layout.relativeUnit(alone)
  const points: SweepPoint[] = []
  for (const value of lambdas) {
    const lambda = relative ? value / unit : value
    points.push(pointOf({ lambda, maps: await layout.run(lambda, 'yoked', start) }, alone, unit))
  }
  return points
}

const pointOf = ({ lambda, maps }: Trial, alone: Maps, unit: number): SweepPoint => ({
  ...maps,
  lambda,
  lambdaRelative: lambda * unit,
  klRatio: ratios(maps, alone),
})

async function layOut(layout: Layout, mapCount: number, options: TsneOptions): Promise<TsneResult> {
  const { yoke = 'auto', relative, alone: wanted = true, sweep } = options
  if (mapCount === 1) return { ...(await layout.run(0, 'alone')), lambda: 0 }
  const isTied = yoke !== 'none' && yoke !== 0
  const needsAlone = wanted || relative || sweep || options.start === 'common'
  if (typeof yoke === 'number' && isTied && !needsAlone) {
    return { ...(await layout.run(yoke, 'yoked')), lambda: yoke }
  }
  const alone = await layout.run(0, 'alone')
  const start = isTied || sweep ? await sharedStart(layout, alone, options) : undefined
  const result = isTied ? await yoked(layout, alone, start, yoke, options) : { ...alone, lambda: 0 }
  if (sweep) result.sweep = await sweepOver(layout, alone, start, sweep, options)
  return result
}

async function yoked(
  layout: Layout,
  alone: Maps,
  start: Start | undefined,
  yoke: number | 'auto' | '2-map',
  { relative, autoRatio = 1.05, autoRuns = 10, seed = 0 }: TsneOptions,
): Promise<TsneResult> {
  const unit = layout.relativeUnit(alone)
  if (yoke === 'auto') {
    const { chosen, trials } = await strongestWithin(layout, alone, start, autoRatio, unit)
    return {
      ...pointOf(chosen, alone, unit),
      alone,
      trials: trials.map(trial => pointOf(trial, alone, unit)),
    }
  }
  const given = relative ? 1 / unit : 1
  const lambda = yoke === '2-map' ? await withinDeviation(layout, alone, start, autoRuns, seed) : yoke * given
  return { ...pointOf({ lambda, maps: await layout.run(lambda, 'yoked', start) }, alone, unit), alone }
}

const ratios = (yoked: Maps, alone: Maps): number[] => yoked.kl.map((kl, m) => kl / alone.kl[m])

async function withThreadPool<T>(
  start: StartThread,
  threads: number,
  signal: AbortSignal,
  lay: (pool: ThreadPool) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted()
  const pool = await startThreadPool(start, threads)
  // A search for neighbours may take long and has no end of its own to wait for.
  const stop = () => void pool.close()
  signal.addEventListener('abort', stop)
  try {
    return await lay(pool)
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    signal.removeEventListener('abort', stop)
    await pool.close()
  }
}
