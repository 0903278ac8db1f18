/**
 * Exact nearest neighbours in Euclidean distance, by blocks: |a - b|^2 = |a|^2 + |b|^2 - 2 a.b, four queries
 * against eight candidates at a time in registers, a tile of candidates at a time in the cache. The distances
 * of those that were found are then recomputed from the differences, so duplicates are exactly 0 apart.
 *
 * `packed` holds the candidates in packs of eight, coordinate by coordinate, `norms` their squared lengths
 * (infinite where a pack is filled up). Each query owns a heap of its k nearest so far, farthest on top.
 */
import { share } from './job'

/** Bytes of candidates that are visited by all queries before the next tile. */
const tileBytes: i32 = 262144

export function neighbours(
  thread: i32,
  threads: i32,
  data: usize,
  packed: usize,
  norms: usize,
  count: i32,
  dim: i32,
  k: i32,
  indices: usize,
  distances: usize,
): void {
  const packs = (count + 7) >> 3
  const packBytes = dim << 5
  const tile = max(1, tileBytes / packBytes)
  const blocks = (count + 3) >> 2
  const from = share(blocks, thread, threads) << 2
  const to = min(share(blocks, thread + 1, threads) << 2, count)
  for (let at = from * k; at < to * k; at++) store<f32>(distances + (at << 2), Infinity)
  for (let first: i32 = 0; first < packs; first += tile) {
    const last = min(packs, first + tile)
    for (let query = from; query < to; query += 4) {
      // The last block may run over: its spare lanes repeat the last query and are dropped.
      const row = dim << 2
      const a = data + query * row
      const b = data + min(query + 1, count - 1) * row
      const c = data + min(query + 2, count - 1) * row
      const d = data + min(query + 3, count - 1) * row
      const lanes = min(4, to - query)
      for (let pack = first; pack < last; pack++) {
        let a0 = f32x4.splat(0)
        let a1 = f32x4.splat(0)
        let b0 = f32x4.splat(0)
        let b1 = f32x4.splat(0)
        let c0 = f32x4.splat(0)
        let c1 = f32x4.splat(0)
        let d0 = f32x4.splat(0)
        let d1 = f32x4.splat(0)
        let candidates = packed + pack * packBytes
        for (let at: i32 = 0; at < row; at += 4, candidates += 32) {
          const left = v128.load(candidates)
          const right = v128.load(candidates, 16)
          const qa = v128.load32_splat(a + at)
          a0 = f32x4.add(a0, f32x4.mul(qa, left))
          a1 = f32x4.add(a1, f32x4.mul(qa, right))
          const qb = v128.load32_splat(b + at)
          b0 = f32x4.add(b0, f32x4.mul(qb, left))
          b1 = f32x4.add(b1, f32x4.mul(qb, right))
          const qc = v128.load32_splat(c + at)
          c0 = f32x4.add(c0, f32x4.mul(qc, left))
          c1 = f32x4.add(c1, f32x4.mul(qc, right))
          const qd = v128.load32_splat(d + at)
          d0 = f32x4.add(d0, f32x4.mul(qd, left))
          d1 = f32x4.add(d1, f32x4.mul(qd, right))
        }
        const norm = norms + (pack << 5)
        const at = pack << 3
        offer(a0, a1, norm, at, query, k, indices, distances)
        if (lanes > 1) offer(b0, b1, norm, at, query + 1, k, indices, distances)
        if (lanes > 2) offer(c0, c1, norm, at, query + 2, k, indices, distances)
        if (lanes > 3) offer(d0, d1, norm, at, query + 3, k, indices, distances)
      }
    }
  }
  for (let query = from; query < to; query++) finish(data, dim, query, k, indices, distances)
}

/** Offers eight candidates, given by their dot products with the query, to the query's heap. */
function offer(
  left: v128,
  right: v128,
  norm: usize,
  candidate: i32,
  query: i32,
  k: i32,
  indices: usize,
  distances: usize,
): void {
  const heap = distances + ((query * k) << 2)
  const names = indices + ((query * k) << 2)
  // |b|^2 - 2 a.b: the query's own length does not change the order.
  const l = f32x4.sub(v128.load(norm), f32x4.add(left, left))
  const r = f32x4.sub(v128.load(norm, 16), f32x4.add(right, right))
  const farthest = v128.load32_splat(heap)
  const closer =
    i32x4.bitmask(f32x4.lt(l, farthest)) | (i32x4.bitmask(f32x4.lt(r, farthest)) << 4)
  for (let rest = closer; rest != 0; rest &= rest - 1) {
    const lane = ctz(rest)
    const index = candidate + lane
    if (index == query) continue
    const distance = laneOf(lane < 4 ? l : r, lane & 3)
    if (distance < load<f32>(heap)) replaceTop(heap, names, k, distance, index)
  }
}

function laneOf(v: v128, lane: i32): f32 {
  if (lane == 0) return f32x4.extract_lane(v, 0)
  if (lane == 1) return f32x4.extract_lane(v, 1)
  return lane == 2 ? f32x4.extract_lane(v, 2) : f32x4.extract_lane(v, 3)
}

/** Puts an entry in place of the greatest and lets it sink. */
function replaceTop(heap: usize, names: usize, size: i32, distance: f32, index: i32): void {
  let at: i32 = 0
  while (true) {
    let child = 2 * at + 1
    if (child >= size) break
    if (child + 1 < size && load<f32>(heap + (child << 2), 4) > load<f32>(heap + (child << 2))) child++
    if (load<f32>(heap + (child << 2)) <= distance) break
    store<f32>(heap + (at << 2), load<f32>(heap + (child << 2)))
    store<i32>(names + (at << 2), load<i32>(names + (child << 2)))
    at = child
  }
  store<f32>(heap + (at << 2), distance)
  store<i32>(names + (at << 2), index)
}

/** Recomputes a query's distances and sorts them, nearest first. */
function finish(data: usize, dim: i32, query: i32, k: i32, indices: usize, distances: usize): void {
  const heap = distances + ((query * k) << 2)
  const names = indices + ((query * k) << 2)
  const row = dim << 2
  const own = data + query * row
  for (let i: i32 = 0; i < k; i++) {
    const index = load<i32>(names + (i << 2))
    const other = data + index * row
    let total: f64 = 0
    for (let at: i32 = 0; at < row; at += 4) {
      const difference = <f64>load<f32>(own + at) - <f64>load<f32>(other + at)
      total += difference * difference
    }
    const distance = <f32>total
    let slot = i
    for (; slot > 0 && load<f32>(heap + ((slot - 1) << 2)) > distance; slot--) {
      store<f32>(heap + (slot << 2), load<f32>(heap + ((slot - 1) << 2)))
      store<i32>(names + (slot << 2), load<i32>(names + ((slot - 1) << 2)))
    }
    store<f32>(heap + (slot << 2), distance)
    store<i32>(names + (slot << 2), index)
  }
}
