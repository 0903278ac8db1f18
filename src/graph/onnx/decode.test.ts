import { describe, expect, it } from 'vitest'
import { networkModel } from '../../models/export.ts'
import { initialParameters, type NetworkPlan } from '../../nets/network.ts'
import { createEngine } from '../../runtime/engine.node.ts'
import { gradient } from '../gradient.ts'
import { Graph } from '../graph.ts'
import { relu } from '../ops/elementwise.ts'
import { reduceSum } from '../ops/reduce.ts'
import { float32 } from '../tensor.ts'
import { decodeModel } from './decode.ts'
import { encodeModel } from './encode.ts'
import { layModel, weightsOf } from './import.ts'

const engine = await createEngine({ threads: 1 })
const plan: NetworkPlan = {
  net: 'small',
  head: { kind: 'classes', classes: ['a', 'b', 'c'] },
  preprocessing: { size: 32, resize: 32, mean: [0, 0, 0], deviation: [1, 1, 1] },
}
const bytes = networkModel({ ...plan, parameters: initialParameters(plan, 0) }, { batch: 2 })
const images = float32(
  [2, 3, 32, 32],
  Float32Array.from({ length: 6144 }, (_, k) => Math.sin(k)),
)

/** The model as a graph again, for two images. */
function imported(model: Uint8Array) {
  const decoded = decodeModel(model, 'x.onnx')
  const graph = new Graph()
  const input = graph.input('images', [2, 3, 32, 32])
  const values = layModel(graph, decoded, new Map([['images', input]]))
  const outputs = { logits: values.get('logits')! }
  return { graph, input, outputs, parameters: weightsOf(decoded), metadata: decoded.metadata }
}

describe('an exported network, read again', () => {
  it('computes the same', async () => {
    const model = imported(bytes)
    const [before, after] = await Promise.all([
      engine.load(bytes).then(program => program.run({ images })),
      engine.compile(model).then(program => program.run({ images })),
    ])
    expect(after.logits.data).toEqual(before.logits.data)
    expect(JSON.parse(model.metadata.classes)).toEqual(['a', 'b', 'c'])
  })

  it('can be differentiated', async () => {
    const { graph, input, outputs, parameters } = imported(bytes)
    const [slope] = gradient(reduceSum(outputs.logits), [input])
    const program = await engine.compile({ graph, outputs: { slope }, parameters })
    const { data } = (await program.run({ images })).slope
    expect(data).toHaveLength(6144)
    expect(Array.from(data, Number).some(value => value !== 0)).toBe(true)
  })

  it('and written again, stays the same from then on', () => {
    const again = (model: Uint8Array) => encodeModel({ ...imported(model), shapes: true })
    const once = again(bytes)
    expect(Buffer.compare(again(once), once)).toBe(0)
  })
})

it('bytes that are not a model, or a part of one, are refused by name', () => {
  for (const damaged of [new Uint8Array(0), Uint8Array.of(1, 2, 3), bytes.subarray(0, bytes.length >> 1)])
    expect(() => decodeModel(damaged, 'x.onnx')).toThrow(/x\.onnx/)
})

it('an output may not have the name of an input', () => {
  const graph = new Graph()
  const x = graph.input('x', [2])
  expect(() => encodeModel({ graph, outputs: { x: relu(x) } })).toThrow(/'x' has the name of an input/)
})
