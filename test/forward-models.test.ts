/**
 * Models whose operators are run forward only, recurrent and dynamically quantised ones: opened here they give what
 * PyTorch, or the formulas of the standard, gave. Recorded by oracles/forward.py.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { gradient } from '../src/graph/gradient.ts'
import { reduceSum } from '../src/graph/ops/reduce.ts'
import { float32, floats } from '../src/graph/tensor.ts'
import { buildNetwork } from '../src/nets/network.ts'
import { openModel } from '../src/runs/open-model.node.ts'
import { createEngine } from '../src/runtime/engine.node.ts'
import { evaluate } from '../src/runtime/engine.ts'

const folder = new URL('fixtures/forward/', import.meta.url).pathname
const records: Record<string, number[]> = JSON.parse(readFileSync(`${folder}forward.json`, 'utf8'))
const engine = await createEngine({ threads: 1 })
const size = 8
const images = float32(
  [2, 3, size, size],
  Float32Array.from({ length: 6 * size * size }, (_, k) => ((37 * k) % 101) / 50 - 1),
)

describe.each(Object.entries(records))('%s', (name, recorded) => {
  const open = async () => {
    const { network } = await openModel(`${folder}${name}.onnx`)
    return { network, built: buildNetwork(network, { batch: 2, size }) }
  }

  it('gives the recorded outputs', async () => {
    const { network, built } = await open()
    const { graph, output } = built
    const { parameters } = network
    const result = floats(
      (await evaluate(engine, { graph, outputs: { output }, parameters }, { images })).output,
    )
    expect(result).toHaveLength(recorded.length)
    const scale = Math.max(...recorded.map(Math.abs))
    for (const [index, value] of recorded.entries())
      expect(Math.abs(result[index] - value) / scale).toBeLessThan(1e-5)
    // Two images that give the same would test half of it.
    expect(Math.abs(result[0] - result[recorded.length / 2])).toBeGreaterThan(1e-3 * scale)
  })

  it('says that no gradient passes it', async () => {
    const { built } = await open()
    expect(() => gradient(reduceSum(built.output), [built.images])).toThrow(
      expect.objectContaining({ code: 'no-gradient-rule' }),
    )
  })
})
