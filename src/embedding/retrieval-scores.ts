/**
 * What a ranking is worth: recall at K, R-precision and MAP@R (Musgrave et al. 2020, "A Metric Learning Reality Check",
 * section 2), and, where the whole gallery is ranked, mean average precision and mean reciprocal rank.
 */

export interface Scores {
  /** share of queries with a hit among the K nearest, by K; over queries that have a classmate, NaN where none has */
  recall: Record<string, number>
  /** mean share of classmates among the R nearest, R being their number */
  rPrecision: number
  /** mean average precision at R */
  mapAtR: number
  /** mean average precision, and mean reciprocal rank of the nearest classmate; where the whole gallery is ranked */
  map?: number
  mrr?: number
  /** queries that have a classmate; the others are left out of every share */
  queries: number
}

export const recallRanks: readonly number[] = [1, 2, 4, 8]

/**
 * How many of the nearest are needed of each query.
 *
 * @param gallery labels of what is searched; the queries themselves, each without itself, unless given
 */
export function depthOf(
  queries: ArrayLike<number>,
  gallery: ArrayLike<number> | undefined,
  ranks: readonly number[],
  whole: boolean,
): number {
  const others = (gallery ?? queries).length - (gallery ? 0 : 1)
  if (whole) return others
  const members = countsOf(gallery ?? queries)
  let most = 0
  for (let query = 0; query < queries.length; query++)
    most = Math.max(most, (members.get(queries[query]) ?? 0) - (gallery ? 0 : 1))
  const deepest = ranks.reduce((a, b) => Math.max(a, b), 0)
  // One more than the classmates there are always holds a stranger.
  return Math.min(others, Math.max(deepest, most + 1))
}

/** How many there are of each class. */
export function countsOf(labels: ArrayLike<number>): Map<number, number> {
  const counts = new Map<number, number>()
  for (let place = 0; place < labels.length; place++)
    counts.set(labels[place], (counts.get(labels[place]) ?? 0) + 1)
  return counts
}

/** The rank of the nearest classmate; `depth` where there is none. */
export function firstHit(depth: number, isHit: (rank: number) => boolean): number {
  let hit = 0
  while (hit < depth && !isHit(hit)) hit++
  return hit
}

export function createScores(ranks: readonly number[], depth: number, whole: boolean) {
  const hits = new Map(ranks.map(k => [k, 0]))
  const sums = { precision: 0, averagePrecision: 0, wholePrecision: 0, reciprocalRank: 0, queries: 0 }
  return {
    /**
     * @param mates how many classmates there are to be found
     * @param hit rank of the nearest one, where it is known
     */
    take(mates: number, isHit: (rank: number) => boolean, hit = firstHit(depth, isHit)): void {
      if (mates <= 0) return
      for (const k of ranks) if (hit < k) hits.set(k, hits.get(k)! + 1)
      const precise = precisionAt(mates, isHit)
      sums.precision += precise.precision
      sums.averagePrecision += precise.average
      sums.queries++
      if (!whole) return
      sums.wholePrecision += wholeAveragePrecision(mates, depth, isHit)
      sums.reciprocalRank += 1 / (hit + 1)
    },
    end(): Scores {
      const mean = (sum: number) => sum / sums.queries
      return {
        recall: Object.fromEntries(ranks.map(k => [String(k), mean(hits.get(k)!)])),
        rPrecision: mean(sums.precision),
        mapAtR: mean(sums.averagePrecision),
        ...(whole && { map: mean(sums.wholePrecision), mrr: mean(sums.reciprocalRank) }),
        queries: sums.queries,
      }
    },
  }
}

/** Share of hits among the first R ranks, and the mean over those ranks of the precision at each hit. */
function precisionAt(
  relevant: number,
  isHit: (rank: number) => boolean,
): { precision: number; average: number } {
  let hits = 0
  let sum = 0
  for (let rank = 0; rank < relevant; rank++) if (isHit(rank)) sum += ++hits / (rank + 1)
  return { precision: hits / relevant, average: sum / relevant }
}

/** Mean over all hits of the precision at each. */
function wholeAveragePrecision(relevant: number, depth: number, isHit: (rank: number) => boolean): number {
  let hits = 0
  let sum = 0
  for (let rank = 0; rank < depth && hits < relevant; rank++) if (isHit(rank)) sum += ++hits / (rank + 1)
  return sum / relevant
}
