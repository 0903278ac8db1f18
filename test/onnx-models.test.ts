/**
 * Models that PyTorch exported to ONNX: imported, they give what the engine gives for the file itself, and their
 * gradients are PyTorch's. The thin ones are fixtures, of every kind of network; the real ones are made on the spot, in
 * the nightly job.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gradient } from '../src/graph/gradient.ts'
import { slice } from '../src/graph/ops/layout.ts'
import { reduceSum } from '../src/graph/ops/reduce.ts'
import { float32 } from '../src/graph/tensor.ts'
import { networkModel } from '../src/models/export.ts'
import { buildNetwork } from '../src/nets/network.ts'
import { openModel } from '../src/runs/open-model.node.ts'
import { createEngine } from '../src/runtime/engine.node.ts'
import { evaluate } from '../src/runtime/engine.ts'
import { thorough } from './thorough.ts'

interface Recorded {
  size: number
  logits: number[]
  gradient: number[]
  length: number
}

const engine = await createEngine()
const pictures = (size: number) =>
  float32(
    [2, 3, size, size],
    Float32Array.from({ length: 6 * size * size }, (_, k) => ((37 * k) % 101) / 50 - 1),
  )

const worst = (got: ArrayLike<number>, truth: readonly number[]) =>
  Math.max(...truth.map((value, index) => Math.abs(got[index] - value)))
const norm = (values: Float32Array) => Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0))
const largest = (values: readonly number[]) => Math.max(...values.map(Math.abs))

/** The engine's own run, the imported graph, and PyTorch's record, side by side. */
async function compare(path: string, { size, logits, gradient: slopes, length }: Recorded): Promise<void> {
  const images = pictures(size)
  const program = await engine.load(readFileSync(path))
  const { output: own } = await program.run({ input: images })
  await program.dispose()

  const { network } = await openModel(path)
  const built = buildNetwork({ ...network, preprocessing: { ...network.preprocessing, size } }, { batch: 2 })
  const chosen = slice(built.output, [
    { axis: 0, start: 0, end: 1 },
    { axis: 1, start: 1, end: 2 },
  ])
  const [slope] = gradient(reduceSum(chosen), [built.images])
  const outputs = { logits: built.output, slope }
  const result = await evaluate(
    engine,
    { graph: built.graph, outputs, parameters: network.parameters },
    { images },
  )

  const values = Array.from(own.data as Float32Array)
  expect(worst(result.logits.data as Float32Array, values)).toBeLessThan(1e-5 * largest(values))
  const width = logits.length / 2
  const first = Array.from({ length: 2 }, (_, row) =>
    Array.from((result.logits.data as Float32Array).subarray(row * own.shape[1], row * own.shape[1] + width)),
  ).flat()
  expect(worst(first, logits)).toBeLessThan(1e-3 * largest(logits))
  const got = result.slope.data as Float32Array
  const sampled = got.filter((_, index) => index % 37 === 0)
  expect(worst(sampled, slopes)).toBeLessThan(1e-3 * largest(slopes))
  expect(norm(got) / length).toBeCloseTo(1, 3)
}

const thin = new URL('fixtures/onnx/', import.meta.url).pathname
const records: Record<string, Recorded> = JSON.parse(readFileSync(`${thin}models.json`, 'utf8'))

describe('thin models exported by PyTorch', () => {
  it.each(Object.keys(records))('%s', name => compare(`${thin}${name}.onnx`, records[name]))
})

describe('a thin model that is written again for any number of images', () => {
  it.each(Object.keys(records))('%s', async name => {
    const path = `${thin}${name}.onnx`
    const { network } = await openModel(path)
    const images = pictures(records[name].size)
    const [before, after] = await Promise.all([
      engine.load(readFileSync(path)).then(program => program.run({ input: images })),
      engine.load(networkModel(network, { batch: 'dynamic' })).then(program => program.run({ images })),
    ])
    const values = Array.from(before.output.data as Float32Array)
    expect(worst(after.logits.data as Float32Array, values)).toBeLessThan(1e-5 * largest(values))
  })
})

const hasPytorch = () =>
  spawnSync('/usr/bin/python3', ['-c', 'import torchvision'], { stdio: 'ignore' }).status === 0

describe.skipIf(!thorough || !hasPytorch())(
  'real models exported by PyTorch (nightly, with torchvision)',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'onnx-'))
    const names =
      'resnet18 mobilenet_v3_large efficientnet_b0 densenet121 shufflenet_v2_x1_0 vgg11 convnext_tiny vit_b_16'
    const script = new URL('oracles/onnx_models.py', import.meta.url).pathname
    beforeAll(() => {
      const { status, stderr } = spawnSync('/usr/bin/python3', [script, 'real', folder], { encoding: 'utf8' })
      if (status !== 0) throw new Error(stderr)
    }, 300_000)
    afterAll(() => rmSync(folder, { recursive: true }))

    it.each(names.split(' '))(
      '%s',
      async name => {
        const path = join(folder, `${name}.onnx`)
        expect(existsSync(path)).toBe(true)
        await compare(path, JSON.parse(readFileSync(join(folder, 'models.json'), 'utf8'))[name])
      },
      60_000,
    )
  },
)
