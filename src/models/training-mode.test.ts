/** Models that were exported in training mode: said when they are opened, and found by `check`. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { random } from '../base/random.ts'
import { Graph, type Value } from '../graph/graph.ts'
import { encodeModel } from '../graph/onnx/encode.ts'
import { inEvaluationMode } from '../graph/onnx/training-nodes.ts'
import { reshape } from '../graph/ops/layout.ts'
import { linear } from '../graph/ops/linear.ts'
import { globalAveragePool } from '../graph/ops/pooling.ts'
import { float32, type Shape, sizeOf, type Tensor, tensor } from '../graph/tensor.ts'
import type { Network } from '../nets/network.ts'
import { openModel } from '../runs/open-model.node.ts'
import { createEngine } from '../runtime/engine.node.ts'
import { checkNetwork } from './check.ts'
import { forward } from './forward.ts'

const engine = await createEngine({ threads: 1 })
const folder = mkdtempSync(join(tmpdir(), 'glasshouse-mode-'))
afterAll(() => rmSync(folder, { recursive: true }))

const [count, side, classes] = [4, 8, 5]
const numbers = (name: string, ...shape: number[]): Tensor<'float32'> => {
  const { uniform } = random(3, name)
  return float32(
    shape,
    Float32Array.from({ length: sizeOf(shape) }, () => uniform(0.5, 1.5)),
  )
}

interface Mode {
  norm: boolean
  dropout: boolean
}

/** A normalisation and a dropout, each in training mode or not, before a linear layer. */
function modelIn({ norm, dropout }: Mode): Uint8Array {
  const graph = new Graph()
  const x = graph.input('x', [count, 3, side, side])
  const statistics = ['scale', 'bias', 'mean', 'variance'].map(name => graph.parameter(name, [3]))
  const like = (shape: Shape) => Array.from({ length: norm ? 3 : 1 }, (_, k) => ({ shape: k ? [3] : shape }))
  const [normalised] = graph.node('BatchNormalization', [x, ...statistics], like(x.shape), {
    attributes: norm ? { training_mode: 1 } : {},
  })
  const pooled = reshape(globalAveragePool(normalised), [count, 3])
  const operands: Value[] = dropout
    ? [pooled, graph.constant(0.5, 'float32'), graph.constant(tensor('bool', [], Uint8Array.of(1)))]
    : [pooled]
  const [kept] = graph.node('Dropout', operands, [{ shape: pooled.shape }], {
    attributes: dropout ? { seed: 7 } : {},
  })
  const logits = linear(kept, graph.parameter('fc.w', [classes, 3]), graph.parameter('fc.b', [classes]))
  const parameters = new Map([
    ...['scale', 'bias', 'mean', 'variance'].map(name => [name, numbers(name, 3)] as const),
    ['fc.w', numbers('fc.w', classes, 3)],
    ['fc.b', numbers('fc.b', classes)],
  ])
  return encodeModel({ graph, outputs: { logits }, parameters })
}

async function open(name: string, mode: Mode) {
  const path = join(folder, `${name}.onnx`)
  writeFileSync(path, modelIn(mode))
  return openModel(path)
}

const images = numbers('images', count, 3, side, side)

async function answersOf(network: Network): Promise<Tensor<'float32'>> {
  const size = 3 * side * side
  const fill = (index: number, target: Float32Array, offset: number) =>
    target.set((images.data as Float32Array).subarray(index * size, (index + 1) * size), offset)
  const { output } = await forward(engine, network, count, fill, built => ({ output: built.output }))
  return float32([count, classes], output)
}

const check = (network: Network, answers: Tensor<'float32'>) =>
  checkNetwork(
    engine,
    network,
    { content: images, where: 'input.npy' },
    { content: answers, where: 'output.npy' },
  )

it.each([
  ['normalisations', { norm: true, dropout: false }, /1 batch normalisation takes the statistics/],
  ['dropout', { norm: false, dropout: true }, /1 dropout drops at random/],
  ['both', { norm: true, dropout: true }, /takes the statistics of the batch, 1 dropout drops/],
] as const)('%s in training mode are said and found', async (name, mode, said) => {
  const [calm, opened] = [await open(`${name}-calm`, { norm: false, dropout: false }), await open(name, mode)]
  expect(calm.notes.join()).not.toMatch(/training mode/)
  expect(opened.notes.join()).toMatch(said)
  const result = await check(opened.network, await answersOf(calm.network))
  expect(result).toMatchObject({ agrees: false, explained: true })
  expect(result.reason).toBe(
    'there, the network was in evaluation mode: this file was exported in training mode',
  )
})

it('evaluation mode changes nothing where nothing trains', async () => {
  const { network } = await open('plain', { norm: false, dropout: false })
  const { model } = network.foreign!
  expect(inEvaluationMode(model)).toEqual(model)
  expect((await check(network, await answersOf(network))).agrees).toBe(true)
})
