/**
 * The transforms of the three kernels on a grid, 1 / (1 + d^2), dx / (1 + d^2)^2 and dy / (1 + d^2)^2. They depend
 * on the size of the grid and the spacing of its nodes only, and are kept until the spacing changes.
 *
 * Along x the first is even and the second odd, along y the third is odd, so each has a transform that is real or
 * imaginary, and one number per node does. Stored for four rows at a time, node by node: the three kernels, each
 * as four lanes.
 */
import { halfSpectrum } from './convolution'
import * as Field from './fields'
import { transform } from './fourier'
import { pitchOf, sizeOf } from './grid'
import { address, entry, setMeasure, share } from './job'

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
