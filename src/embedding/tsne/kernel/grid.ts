/**
 * Repulsion by interpolation on a grid, after FIt-SNE (Linderman et al., Nature Methods 2019): points are
 * spread to a regular grid, the grid is convolved with the kernel by Fourier transforms, and what each point
 * feels is read off at its place. Time is linear in the number of points.
 *
 * Three things differ from FIt-SNE, for speed:
 * - the nodes interpolate by cubic splines, whose prefilter (2 + cos t) / 3 per axis is divided out in the
 *   Fourier domain, as in particle-mesh Ewald summation. That is of fourth order in the spacing, where piecewise
 *   quadratic polynomials are of third, so the nodes may stand farther apart;
 * - the force is convolved directly, with dx / (1 + d^2)^2 and dy / (1 + d^2)^2, so a point has one charge, not
 *   four, and no differences of large sums arise. The normaliser sum 1 / (1 + d^2) needs no transform back:
 *   by Parseval it is the sum of its kernel's transform times the power of the charges;
 * - the spacing is fixed and the grid grows with the map, so the transforms of the kernels are kept.
 *
 * A grid of size N has N / 2 nodes along a side that points may touch; the rest is the zero padding that makes
 * the convolution linear. This file has the grid and the splines, `convolution.ts` the way from charges to
 * forces, `spectra.ts` the kernels' transforms.
 */
import * as Field from './fields'
import { address, integer, measure } from './job'

/** Nodes between the outermost point and the edge: the splines reach 2, their prefilter fades within 4. */
const margin: f64 = 4

/** Floats from one row of a plane to the next. */
export function pitchOf(size: i32): i32 {
  return (size >> 1) + 8
}

/** Which grid a map of this extent uses: the smallest that holds it at the wanted spacing. */
export function gridFor(job: usize, extent: f64): i32 {
  const spacing = measure(job, Field.gridSpacing)
  const sizes = address(job, Field.gridSizes)
  const last = integer(job, Field.gridSizeCount) - 1
  for (let g: i32 = 0; g < last; g++)
    if (extent / spacing + 2 * margin <= <f64>(load<i32>(sizes + (g << 2)) >> 1)) return g
  return last
}

/** Its spacing: halved while a small map fits, doubled until a huge one does. */
export function spacingFor(job: usize, grid: i32, extent: f64): f64 {
  const room = <f64>(sizeOf(job, grid) >> 1) - 2 * margin
  let spacing = measure(job, Field.gridSpacing)
  if (grid == 0) while (spacing > 1e-9 && extent <= 0.5 * spacing * room) spacing *= 0.5
  while (spacing < 1e30 && extent > spacing * room) spacing *= 2
  return spacing
}

export function sizeOf(job: usize, grid: i32): i32 {
  return load<i32>(address(job, Field.gridSizes) + (grid << 2))
}

/** Lowest coordinate of the grid, so that the map lies in the middle of the usable nodes. */
export function originFor(middle: f64, size: i32, spacing: f64): f64 {
  return middle - 0.5 * spacing * <f64>((size >> 1) - 1)
}

/** The four weights of a cubic B-spline at fraction t between two nodes. */
function splineWeights(t: f32): v128 {
  const u = f32x4.splat(t)
  const cubic = f32x4.mul(u, f32x4(-0.16666667, 0.5, -0.5, 0.16666667))
  const square = f32x4.mul(u, f32x4.add(cubic, f32x4(0.5, -1, 0.5, 0)))
  return f32x4.add(
    f32x4.mul(u, f32x4.add(square, f32x4(-0.5, 0, 0.5, 0))),
    f32x4(0.16666667, 0.6666667, 0.16666667, 0),
  )
}

/** Adds a unit charge for each of the points [from, to) to the calling thread's plane. */
export function spread(
  points: usize,
  from: i32,
  to: i32,
  plane: usize,
  size: i32,
  spacing: f64,
  x0: f64,
  y0: f64,
): void {
  const pitch = (<usize>pitchOf(size)) << 2
  const scale = 1 / spacing
  for (let i = from; i < to; i++) {
    const u = (<f64>load<f32>(points + (i << 3)) - x0) * scale
    const v = (<f64>load<f32>(points + (i << 3), 4) - y0) * scale
    const column = <i32>u
    const row = <i32>v
    const across = splineWeights(<f32>(u - <f64>column))
    const down = splineWeights(<f32>(v - <f64>row))
    let cell = plane + <usize>(row - 1) * pitch + ((<usize>(column - 1)) << 2)
    v128.store(cell, f32x4.add(v128.load(cell), f32x4.mul(across, v128.shuffle<f32>(down, down, 0, 0, 0, 0))))
    cell += pitch
    v128.store(cell, f32x4.add(v128.load(cell), f32x4.mul(across, v128.shuffle<f32>(down, down, 1, 1, 1, 1))))
    cell += pitch
    v128.store(cell, f32x4.add(v128.load(cell), f32x4.mul(across, v128.shuffle<f32>(down, down, 2, 2, 2, 2))))
    cell += pitch
    v128.store(cell, f32x4.add(v128.load(cell), f32x4.mul(across, v128.shuffle<f32>(down, down, 3, 3, 3, 3))))
  }
}

/** Reads the two components of the force at the points [from, to) off the grid. */
export function gather(
  points: usize,
  from: i32,
  to: i32,
  forceX: usize,
  forceY: usize,
  size: i32,
  spacing: f64,
  x0: f64,
  y0: f64,
  out: usize,
): void {
  const pitch = (<usize>pitchOf(size)) << 2
  const scale = 1 / spacing
  for (let i = from; i < to; i++) {
    const u = (<f64>load<f32>(points + (i << 3)) - x0) * scale
    const v = (<f64>load<f32>(points + (i << 3), 4) - y0) * scale
    const column = <i32>u
    const row = <i32>v
    const across = splineWeights(<f32>(u - <f64>column))
    const down = splineWeights(<f32>(v - <f64>row))
    const cell = <usize>(row - 1) * pitch + ((<usize>(column - 1)) << 2)
    const w0 = v128.shuffle<f32>(down, down, 0, 0, 0, 0)
    const w1 = v128.shuffle<f32>(down, down, 1, 1, 1, 1)
    const w2 = v128.shuffle<f32>(down, down, 2, 2, 2, 2)
    const w3 = v128.shuffle<f32>(down, down, 3, 3, 3, 3)
    const x = f32x4.mul(across, weighted(forceX + cell, pitch, w0, w1, w2, w3))
    const y = f32x4.mul(across, weighted(forceY + cell, pitch, w0, w1, w2, w3))
    // x0 + x2, y0 + y2, x1 + x3, y1 + y3, then the halves together
    const pairs = f32x4.add(v128.shuffle<f32>(x, y, 0, 4, 1, 5), v128.shuffle<f32>(x, y, 2, 6, 3, 7))
    const total = f32x4.add(pairs, v128.shuffle<f32>(pairs, pairs, 2, 3, 0, 1))
    v128.store64_lane(out + (i << 3), total, 0)
  }
}

function weighted(cell: usize, pitch: usize, w0: v128, w1: v128, w2: v128, w3: v128): v128 {
  return f32x4.add(
    f32x4.add(f32x4.mul(v128.load(cell), w0), f32x4.mul(v128.load(cell + pitch), w1)),
    f32x4.add(f32x4.mul(v128.load(cell + 2 * pitch), w2), f32x4.mul(v128.load(cell + 3 * pitch), w3)),
  )
}
