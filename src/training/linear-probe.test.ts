import { beforeAll, expect, it } from 'vitest'
import { random } from '../base/random.ts'
import { createEngine } from '../runtime/engine.node.ts'
import type { Engine } from '../runtime/engine.ts'
import { probeAccuracy } from './linear-probe.ts'

let engine: Engine
beforeAll(async () => {
  engine = await createEngine({ device: 'cpu', threads: 1 })
})

/** Clouds around one centre for each class, `apart` deviations from the middle, on very different scales. */
function clouds(rows: number, classes: number, dim: number, apart: number, seed: number) {
  const { normal } = random(seed, 'clouds')
  const labels = Array.from({ length: rows }, (_, row) => row % classes)
  const features = Float32Array.from({ length: rows * dim }, (_, at) => {
    const [row, k] = [Math.floor(at / dim), at % dim]
    return 1000 + 10 ** (k % 4) * (normal() + (k === labels[row] ? apart : 0))
  })
  return { features, labels }
}

it.each([2, 5])('tells %i separate clouds apart, whatever the scale of the features', async classes => {
  const [train, test] = [clouds(400, classes, 8, 8, 1), clouds(200, classes, 8, 8, 2)]
  expect(await probeAccuracy(engine, train, test, { dim: 8, classes })).toBeGreaterThan(0.98)
})

it('finds nothing where there is nothing, also in many dimensions', async () => {
  const [train, test] = [clouds(200, 2, 300, 0, 1), clouds(1000, 2, 300, 0, 2)]
  const accuracy = await probeAccuracy(engine, train, test, { dim: 300, classes: 2 })
  expect(Math.abs(accuracy - 0.5)).toBeLessThan(0.06)
})

it('takes features that never change, and few rows', async () => {
  const train = { features: new Float32Array(6).fill(3), labels: [0, 1] }
  const accuracy = await probeAccuracy(engine, train, train, { dim: 3, classes: 2 })
  expect(accuracy).toBe(0.5)
})

it('the same seed gives the same answer', async () => {
  const [train, test] = [clouds(100, 3, 20, 1, 1), clouds(100, 3, 20, 1, 2)]
  const once = () => probeAccuracy(engine, train, test, { dim: 20, classes: 3, seed: 4, group: 3 })
  expect(await once()).toBe(await once())
})
