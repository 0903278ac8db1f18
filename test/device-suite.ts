/**
 * What every engine must do, on whatever device: one suite, with the numbers of ONNX Runtime's CPU operators in Node,
 * on one thread, as the reference. Those are held to PyTorch in `test/operators.test.ts` and `test/networks.test.ts`.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import { random } from '../src/base/random.ts'
import { createWork, type WorkEvent } from '../src/base/work.ts'
import { gradient } from '../src/graph/gradient.ts'
import { Graph } from '../src/graph/graph.ts'
import { conv } from '../src/graph/ops/convolution.ts'
import { add, mul, relu } from '../src/graph/ops/elementwise.ts'
import { averagePool } from '../src/graph/ops/pooling.ts'
import { argMax, reduceSum } from '../src/graph/ops/reduce.ts'
import { float32, floats, int64, integers, type Shape, sizeOf, type Tensor } from '../src/graph/tensor.ts'
import { networkModel } from '../src/models/export.ts'
import { forward } from '../src/models/forward.ts'
import { openModelBytes } from '../src/models/open-bytes.ts'
import type { NetworkPlan } from '../src/nets/network.ts'
import { bindObjective } from '../src/objectives/objective.ts'
import { objectiveNamed } from '../src/objectives/registry.ts'
import { createEngine } from '../src/runtime/engine.node.ts'
import { type Engine, evaluate, type Tensors } from '../src/runtime/engine.ts'
import { compileStateful } from '../src/runtime/stateful.ts'
import { createTrainingStep } from '../src/training/step.ts'
import { fillNetwork } from './fill.ts'

const size = 16
const plan: NetworkPlan = {
  net: 'small',
  head: { kind: 'classes', classes: ['ash', 'oak', 'elm'] },
  preprocessing: { size, resize: size, mean: [0.5, 0.4, 0.3], deviation: [0.2, 0.25, 0.3] },
}
const network = { ...plan, parameters: fillNetwork(plan) }

const drawn = (name: string, shape: Shape): Tensor<'float32'> => {
  const { normal } = random(5, name)
  return float32(
    shape,
    Float32Array.from({ length: sizeOf(shape) }, () => normal()),
  )
}

/** To a share of the largest number. */
function expectClose(got: Tensor, wanted: Tensor, tolerance: number, what: string): void {
  expect([got.dtype, ...got.shape], what).toEqual([wanted.dtype, ...wanted.shape])
  const [ours, theirs] = [floats(got), floats(wanted)]
  const largest = theirs.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const worst = ours.reduce((most, value, index) => Math.max(most, Math.abs(value - theirs[index])), 0)
  expect(largest, what).toBeGreaterThan(0)
  expect(worst / largest, what).toBeLessThan(tolerance)
}

/** A convolution, a kink and a pooling, and the gradient of a weighted sum by image and kernel. */
async function layerAndGradient(engine: Engine): Promise<Tensors> {
  const graph = new Graph()
  const x = graph.input('x', [2, 3, 9, 9])
  const w = graph.input('w', [4, 3, 3, 3])
  const y = averagePool(relu(conv(x, w, { pads: 1, stride: 2 })), { kernel: 2 })
  const [byImage, byKernel] = gradient(reduceSum(mul(y, graph.constant(drawn('weights', y.shape)))), [x, w])
  const feeds = { x: drawn('x', x.shape), w: drawn('w', w.shape) }
  return evaluate(engine, { graph, outputs: { y, byImage, byKernel } }, feeds)
}

const steps = 3
const batch = 6

/** Losses of some steps, and the state that they lead to, each step going on from the one before. */
async function training(engine: Engine) {
  const step = await createTrainingStep(
    engine,
    {
      network: plan,
      batch,
      objective: bindObjective(objectiveNamed('softmax')),
      optimiser: { name: 'sgd', momentum: 0.9, nesterov: false, weightDecay: 1e-4 },
    },
    network.parameters,
  )
  const images = drawn('batch', [batch, 3, size, size]).data
  const losses: number[] = []
  for (let index = 0; index < steps; index++)
    losses.push((await step.run(images, [0, 1, 2, 0, 1, 2], 0.02, index)).loss)
  const state = new Map(
    [...(await step.state())].map(([name, { shape, data }]) => [
      name,
      float32(shape, [...(data as Float32Array)]),
    ]),
  )
  await step.dispose()
  return { losses, state }
}

let referenceTraining: ReturnType<typeof training> | undefined

/** Logits of a model whose number of images is open. */
async function logits(engine: Engine, counts: readonly number[]): Promise<Tensor[]> {
  const program = await engine.load(networkModel(network, { batch: 'dynamic' }))
  const results: Tensor[] = []
  for (const count of counts)
    results.push((await program.run({ images: drawn('images', [count, 3, size, size]) })).logits)
  await program.dispose()
  return results
}

const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no error',
    (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
  )

export interface DeviceCase {
  name: string
  open(): Promise<Engine>
  /** opens a device that this engine does not have here */
  openMissing(): Promise<Engine>
}

export function deviceSuite({ name, open, openMissing }: DeviceCase): void {
  describe(`an engine on ${name}`, () => {
    let engine: Engine
    let reference: Engine
    beforeAll(async () => {
      engine = await open()
      reference = await createEngine({ threads: 1 })
    })

    it('gives the outputs that a program was compiled for, by names and types that the compiler knows', async () => {
      const graph = new Graph()
      const x = graph.input('x', [1, 3])
      const results = await evaluate(
        engine,
        { graph, outputs: { best: argMax(x, 1), copy: x } },
        { x: float32([1, 3], [1, 5, 2]) },
      )
      expect(integers(results.best)).toEqual(BigInt64Array.of(1n))
      expect(floats(results.copy)).toEqual(Float32Array.of(1, 5, 2))
      // @ts-expect-error no output has this name
      expect(results.worst).toBeUndefined()
      expect(() => floats(results.best)).toThrow('a float32 tensor is needed, this one is int64')
      expect(() => integers(results.copy)).toThrow('an int64 tensor is needed, this one is float32')
    })

    it('computes layers and their gradients', async () => {
      const [got, wanted] = [await layerAndGradient(engine), await layerAndGradient(reference)]
      for (const output of ['y', 'byImage', 'byKernel'])
        expectClose(got[output], wanted[output], 1e-4, output)
    })

    it('trains: every step goes on from the state of the one before', async () => {
      const [got, wanted] = [await training(engine), await (referenceTraining ??= training(reference))]
      expect(wanted.losses.at(-1)).toBeLessThan(wanted.losses[0])
      got.losses.forEach((loss, index) => {
        expect(Math.abs(loss / wanted.losses[index] - 1), `loss of step ${index}`).toBeLessThan(1e-3)
      })
      expect([...got.state.keys()]).toEqual([...wanted.state.keys()])
      const moved = [...wanted.state].filter(([, { data }]) => data.some(value => value !== 0))
      for (const [parameter, tensor] of moved) expectClose(got.state.get(parameter)!, tensor, 1e-2, parameter)
    })

    it('keeps a state from run to run, of numbers and of integers', async () => {
      const graph = new Graph()
      const x = graph.input('x', [4])
      const [sums, counts] = [graph.parameter('sums', [4]), graph.parameter('counts', [2], 'int64')]
      const outputs = {
        'next:sums': add(sums, x),
        'next:counts': add(counts, graph.constant(int64([2], [1, 10]))),
        product: mul(sums, x),
      }
      const first = { sums: float32([4], [1, 2, 3, 4]), counts: int64([2], [0, 0]) }
      const program = await compileStateful(engine, { graph, outputs }, first, name => `next:${name}`)
      const feeds = { x: float32([4], [1, 1, 2, 2]) }
      await program.run(feeds)
      await program.rehearse(feeds)
      const { product } = await program.run(feeds)
      expect(Array.from(floats(product))).toEqual([2, 3, 10, 12])
      for (const runs of [2, 3]) {
        const state = await program.state()
        expect(Array.from(floats(state.sums))).toEqual([1 + runs, 2 + runs, 3 + 2 * runs, 4 + 2 * runs])
        expect(Array.from(integers(state.counts), Number)).toEqual([runs, 10 * runs])
        await program.run(feeds)
      }
      await program.dispose()
    })

    it('runs a model with any number of images', async () => {
      const counts = [3, 1, 5]
      const [got, wanted] = [await logits(engine, counts), await logits(reference, counts)]
      counts.forEach((count, index) => {
        expect(got[index].shape).toEqual([count, 3])
        expectClose(got[index], wanted[index], 1e-4, `${count} images`)
      })
    })

    it('writes results into the arrays that it is given', async () => {
      const graph = new Graph()
      const x = graph.input('x', [2, 2])
      const program = await engine.compile({ graph, outputs: { y: relu(x) } })
      const target = float32([2, 2], [9, 9, 9, 9])
      const { y } = await program.run({ x: float32([2, 2], [-1, 2, -3, 4]) }, { y: target })
      await program.dispose()
      expect(y).toBe(target)
      expect(Array.from(target.data)).toEqual([0, 2, 0, 4])
    })

    it('says by a code what it cannot do', async () => {
      expect(await codeOf(openMissing())).toBe('device-missing')
      const damaged = networkModel(network, { batch: 1 }).subarray(0, 5000)
      expect(await codeOf(openModelBytes(damaged, async () => engine, { name: 'it.onnx' }))).toMatch(/^onnx-/)
    })

    it('stops between batches, ends its stage, and works afterwards', async () => {
      const stop = new AbortController()
      const events: WorkEvent[] = []
      const work = createWork({ signal: stop.signal, emit: event => events.push(event) })
      let filled = 0
      const stopped = forward(
        engine,
        network,
        6,
        (_, target, offset) => {
          target.fill(0.1, offset, offset + 3 * size * size)
          if (++filled === 3) stop.abort()
        },
        ({ output }) => ({ output }),
        { batch: 2, work },
      )
      await expect(stopped).rejects.toThrow(/abort/i)
      expect(filled).toBe(4)
      expect(events.map(({ kind }) => kind)).toEqual(['stage', 'progress', 'end'])
      expectClose((await logits(engine, [2]))[0], (await logits(reference, [2]))[0], 1e-4, 'afterwards')
    })
  })
}
