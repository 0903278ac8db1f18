/**
 * Attraction along the affinities, the gradient, and a step of gradient descent with momentum and gains
 * (Jacobs 1988; van der Maaten and Hinton 2008, section 3.4).
 *
 *   dKL/dy_i = 4 sum_j (e p_ij - q_ij) (y_i - y_j) / (1 + d_ij^2),  q_ij = 1 / ((1 + d_ij^2) Z),  e: exaggeration
 */
import * as Field from './fields'
import { address, integer, measure, pointShare, setMeasure } from './job'
import { total4 } from './repulsion'

/** No point moves further than this in a step, as in FIt-SNE: keeps stray points from tearing the map apart. */
const longestStep: f32 = 5

/** Turns the repulsion that lies in the map's gradient into the gradient of the divergence. */
export function addAttraction(map: usize, exaggeration: f64, thread: i32, threads: i32): void {
  const count = integer(map, Field.pointCount)
  const points = address(map, Field.positions)
  const gradient = address(map, Field.gradient)
  const starts = address(map, Field.rowStarts)
  const columns = address(map, Field.columns)
  const values = address(map, Field.values)
  const attract = <f32>(4 * exaggeration)
  const repel = <f32>(4 / measure(map, Field.normaliser))
  const one = f32x4.splat(1)
  const to = pointShare(count, thread + 1, threads)
  for (let i = pointShare(count, thread, threads); i < to; i++) {
    const x = v128.load32_splat(points + (i << 3))
    const y = v128.load32_splat(points + (i << 3), 4)
    let pullX = f32x4.splat(0)
    let pullY = f32x4.splat(0)
    const end = load<u32>(starts + (i << 2), 4) << 2
    for (let e = load<u32>(starts + (i << 2)) << 2; e < end; e += 16) {
      let first = v128.load64_zero(points + (load<u32>(columns + e) << 3))
      first = v128.load64_lane(points + (load<u32>(columns + e, 4) << 3), first, 1)
      let second = v128.load64_zero(points + (load<u32>(columns + e, 8) << 3))
      second = v128.load64_lane(points + (load<u32>(columns + e, 12) << 3), second, 1)
      const dx = f32x4.sub(x, v128.shuffle<f32>(first, second, 0, 2, 4, 6))
      const dy = f32x4.sub(y, v128.shuffle<f32>(first, second, 1, 3, 5, 7))
      const square = f32x4.add(one, f32x4.add(f32x4.mul(dx, dx), f32x4.mul(dy, dy)))
      const pull = f32x4.div(v128.load(values + e), square)
      pullX = f32x4.add(pullX, f32x4.mul(pull, dx))
      pullY = f32x4.add(pullY, f32x4.mul(pull, dy))
    }
    const at = gradient + (i << 3)
    store<f32>(at, attract * total4(pullX) - repel * load<f32>(at))
    store<f32>(at, attract * total4(pullY) - repel * load<f32>(at, 4), 4)
  }
}

/** Sets the velocities and moves the points. */
export function step(map: usize, rate: f64, momentum: f64, thread: i32, threads: i32): void {
  const count = integer(map, Field.pointCount)
  const points = address(map, Field.positions)
  const velocities = address(map, Field.velocities)
  const gains = address(map, Field.gains)
  const gradient = address(map, Field.gradient)
  const zero = f32x4.splat(0)
  const least = f32x4.splat(0.01)
  const more = f32x4.splat(0.2)
  const less = f32x4.splat(0.8)
  const limit = f32x4.splat(longestStep)
  const one = f32x4.splat(1)
  const tiny = f32x4.splat(1e-30)
  const keep = f32x4.splat(<f32>momentum)
  const go = f32x4.splat(<f32>rate)
  // Two points at a time; arrays are padded to a multiple of four numbers.
  const to = <usize>pointShare(count, thread + 1, threads) << 3
  for (let at = <usize>pointShare(count, thread, threads) << 3; at < to; at += 16) {
    const slope = v128.load(gradient + at)
    const velocity = v128.load(velocities + at)
    const before = v128.load(gains + at)
    const downhill = f32x4.lt(f32x4.mul(slope, velocity), zero)
    const gain = f32x4.max(
      least,
      v128.bitselect(f32x4.add(before, more), f32x4.mul(before, less), downhill),
    )
    const next = f32x4.sub(f32x4.mul(keep, velocity), f32x4.mul(go, f32x4.mul(gain, slope)))
    const squares = f32x4.mul(next, next)
    const length = f32x4.sqrt(f32x4.add(squares, v128.shuffle<f32>(squares, squares, 1, 0, 3, 2)))
    const allowed = f32x4.mul(next, f32x4.min(one, f32x4.div(limit, f32x4.max(length, tiny))))
    v128.store(gains + at, gain)
    v128.store(velocities + at, allowed)
    v128.store(points + at, f32x4.add(v128.load(points + at), allowed))
  }
}

/** This thread's part of the sum of p log(1 + d^2), in double precision. */
export function attractionEnergy(map: usize, thread: i32, threads: i32): f64 {
  const count = integer(map, Field.pointCount)
  const points = address(map, Field.positions)
  const starts = address(map, Field.rowStarts)
  const columns = address(map, Field.columns)
  const values = address(map, Field.values)
  let total: f64 = 0
  const to = pointShare(count, thread + 1, threads)
  for (let i = pointShare(count, thread, threads); i < to; i++) {
    const x = <f64>load<f32>(points + (i << 3))
    const y = <f64>load<f32>(points + (i << 3), 4)
    const end = load<u32>(starts + (i << 2), 4) << 2
    for (let e = load<u32>(starts + (i << 2)) << 2; e < end; e += 4) {
      const other = points + (load<u32>(columns + e) << 3)
      const dx = x - <f64>load<f32>(other)
      const dy = y - <f64>load<f32>(other, 4)
      total += <f64>load<f32>(values + e) * Math.log(1 + dx * dx + dy * dy)
    }
  }
  return total
}

export function setEnergy(map: usize, partials: usize, threads: i32): void {
  let total: f64 = 0
  for (let t: i32 = 0; t < threads; t++) total += measure(partials, t)
  setMeasure(map, Field.spread, total)
}
