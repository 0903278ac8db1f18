/**
 * From charges on the grid to forces on the grid.
 *
 * Charges are real, so half a spectrum (N / 2 + 1 rows) is all that is computed. The grid is transformed along y
 * first (columns, eight real ones at once), then along x (rows, four at once), where rows are multiplied by the
 * kernels and transformed back at once, so that a whole spectrum never lies in memory; then back along y.
 */
import * as Field from './fields'
import { transform } from './fourier'
import { pitchOf, sizeOf } from './grid'
import { address, entry, share } from './job'

/** One of the four planes that hold the real and imaginary parts of two half spectra. */
export function halfSpectrum(job: usize, plane: i32): usize {
  return address(job, Field.halfSpectra) + plane * address(job, Field.halfSpectraStride)
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
