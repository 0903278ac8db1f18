/**
 * Repulsion of one map: for each point i the sum over j of (y_i - y_j) / (1 + d_ij^2)^2, written to the map's
 * gradient, and the normaliser Z, the sum of 1 / (1 + d_ij^2) over i != j. Exact over all pairs, or by the grid.
 */
import { meet } from './barrier'
import { chargesAlongY, convolveAlongX, forcesAlongY } from './convolution'
import * as Field from './fields'
import * as Grid from './grid'
import { address, integer, measure, pointShare, setMeasure } from './job'
import { keepSpacing, kernelsAlongX, kernelsAlongY, kernelsAreFor } from './spectra'

export function repel(job: usize, map: usize, thread: i32, threads: i32): void {
  const count = integer(map, Field.pointCount)
  const partial = integer(map, Field.exact)
    ? repelExactly(job, map, count, thread, threads)
    : repelByGrid(job, map, count, thread, threads)
  setMeasure(address(job, Field.sums), thread, partial)
  meet(job, threads)
  if (thread == 0) {
    let total: f64 = 0
    for (let t: i32 = 0; t < threads; t++) total += measure(address(job, Field.sums), t)
    // Interpolation knows Z to about a thousandth of n; a map torn so far apart must not get a negative one.
    setMeasure(map, Field.normaliser, max(total - <f64>count, 0.001 * <f64>count))
  }
  meet(job, threads)
}

function repelExactly(job: usize, map: usize, count: i32, thread: i32, threads: i32): f64 {
  const points = address(map, Field.positions)
  const xs = address(map, Field.planes)
  const ys = xs + address(map, Field.planeStride)
  const out = address(map, Field.gradient)
  const from = pointShare(count, thread, threads)
  const to = pointShare(count, thread + 1, threads)
  for (let i = from; i < to; i++) {
    store<f32>(xs + (i << 2), load<f32>(points + (i << 3)))
    store<f32>(ys + (i << 2), load<f32>(points + (i << 3), 4))
  }
  meet(job, threads)
  const end = (count + 3) & ~3
  const one = f32x4.splat(1)
  let total: f64 = 0
  for (let i = from; i < to; i++) {
    const x = v128.load32_splat(xs + (i << 2))
    const y = v128.load32_splat(ys + (i << 2))
    let forceX = f32x4.splat(0)
    let forceY = f32x4.splat(0)
    let sum = f32x4.splat(0)
    for (let j: i32 = 0; j < end; j += 4) {
      const dx = f32x4.sub(x, v128.load(xs + (j << 2)))
      const dy = f32x4.sub(y, v128.load(ys + (j << 2)))
      const q = f32x4.div(one, f32x4.add(one, f32x4.add(f32x4.mul(dx, dx), f32x4.mul(dy, dy))))
      const q2 = f32x4.mul(q, q)
      sum = f32x4.add(sum, q)
      forceX = f32x4.add(forceX, f32x4.mul(q2, dx))
      forceY = f32x4.add(forceY, f32x4.mul(q2, dy))
    }
    store<f32>(out + (i << 3), total4(forceX))
    store<f32>(out + (i << 3), total4(forceY), 4)
    total += <f64>total4(sum)
  }
  return total
}

export function total4(v: v128): f32 {
  return (
    f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 2) + (f32x4.extract_lane(v, 1) + f32x4.extract_lane(v, 3))
  )
}

function repelByGrid(job: usize, map: usize, count: i32, thread: i32, threads: i32): f64 {
  const points = address(map, Field.positions)
  const from = pointShare(count, thread, threads)
  const to = pointShare(count, thread + 1, threads)
  measureExtent(points, from, to, address(job, Field.extents) + (thread << 5))
  meet(job, threads)

  let left: f64 = Infinity
  let right: f64 = -Infinity
  let top: f64 = Infinity
  let bottom: f64 = -Infinity
  for (let t: i32 = 0; t < threads; t++) {
    const extent = address(job, Field.extents) + (t << 5)
    left = min(left, load<f64>(extent))
    right = max(right, load<f64>(extent, 8))
    top = min(top, load<f64>(extent, 16))
    bottom = max(bottom, load<f64>(extent, 24))
  }
  const side = max(right - left, bottom - top)
  const grid = Grid.gridFor(job, side)
  const size = Grid.sizeOf(job, grid)
  const spacing = Grid.spacingFor(job, grid, side)
  const x0 = Grid.originFor(0.5 * (left + right), size, spacing)
  const y0 = Grid.originFor(0.5 * (top + bottom), size, spacing)

  if (!kernelsAreFor(job, grid, spacing)) {
    kernelsAlongY(job, grid, spacing, thread, threads)
    meet(job, threads)
    kernelsAlongX(job, grid, thread, threads)
    meet(job, threads)
    if (thread == 0) keepSpacing(job, grid, spacing)
  }

  const plane = address(job, Field.charges) + thread * address(job, Field.chargesStride)
  Grid.spread(points, from, to, plane, size, spacing, x0, y0)
  meet(job, threads)
  chargesAlongY(job, grid, thread, threads)
  meet(job, threads)
  const partial = convolveAlongX(job, grid, thread, threads)
  meet(job, threads)
  forcesAlongY(job, grid, thread, threads)
  meet(job, threads)
  const forceX = address(job, Field.field)
  const forceY = forceX + address(job, Field.fieldStride)
  Grid.gather(points, from, to, forceX, forceY, size, spacing, x0, y0, address(map, Field.gradient))
  return partial
}

function measureExtent(points: usize, from: i32, to: i32, out: usize): void {
  let left: f32 = Infinity
  let right: f32 = -Infinity
  let top: f32 = Infinity
  let bottom: f32 = -Infinity
  for (let i = from; i < to; i++) {
    const x = load<f32>(points + (i << 3))
    const y = load<f32>(points + (i << 3), 4)
    left = min(left, x)
    right = max(right, x)
    top = min(top, y)
    bottom = max(bottom, y)
  }
  store<f64>(out, left)
  store<f64>(out, right, 8)
  store<f64>(out, top, 16)
  store<f64>(out, bottom, 24)
}
