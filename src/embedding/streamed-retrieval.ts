/**
 * The scores of `retrieval.ts` for vectors that do not fit into memory: they are read a block at a time, as queries and
 * again, for each block of queries, as what is searched. Memory holds the labels, a block of queries, a block of what is
 * searched, and the nearest of those queries.
 */
import { GlasshouseError } from '../base/errors.ts'
import { openStage, unwatched, type Work } from '../base/work.ts'
import type { Engine } from '../runtime/engine.ts'
import { inverseLengths, type SimilarityName } from './ranking.ts'
import { countsOf, createScores, depthOf, recallRanks, type Scores } from './retrieval-scores.ts'
import { searchRows } from './search.ts'
import { createTripletMeasures, type TripletMeasures } from './triplet-measures.ts'

export interface LabelledRows {
  dim: number
  /** of all rows, in their order */
  labels: Int32Array
  /** rows, row-major, from the first on; may be asked for again */
  blocks(): AsyncIterable<Float32Array> | Iterable<Float32Array>
}

export interface StreamedOptions {
  /** what is searched; the queries themselves, each without itself, unless given */
  gallery?: LabelledRows
  ranks?: readonly number[]
  similarity?: SimilarityName
  work: Work
}

/** Queries of one pass through what is searched: more take less reading, and more to hold of each product. */
const queriesAtOnce = 2048

/** A ranking deeper than this is not kept while blocks go by. */
const deepest = 2000

/** Whether rankings are short enough: they are as deep as the largest class that is searched. */
export const canStream = (
  queries: ArrayLike<number>,
  gallery: ArrayLike<number> | undefined,
  ranks: readonly number[],
): boolean => depthOf(queries, gallery, ranks, false) <= deepest

/** @returns scores, and by cosine also the measures of the triplets */
export async function retrieveStreamed(
  engine: Engine,
  queries: LabelledRows,
  { gallery, ranks = recallRanks, similarity, work }: StreamedOptions,
): Promise<Scores & { triplets?: TripletMeasures }> {
  const { dim } = queries
  const shelf = gallery ?? queries
  if (shelf.dim !== dim)
    throw new GlasshouseError({
      code: 'vectors-shape',
      what: 'queries and gallery differ in their dimension',
      expected: String(dim),
      got: String(shelf.dim),
    })
  const depth = depthOf(queries.labels, gallery?.labels, ranks, false)
  const counts = countsOf(shelf.labels)
  const scores = createScores(ranks, depth, false)
  const measures = createTripletMeasures()
  const isCosine = similarity === undefined || similarity === 'cosine'
  // Each finds itself, too.
  const asked = depth + (gallery ? 0 : 1)
  const stage = openStage(work, 'queries', queries.labels.length)
  let first = 0
  try {
    for await (const rows of regrouped(queries, queriesAtOnce)) {
      const { places, similarities } = await searchRows(engine, {
        ...{ queries: rows, dim, gallery: shelf.blocks(), depth: asked, similarity },
        work: unwatched(work),
      })
      const count = rows.length / dim
      /** Queries whose classmates all lie behind what is ranked, with their similarity to the nearest stranger. */
      const behind = new Map<number, number>()
      for (let row = 0; row < count; row++) {
        const label = queries.labels[first + row]
        const found = places.subarray(row * asked, (row + 1) * asked)
        const nearest = gallery ? found : without(found, first + row).subarray(0, depth)
        const mates = (counts.get(label) ?? 0) - (gallery ? 0 : 1)
        scores.take(mates, rank => shelf.labels[nearest[rank]] === label)
        const stranger = found.findIndex(place => place >= 0 && shelf.labels[place] !== label)
        if (!isCosine || mates <= 0 || stranger < 0) continue
        const negative = similarities[row * asked + stranger]
        const mate = found.findIndex(
          place => shelf.labels[place] === label && (gallery !== undefined || place !== first + row),
        )
        if (mate >= 0) measures.take(similarities[row * asked + mate], negative)
        else behind.set(row, negative)
      }
      const positives = await nearestMates([...behind.keys()], rows, first, queries.labels, shelf, !gallery)
      for (const [row, negative] of behind) measures.take(positives.get(row)!, negative)
      first += count
      stage.update(first)
    }
  } finally {
    stage.end()
  }
  return { ...scores.end(), triplets: measures.end() }
}

/** Cosines of some queries to their nearest classmates, wherever these lie: one more pass through what is searched. */
async function nearestMates(
  wanted: readonly number[],
  rows: Float32Array,
  first: number,
  labels: Int32Array,
  shelf: LabelledRows,
  isSelf: boolean,
): Promise<Map<number, number>> {
  const best = new Map(wanted.map(row => [row, Number.NEGATIVE_INFINITY]))
  if (wanted.length === 0) return best
  const { dim } = shelf
  const lengths = inverseLengths(rows, dim)
  const ofClass = new Map<number, number[]>()
  for (const row of wanted) {
    const own = ofClass.get(labels[first + row])
    if (own) own.push(row)
    else ofClass.set(labels[first + row], [row])
  }
  let start = 0
  for await (const block of shelf.blocks()) {
    const others = inverseLengths(block, dim)
    for (let at = 0; at < others.length; at++)
      for (const row of ofClass.get(shelf.labels[start + at]) ?? []) {
        if (isSelf && start + at === first + row) continue
        let sum = 0
        for (let d = 0; d < dim; d++) sum += block[at * dim + d] * rows[row * dim + d]
        best.set(row, Math.max(best.get(row)!, sum * others[at] * lengths[row]))
      }
    start += others.length
  }
  return best
}

const without = (places: Int32Array, own: number): Int32Array => places.filter(place => place !== own)

/** The same rows in blocks of `count`; the last one has what is left. */
async function* regrouped({ dim, blocks }: LabelledRows, count: number): AsyncGenerator<Float32Array> {
  let rows = new Float32Array(count * dim)
  let filled = 0
  for await (const block of blocks())
    for (let from = 0; from < block.length; ) {
      const part = block.subarray(from, from + rows.length - filled)
      rows.set(part, filled)
      filled += part.length
      from += part.length
      if (filled < rows.length) continue
      yield rows
      rows = new Float32Array(count * dim)
      filled = 0
    }
  if (filled) yield rows.subarray(0, filled)
}
