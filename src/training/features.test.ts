import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createWork } from '../base/work.ts'
import { imagenetStatistics } from '../data/store.ts'
import { forward } from '../models/forward.ts'
import { initialParameters, type Network, type NetworkPlan } from '../nets/network.ts'
import { createEngine } from '../runtime/engine.node.ts'
import type { Engine } from '../runtime/engine.ts'
import { openFeatures } from './features.node.ts'

const plan: NetworkPlan = {
  net: 'small',
  head: { kind: 'classes', classes: ['a', 'b'] },
  preprocessing: { size: 16, resize: 16, ...imagenetStatistics },
}
const network: Network = { ...plan, parameters: initialParameters(plan, 1) }
const engine = await createEngine({ threads: 1 })
const count = 5
const fill = (index: number, target: Float32Array, offset: number) => {
  for (let i = 0; i < 3 * 16 * 16; i++) target[offset + i] = Math.sin(i * (index + 1))
}

let cache: string
const before = process.env.GLASSHOUSE_CACHE
beforeEach(() => {
  cache = process.env.GLASSHOUSE_CACHE = mkdtempSync(join(tmpdir(), 'features-'))
})
afterEach(() => {
  if (before === undefined) delete process.env.GLASSHOUSE_CACHE
  else process.env.GLASSHOUSE_CACHE = before
  rmSync(cache, { recursive: true })
})

/** The features, and for how many images they had to be computed. */
async function open(of: Network, fingerprint = 'five', by: Engine = engine) {
  let computed = 0
  const work = createWork({ emit: event => event.kind === 'progress' && (computed = event.done) })
  const features = await openFeatures(by, of, 'pool', { fingerprint, count, fill }, { batch: 2, work })
  return { features, computed }
}

test('features are computed once, and are what the layer gives', async () => {
  const first = await open(network)
  const again = await open(network)
  expect([first.computed, again.computed]).toEqual([count, 0])
  expect(readdirSync(join(cache, 'features')).length).toBe(1)
  const { pooled } = await forward(engine, network, count, fill, ({ pooled }) => ({ pooled }))
  const width = pooled.length / count
  expect(again.features.shape).toEqual([width])
  const row = new Float32Array(width + 1)
  again.features.read(3, row, 1)
  row.subarray(1).forEach((value, i) => {
    expect(value).toBeCloseTo(pooled[3 * width + i], 5)
  })
})

test('other pictures and other parameters before the layer are other features; another head is not', async () => {
  await open(network)
  expect((await open(network, 'five others')).computed).toBe(count)
  const changed = (pattern: RegExp): Network => {
    const name = [...network.parameters.keys()].find(known => pattern.test(known))!
    const tensor = network.parameters.get(name)!
    const data = (tensor.data as Float32Array).map(value => value + 1)
    return {
      ...network,
      parameters: new Map([...network.parameters, [name, { ...tensor, data } as typeof tensor]]),
    }
  }
  expect((await open(changed(/^fc/))).computed).toBe(0)
  expect((await open(changed(/^(?!fc).*weight/))).computed).toBe(count)
})

test('another version of the engine, or another number of threads, computes its own', async () => {
  await open(network)
  expect(engine.version).toMatch(/^\d+\.\d+/)
  expect((await open(network, 'five', { ...engine, version: '0.0.1' })).computed).toBe(count)
  expect((await open(network, 'five', { ...engine, threads: 7 })).computed).toBe(count)
  expect((await open(network)).computed).toBe(0)
})
