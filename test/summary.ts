/**
 * The TypeScript twin of oracles/summary.py: what was written down of a tensor, and how far another one is from it.
 */
import { expect } from 'vitest'
import type { Tensor } from '../src/graph/tensor.ts'

export interface Summary {
  shape: number[]
  norm: number
  mean: number
  /** every (size / 24)-th entry from the first on, at most 24 */
  samples: number[]
}

export function expectSummary(tensor: Tensor, recorded: Summary, tolerance: number, what = ''): void {
  expect(tensor.shape, what).toEqual(recorded.shape)
  const data = Float64Array.from(tensor.data as Float32Array)
  const stride = Math.max(1, Math.floor(data.length / 24))
  // Entries are compared by the tensor's own scale: cancellation leaves small ones with few digits.
  const scale = Math.max(recorded.norm / Math.sqrt(data.length), ...recorded.samples.map(Math.abs))
  const near = (value: number, expected: number, size: number, name: string) =>
    expect(
      Math.abs(value - expected) / (size || 1),
      `${what} ${name}: ${value} against ${expected}`,
    ).toBeLessThan(tolerance)
  recorded.samples.forEach((sample, i) => {
    near(data[i * stride], sample, scale, `entry ${i * stride}`)
  })
  near(Math.sqrt(data.reduce((sum, value) => sum + value * value, 0)), recorded.norm, recorded.norm, 'norm')
  near(data.reduce((sum, value) => sum + value, 0) / data.length, recorded.mean, scale, 'mean')
}
