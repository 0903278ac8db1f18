/** What `npm run profile` says of memory, on a run that can be counted by hand. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Graph } from '../src/graph/graph.ts'
import { exp, mul } from '../src/graph/ops/elementwise.ts'
import { reshape } from '../src/graph/ops/layout.ts'
import { reduceSum } from '../src/graph/ops/reduce.ts'
import { float32 } from '../src/graph/tensor.ts'
import { createEngine } from '../src/runtime/engine.node.ts'

interface Peak {
  bytes: number
  held: { maker: string; bytes: number }[]
}

/** A program of `bench/`, which is JavaScript. */
const { peakOf } = await import(new URL('../bench/liveness.js', import.meta.url).href)

it('a value is alive from the kernel that makes it to the last that reads it, under any name', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'glasshouse-liveness-'))
  try {
    const engine = await createEngine({ threads: 1, profile: join(folder, 'run') })
    const graph = new Graph()
    const x = graph.input('x', [10, 100])
    const narrow = graph.scope('first', () => exp(x))
    const wide = graph.scope('second', () => mul(reshape(narrow, [1, 1000]), graph.input('y', [3, 1000])))
    const sum = graph.scope('third', () => mul(reduceSum(wide), reduceSum(narrow)))
    const program = await engine.compile({ graph, outputs: { sum } })
    const ones = (shape: number[], count: number) => float32(shape, new Float32Array(count).fill(1))
    await program.run({ x: ones([10, 100], 1000), y: ones([3, 1000], 3000) })
    await program.dispose()
    const trace = readdirSync(folder).find(name => name.endsWith('.json'))!
    const events = JSON.parse(readFileSync(join(folder, trace), 'utf8'))
    const kernels = events.filter((event: { name: string }) => event.name.endsWith('_kernel_time'))
    const { bytes, held }: Peak = peakOf(kernels, readFileSync(join(folder, 'run.onnx')))
    // The narrow one, 4,000 bytes, is read at the end again; the sum of the wide one, 12,000 bytes, is a number.
    expect(bytes).toBeGreaterThanOrEqual(16_000)
    expect(bytes).toBeLessThanOrEqual(16_008)
    expect(held.slice(0, 2).map(({ bytes }) => bytes)).toEqual([12_000, 4_000])
    expect(held[0].maker).toMatch(/^second\//)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
