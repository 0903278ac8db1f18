/**
 * From vectors to maps: neighbours, affinities, starts, descent, measures. One `Layout` holds what does not
 * depend on lambda, so that the maps can be laid out many times: alone, yoked, and for every lambda of a sweep.
 */
import { GlasshouseError } from '../../base/errors.ts'
import type { Work } from '../../base/work.ts'
import { type Affinities, affinitiesOf, neighboursFor } from './affinities.ts'
import { checkInputs, rowsOf, type TsneInput, type TsneOptions } from './inputs.ts'
import { createJob, type Job } from './job.ts'
import { alignmentError, bestMotion, type CommonRows, moved, procrustesError, radiusOf } from './measures.ts'
import type { FindNeighbours, Neighbours } from './neighbours.ts'
import { defaultSchedule, optimise, type Schedule } from './optimise.ts'
import { commonStart, principalStart, randomStart } from './start.ts'
import type { ThreadPool } from './thread-pool.ts'
import { compatibleFactor, groupsByClass, parentsOf, type Tie, tiedPairs } from './tie.ts'
import type { Purpose, Watch } from './watch.ts'

/** Maps and what they cost. */
export interface Maps {
  /** rows x 2 each */
  maps: Float32Array[]
  /** Kullback-Leibler divergence of each map from its affinities, in nats */
  kl: number[]
  /** mean squared distance between an item's places in tied maps, over all tied pairs; 0 for a single map */
  alignment: number
  /** the same after the best rigid motion of one map of each pair onto the other */
  procrustes: number
}

export interface Start {
  /** rows x 2 each */
  maps: readonly Float32Array[]
  /** the tie during the early exaggeration, where it is stronger than that of the rest */
  earlyLambda?: number
}

export interface Layout {
  readonly inputs: readonly TsneInput[]
  readonly starts: readonly Float32Array[]
  /** of the vectors of each map: three times as many as the perplexity */
  readonly neighbours: readonly Neighbours[]
  /** Lays the maps out, from their own starts unless given others; lambda 0 leaves each by itself. */
  run(lambda: number, purpose: Purpose, start?: Start): Promise<Maps>
  /** Lays the maps out with every item tied this strongly, and makes a start for all of them of the result. */
  commonStart(lambda: number): Promise<Start>
  /** lambda N R^2 / KL per unit of lambda, for maps that were laid out alone */
  relativeUnit(alone: Maps): number
}

export async function createLayout(
  pool: ThreadPool,
  inputs: readonly TsneInput[],
  options: TsneOptions,
  { signal }: Work,
  watch: Watch,
  findNeighbours: FindNeighbours,
): Promise<Layout> {
  checkInputs(inputs, options)
  const { perplexity = 30, exactBelow, tie: form = 'pairs', classes, nearest, compatible } = options
  const neighbours: Neighbours[] = []
  const affinities: Affinities[] = []
  for (const input of inputs) {
    signal.throwIfAborted()
    // The same vectors twice, from two starts, have the same affinities.
    const twin = inputs.findIndex(other => other.data === input.data && other.dim === input.dim)
    const near =
      neighbours[twin] ??
      (await findNeighbours(input.data, input.dim, neighboursFor(perplexity, rowsOf(input))))
    neighbours.push(near)
    affinities.push(affinities[twin] ?? affinitiesOf(near, perplexity))
  }
  signal.throwIfAborted()
  const job = await createJob(
    pool,
    inputs.map((input, m) => ({
      count: rowsOf(input),
      items: input.items,
      affinities: affinities[m],
      fixed: input.fixed !== undefined,
    })),
    { exactBelow },
  )
  const centre = Math.max(
    0,
    inputs.findIndex(input => input.fixed),
  )
  const pairs = tiedPairs(form, inputs.length, centre).map(([a, b]) => ({
    a,
    b,
    rows: commonRows(inputs, a, b),
  }))
  const items = pairs.reduce((most, { rows }) => Math.max(most, rows.a.length), 0)
  const { yoke = 'auto' } = options
  if (inputs.length > 1 && items === 0 && yoke !== 'none' && yoke !== 0) {
    throw new GlasshouseError({
      code: 'option-invalid',
      where: 'yoke',
      what: 'the maps cannot be tied: no item is in two of them',
      hint: 'Give each item the same number (a path, an id) in every input, or lay the maps out with yoke "none"',
    })
  }
  const starts = startsFor(inputs, options, pairs)
  const shared: Omit<Tie, 'weight'> = {
    parents: parentsOf(form, inputs.length, centre),
    groups: classes && groupsByClass(classes, job.itemCount),
    nearest,
  }
  const schedule = scheduleOf(options)
  const tieOf = (lambda: number): Tie => ({
    ...shared,
    weight: lambda * (compatible ? compatibleFactor : 1),
  })
  const layOut = async (tie: Tie, purpose: Purpose, { maps, earlyLambda = 0 }: Start) => {
    const early = tieOf(earlyLambda)
    const ties = { tie, earlyTie: early.weight > tie.weight ? early : tie }
    const show = watch.begin(purpose)
    await optimise(job, maps, ties, schedule, signal, iteration => show(iteration, () => job.positions()))
    return measured(job, pairs)
  }
  return {
    inputs,
    starts,
    neighbours,
    run: (lambda, purpose, start = { maps: starts }) => layOut(tieOf(lambda), purpose, start),
    async commonStart(lambda) {
      const everyItem: Tie = { ...tieOf(lambda), groups: undefined, nearest: undefined }
      const { maps } = await layOut(everyItem, 'common start', { maps: starts })
      return { maps: commonStart(inputs, maps), earlyLambda: lambda }
    },
    relativeUnit({ maps, kl }) {
      const free = maps.flatMap((map, m) => (inputs[m].fixed ? [] : [{ radius: radiusOf(map), kl: kl[m] }]))
      const power = free.reduce((sum, { radius }) => sum + radius ** 2, 0)
      // Points that are all neighbours of one another may diverge by nothing but rounding.
      return (
        (items * power) /
        Math.max(
          1e-6,
          free.reduce((sum, map) => sum + map.kl, 0),
        )
      )
    },
  }
}

interface TiedPair {
  a: number
  b: number
  rows: CommonRows
}

async function measured(job: Job, pairs: readonly TiedPair[]): Promise<Maps> {
  const kl = await job.assess()
  const maps = job.positions()
  const mean = (error: typeof alignmentError) =>
    pairs.reduce((sum, { a, b, rows }) => sum + error(maps[a], maps[b], rows), 0) / Math.max(1, pairs.length)
  return { maps, kl, alignment: mean(alignmentError), procrustes: mean(procrustesError) }
}

function scheduleOf(options: TsneOptions): Schedule {
  const {
    iterations = defaultSchedule.iterations,
    exaggeration = defaultSchedule.exaggeration,
    exaggerationIterations = defaultSchedule.exaggerationIterations,
    learningRate,
  } = options
  return { iterations, exaggeration, exaggerationIterations, learningRate }
}

function commonRows(inputs: readonly TsneInput[], a: number, b: number): CommonRows {
  const rowOf = new Map<number, number>()
  const itemsOf = (input: TsneInput) =>
    Array.from({ length: rowsOf(input) }, (_, row) => input.items?.[row] ?? row)
  itemsOf(inputs[a]).forEach((item, row) => {
    rowOf.set(item, row)
  })
  const rows = { a: [] as number[], b: [] as number[] }
  itemsOf(inputs[b]).forEach((item, row) => {
    const other = rowOf.get(item)
    if (other === undefined) return
    rows.a.push(other)
    rows.b.push(row)
  })
  return rows
}

function startsFor(
  inputs: readonly TsneInput[],
  { init = 'pca', seed = 0, yoke = 'auto' }: TsneOptions,
  pairs: readonly TiedPair[],
): Float32Array[] {
  const starts = inputs.map((input, m) => {
    if (input.fixed) return input.fixed
    if (typeof init !== 'string') return init[m]
    return init === 'random' ? randomStart(rowsOf(input), seed + m) : principalStart(input.data, input.dim)
  })
  if (init === 'same') {
    for (let m = 1; m < inputs.length; m++) {
      if (inputs[m].fixed) continue
      const { a, b } = commonRows(inputs, 0, m)
      for (let i = 0; i < a.length; i++) {
        starts[m].set(starts[0].subarray(2 * a[i], 2 * a[i] + 2), 2 * b[i])
      }
    }
  }
  // The axes of a principal component analysis have arbitrary signs: turn each map towards one that it is tied
  // to, a fixed one if it can be, or the tie would have to fold the maps over later.
  if (init === 'pca' && yoke !== 'none' && yoke !== 0) {
    inputs.forEach(({ fixed }, m) => {
      const tied = pairs.map(({ a, b, rows }) =>
        a === m ? { to: b, rows: { a: rows.b, b: rows.a } } : b === m ? { to: a, rows } : undefined,
      )
      const partner =
        tied.find(pair => pair && inputs[pair.to].fixed) ?? tied.find(pair => pair && pair.to < m)
      if (fixed || !partner?.rows.a.length) return
      const [xx, xy, , yx, yy] = bestMotion(starts[partner.to], starts[m], partner.rows)
      starts[m] = moved(starts[m], [xx, xy, 0, yx, yy, 0])
    })
  }
  return starts
}
