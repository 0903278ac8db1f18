/**
 * Repulsion by interpolation on a grid, after FIt-SNE (Linderman et al., Nature Methods 2019): points are
 * spread to a regular grid, the grid is convolved with the kernel by Fourier transforms, and what each point
 * feels is read off at its place. Time is linear in the number of points.
 *
 * Three things differ from FIt-SNE, all for speed at the same accuracy:
 * - the nodes interpolate by cubic splines, whose prefilter (2 + cos t) / 3 per axis is divided out in the
 *   Fourier domain, as in particle-mesh Ewald summation. At equal spacing the error is far below that of
 *   piecewise quadratic polynomials, so the spacing may be wider;
 * - the force is convolved directly, with dx / (1 + d^2)^2 and dy / (1 + d^2)^2, so a point has one charge, not
 *   four, and no differences of large sums arise. The normaliser sum 1 / (1 + d^2) needs no transform back:
 *   by Parseval it is the sum of its kernel's transform times the power of the charges;
 * - the spacing is fixed and the grid grows with the map, so the transforms of the kernels are kept.
 *
 * A grid of size N has N / 2 nodes along a side that points may touch; the rest is the zero padding that makes
 * the convolution linear. Charges are real, so half a spectrum (N / 2 + 1 rows) is all that is computed. The
 * grid is transformed along y first (columns, four or eight at once), then along x (rows, four at once).
 */
import * as Field from './fields'
import { transform } from './fourier'
import { address, entry, integer, measure, setMeasure, share } from './job'

/** Nodes between the outermost point and the edge: the splines reach 2, their prefilter fades within 4. */
const margin: f64 = 4

/** Floats from one row of a plane to the next. */
function pitchOf(size: i32): i32 {
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

function halfSpectrum(job: usize, plane: i32): usize {
  return address(job, Field.halfSpectra) + plane * address(job, Field.halfSpectraStride)
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

/** Charges, along y: sums the threads' planes (and clears them), transforms eight real columns at a time. */
export function chargesAlongY(job: usize, grid: i32, thread: i32, threads: i32): void {
  const size = sizeOf(job, grid)
  const nodes = size >> 1
  const pitch = (<usize>pitchOf(size)) << 2
  const stride = address(job, Field.chargesStride)
  const planes = address(job, Field.charges)
  const re = halfSpectrum(job, 0)
  const im = halfSpectrum(job, 1)
  const twiddles = entry(address(job, Field.gridTwiddles), grid)
  const workStride = address(job, Field.workStride) >> 2
  const x = address(job, Field.work) + thread * address(job, Field.workStride)
  const half = f32x4.splat(0.5)
  const zero = f32x4.splat(0)
  const batches = nodes >> 3
  const end = share(batches, thread + 1, threads)
  for (let batch = share(batches, thread, threads); batch < end; batch++) {
    const column = (<usize>batch) << 5
    for (let row: i32 = 0; row < nodes; row++) {
      let cell = planes + row * pitch + column
      let first = v128.load(cell)
      let second = v128.load(cell, 16)
      v128.store(cell, zero)
      v128.store(cell, zero, 16)
      for (let t: i32 = 1; t < threads; t++) {
        cell += stride
        first = f32x4.add(first, v128.load(cell))
        second = f32x4.add(second, v128.load(cell, 16))
        v128.store(cell, zero)
        v128.store(cell, zero, 16)
      }
      v128.store(x + (row << 5), first)
      v128.store(x + (row << 5), second, 16)
    }
    memory.fill(x + (nodes << 5), 0, nodes << 5)
    const f = transform(x, x + workStride, size, twiddles)
    // Two real columns were transformed as one complex column: part them by symmetry.
    for (let k: i32 = 0; k <= nodes; k++) {
      const plus = f + (k << 5)
      const minus = f + ((k == 0 ? 0 : size - k) << 5)
      const pr = v128.load(plus)
      const pi = v128.load(plus, 16)
      const mr = v128.load(minus)
      const mi = v128.load(minus, 16)
      const at = k * pitch + column
      v128.store(re + at, f32x4.mul(half, f32x4.add(pr, mr)))
      v128.store(im + at, f32x4.mul(half, f32x4.sub(pi, mi)))
      v128.store(re + at, f32x4.mul(half, f32x4.add(pi, mi)), 16)
      v128.store(im + at, f32x4.mul(half, f32x4.sub(mr, pr)), 16)
    }
  }
}

/** Four rows of a plane, turned so that each lane holds one row, into one part (0 real, 16 imaginary) of `to`. */
function loadRows(plane: usize, pitch: usize, columns: i32, to: usize): void {
  for (let c: i32 = 0; c < columns; c += 4) {
    const cell = plane + (c << 2)
    const a = v128.load(cell)
    const b = v128.load(cell + pitch)
    const d = v128.load(cell + 2 * pitch)
    const e = v128.load(cell + 3 * pitch)
    const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5)
    const AB = v128.shuffle<f32>(a, b, 2, 6, 3, 7)
    const de = v128.shuffle<f32>(d, e, 0, 4, 1, 5)
    const DE = v128.shuffle<f32>(d, e, 2, 6, 3, 7)
    const o = to + (c << 5)
    v128.store(o, v128.shuffle<f32>(ab, de, 0, 1, 4, 5))
    v128.store(o + 32, v128.shuffle<f32>(ab, de, 2, 3, 6, 7))
    v128.store(o + 64, v128.shuffle<f32>(AB, DE, 0, 1, 4, 5))
    v128.store(o + 96, v128.shuffle<f32>(AB, DE, 2, 3, 6, 7))
  }
}

function storeRows(from: usize, columns: i32, plane: usize, pitch: usize): void {
  for (let c: i32 = 0; c < columns; c += 4) {
    const o = from + (c << 5)
    const a = v128.load(o)
    const b = v128.load(o + 32)
    const d = v128.load(o + 64)
    const e = v128.load(o + 96)
    const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5)
    const AB = v128.shuffle<f32>(a, b, 2, 6, 3, 7)
    const de = v128.shuffle<f32>(d, e, 0, 4, 1, 5)
    const DE = v128.shuffle<f32>(d, e, 2, 6, 3, 7)
    const cell = plane + (c << 2)
    v128.store(cell, v128.shuffle<f32>(ab, de, 0, 1, 4, 5))
    v128.store(cell + pitch, v128.shuffle<f32>(ab, de, 2, 3, 6, 7))
    v128.store(cell + 2 * pitch, v128.shuffle<f32>(AB, DE, 0, 1, 4, 5))
    v128.store(cell + 3 * pitch, v128.shuffle<f32>(AB, DE, 2, 3, 6, 7))
  }
}

/**
 * Along x: transforms four rows at a time, multiplies by the kernels, transforms both forces back. Returns
 * this thread's part of the normaliser.
 */
export function convolveAlongX(job: usize, grid: i32, thread: i32, threads: i32): f64 {
  const size = sizeOf(job, grid)
  const nodes = size >> 1
  const pitch = (<usize>pitchOf(size)) << 2
  const twiddles = entry(address(job, Field.gridTwiddles), grid)
  const spectra = entry(address(job, Field.gridSpectra), grid)
  const buffer = address(job, Field.workStride) >> 2
  const w0 = address(job, Field.work) + thread * address(job, Field.workStride)
  const forceX = w0 + 2 * buffer
  const forceY = w0 + 3 * buffer
  const batches = (nodes >> 2) + 1
  const end = share(batches, thread + 1, threads)
  let total: f64 = 0
  for (let batch = share(batches, thread, threads); batch < end; batch++) {
    const rows = <usize>(batch << 2) * pitch
    loadRows(halfSpectrum(job, 0) + rows, pitch, nodes, w0)
    loadRows(halfSpectrum(job, 1) + rows, pitch, nodes, w0 + 16)
    memory.fill(w0 + (nodes << 5), 0, nodes << 5)
    const w = transform(w0, w0 + buffer, size, twiddles)
    const free = w == w0 ? w0 + buffer : w0
    let power = f32x4.splat(0)
    let kernels = spectra + <usize>batch * <usize>size * 48
    for (let at: usize = 0, over = (<usize>size) << 5; at < over; at += 32, kernels += 48) {
      const re = v128.load(w + at)
      const im = v128.load(w + at, 16)
      const alongX = v128.load(kernels, 16)
      const alongY = v128.load(kernels, 32)
      power = f32x4.add(power, f32x4.mul(v128.load(kernels), f32x4.add(f32x4.mul(re, re), f32x4.mul(im, im))))
      // The kernels' transforms are i times these numbers; swapped, as the way back needs it.
      v128.store(forceX + at, f32x4.mul(alongX, re))
      v128.store(forceX + at, f32x4.neg(f32x4.mul(alongX, im)), 16)
      v128.store(forceY + at, f32x4.mul(alongY, re))
      v128.store(forceY + at, f32x4.neg(f32x4.mul(alongY, im)), 16)
    }
    // Rows other than the first and the middle one stand for two, theirs and the conjugate's.
    const first: f64 = batch == 0 ? 1 : 2
    const lower: f64 = batch == batches - 1 ? 0 : 2
    total +=
      (batch == batches - 1 ? 1 : first) * <f64>f32x4.extract_lane(power, 0) +
      lower * <f64>f32x4.extract_lane(power, 1) +
      lower * <f64>f32x4.extract_lane(power, 2) +
      lower * <f64>f32x4.extract_lane(power, 3)
    const x = transform(forceX, free, size, twiddles)
    storeRows(x + 16, nodes, halfSpectrum(job, 0) + rows, pitch)
    storeRows(x, nodes, halfSpectrum(job, 1) + rows, pitch)
    const y = transform(forceY, free, size, twiddles)
    storeRows(y + 16, nodes, halfSpectrum(job, 2) + rows, pitch)
    storeRows(y, nodes, halfSpectrum(job, 3) + rows, pitch)
  }
  return total
}

/** Back along y: both forces are real, so they go as one complex column, force x + i force y. */
export function forcesAlongY(job: usize, grid: i32, thread: i32, threads: i32): void {
  const size = sizeOf(job, grid)
  const nodes = size >> 1
  const pitch = (<usize>pitchOf(size)) << 2
  const twiddles = entry(address(job, Field.gridTwiddles), grid)
  const buffer = address(job, Field.workStride) >> 2
  const g = address(job, Field.work) + thread * address(job, Field.workStride)
  const fieldX = address(job, Field.field)
  const fieldY = fieldX + address(job, Field.fieldStride)
  const batches = nodes >> 2
  const end = share(batches, thread + 1, threads)
  for (let batch = share(batches, thread, threads); batch < end; batch++) {
    const column = (<usize>batch) << 4
    for (let k: i32 = 0; k <= nodes; k++) {
      const at = k * pitch + column
      const xr = v128.load(halfSpectrum(job, 0) + at)
      const xi = v128.load(halfSpectrum(job, 1) + at)
      const yr = v128.load(halfSpectrum(job, 2) + at)
      const yi = v128.load(halfSpectrum(job, 3) + at)
      // swapped: imaginary part first
      v128.store(g + (k << 5), f32x4.add(xi, yr))
      v128.store(g + (k << 5), f32x4.sub(xr, yi), 16)
      if (k > 0 && k < nodes) {
        const mirror = g + ((size - k) << 5)
        v128.store(mirror, f32x4.sub(yr, xi))
        v128.store(mirror, f32x4.add(xr, yi), 16)
      }
    }
    const f = transform(g, g + buffer, size, twiddles)
    for (let row: i32 = 0; row < nodes; row++) {
      const at = row * pitch + column
      v128.store(fieldX + at, v128.load(f + (row << 5), 16))
      v128.store(fieldY + at, v128.load(f + (row << 5)))
    }
  }
}

/** The kernels' transforms along y. All are even or odd, so half the columns and one real number each do. */
export function kernelsAlongY(job: usize, grid: i32, spacing: f64, thread: i32, threads: i32): void {
  const size = sizeOf(job, grid)
  const nodes = size >> 1
  const pitch = (<usize>pitchOf(size)) << 2
  const twiddles = entry(address(job, Field.gridTwiddles), grid)
  const buffer = address(job, Field.workStride) >> 2
  const a = address(job, Field.work) + thread * address(job, Field.workStride)
  const b = a + 2 * buffer
  const one = f32x4.splat(1)
  const batches = (nodes >> 2) + 1
  const end = share(batches, thread + 1, threads)
  for (let batch = share(batches, thread, threads); batch < end; batch++) {
    const dx = f32x4.mul(
      f32x4.splat(<f32>spacing),
      f32x4.add(f32x4.splat(<f32>(batch << 2)), f32x4(0, 1, 2, 3)),
    )
    const dx2 = f32x4.mul(dx, dx)
    for (let k: i32 = 0; k < size; k++) {
      const dy = f32x4.splat(<f32>(spacing * <f64>(k <= nodes ? k : k - size)))
      const q = f32x4.div(one, f32x4.add(one, f32x4.add(dx2, f32x4.mul(dy, dy))))
      const q2 = f32x4.mul(q, q)
      v128.store(a + (k << 5), q)
      v128.store(a + (k << 5), f32x4.mul(dx, q2), 16)
      v128.store(b + (k << 5), k == nodes ? f32x4.splat(0) : f32x4.mul(dy, q2))
      v128.store(b + (k << 5), f32x4.splat(0), 16)
    }
    const even = transform(a, a + buffer, size, twiddles)
    const odd = transform(b, b + buffer, size, twiddles)
    for (let k: i32 = 0; k <= nodes; k++) {
      const at = k * pitch + ((<usize>batch) << 4)
      v128.store(halfSpectrum(job, 0) + at, v128.load(even + (k << 5)))
      v128.store(halfSpectrum(job, 1) + at, v128.load(even + (k << 5), 16))
      v128.store(halfSpectrum(job, 2) + at, v128.load(odd + (k << 5), 16))
    }
  }
}

/** The same along x, with the splines' prefilter (for charges and for forces) and 1 / N^2 multiplied in. */
export function kernelsAlongX(job: usize, grid: i32, thread: i32, threads: i32): void {
  const size = sizeOf(job, grid)
  const nodes = size >> 1
  const pitch = (<usize>pitchOf(size)) << 2
  const twiddles = entry(address(job, Field.gridTwiddles), grid)
  const buffer = address(job, Field.workStride) >> 2
  const a = address(job, Field.work) + thread * address(job, Field.workStride)
  const b = a + 2 * buffer
  const zero = f32x4.splat(0)
  const batches = (nodes >> 2) + 1
  const end = share(batches, thread + 1, threads)
  for (let batch = share(batches, thread, threads); batch < end; batch++) {
    for (let lane: i32 = 0; lane < 4; lane++) {
      const row = (batch << 2) + lane
      for (let d: i32 = 0; d < size; d++) {
        const side = d <= nodes ? d : size - d
        const at = row * pitch + ((<usize>side) << 2)
        const element = (d << 5) + (lane << 2)
        let even: f32 = 0
        let odd: f32 = 0
        let alongY: f32 = 0
        if (row <= nodes) {
          even = load<f32>(halfSpectrum(job, 0) + at)
          if (d != nodes) odd = load<f32>(halfSpectrum(job, 1) + at)
          alongY = load<f32>(halfSpectrum(job, 2) + at)
        }
        store<f32>(a + element, d <= nodes ? even + odd : even - odd)
        store<f32>(b + element, alongY)
      }
    }
    for (let d: i32 = 0; d < size; d++) {
      v128.store(a + (d << 5), zero, 16)
      v128.store(b + (d << 5), zero, 16)
    }
    const first = transform(a, a + buffer, size, twiddles)
    const second = transform(b, b + buffer, size, twiddles)
    let out = entry(address(job, Field.gridSpectra), grid) + <usize>batch * <usize>size * 48
    let down = zero
    down = f32x4.replace_lane(down, 0, prefilter(twiddles, size, batch << 2))
    down = f32x4.replace_lane(down, 1, prefilter(twiddles, size, (batch << 2) + 1))
    down = f32x4.replace_lane(down, 2, prefilter(twiddles, size, (batch << 2) + 2))
    down = f32x4.replace_lane(down, 3, prefilter(twiddles, size, (batch << 2) + 3))
    down = f32x4.mul(down, f32x4.splat(1 / (<f32>size * <f32>size)))
    for (let k: i32 = 0; k < size; k++, out += 48) {
      const factor = f32x4.mul(down, f32x4.splat(prefilter(twiddles, size, k)))
      v128.store(out, f32x4.mul(factor, v128.load(first + (k << 5))))
      v128.store(out, f32x4.mul(factor, v128.load(first + (k << 5), 16)), 16)
      v128.store(out, f32x4.mul(factor, v128.load(second + (k << 5))), 32)
    }
  }
}

/** 1 / ((2 + cos t) / 3)^2 at frequency k. */
function prefilter(twiddles: usize, size: i32, k: i32): f32 {
  const gain: f32 = (2 + load<f32>(twiddles + ((k % size) << 3))) / 3
  return 1 / (gain * gain)
}

/** Whether the kept transforms of the kernels are for this spacing. */
export function kernelsAreFor(job: usize, grid: i32, spacing: f64): bool {
  return load<f64>(address(job, Field.gridSpectraSpacing) + (grid << 3)) == spacing
}

export function keepSpacing(job: usize, grid: i32, spacing: f64): void {
  setMeasure(address(job, Field.gridSpectraSpacing), grid, spacing)
}
