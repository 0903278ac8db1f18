/** Files of a few kilobytes that ask for all memory: each is refused at once, or becomes a graph that asks for little. */
import { create, toBinary } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'
import { GlasshouseError } from '../../base/errors.ts'
import { type Attributes, Graph, type Value } from '../graph.ts'
import { float32, int64, type Tensor } from '../tensor.ts'
import { decodeModel } from './decode.ts'
import { encodeModel } from './encode.ts'
import { ModelProtoSchema } from './generated/onnx_pb.ts'
import { layModel } from './import.ts'

const list = (...values: number[]): Tensor => int64([values.length], values)

/** A model whose nodes are appended by `build`; the shapes that it writes are of no interest. */
function fileOf(
  build: (
    make: (op: string, inputs: (Value | undefined)[], attributes?: Attributes) => Value,
    graph: Graph,
  ) => Value,
): Uint8Array {
  const graph = new Graph()
  const output = build(
    (op, inputs, attributes) => graph.node(op, inputs, [{ shape: [] }], { attributes })[0],
    graph,
  )
  return encodeModel({ graph, outputs: { y: output } })
}

/** Lays the model and says what came of it, in how many milliseconds of the processor and bytes. */
function attempt(bytes: Uint8Array) {
  const memory = () => process.memoryUsage().rss
  const [start, before] = [process.cpuUsage(), memory()]
  let message = ''
  try {
    const model = decodeModel(bytes, 'bomb.onnx')
    const graph = new Graph()
    const inputs = model.inputs.map(
      ({ name, extents }) => [name, graph.input(name, extents.map(Number))] as const,
    )
    layModel(graph, model, new Map(inputs))
  } catch (error) {
    if (!(error instanceof GlasshouseError)) throw error
    message = error.message
  }
  const { user, system } = process.cpuUsage(start)
  return { message, milliseconds: (user + system) / 1000, bytes: memory() - before }
}

const doubling = (times: number) =>
  fileOf((make, graph) => {
    let value = graph.constant(list(1, 2, 3, 4))
    for (let k = 0; k < times; k++) value = make('Concat', [value, value], { axis: 0 })
    return value
  })

const bombs: Record<string, Uint8Array> = {
  'a constant of a shape': fileOf((make, graph) =>
    make('ConstantOfShape', [graph.constant(list(2 ** 31, 2 ** 20))]),
  ),
  'many constants of shapes': fileOf((make, graph) => {
    const parts = Array.from({ length: 2000 }, (_, k) =>
      make('ConstantOfShape', [graph.constant(list(1000, 1000 + k))]),
    )
    return make('Sum', parts)
  }),
  'an expansion': fileOf((make, graph) =>
    make('Expand', [graph.constant(float32([1], [1])), graph.constant(list(2 ** 15, 2 ** 15, 16))]),
  ),
  'an expansion of weights': fileOf((make, graph) =>
    make('Expand', [graph.constant(float32([1, 2], [1, 2])), graph.constant(list(2 ** 29, 2))]),
  ),
  tiles: fileOf((make, graph) =>
    make('Tile', [graph.constant(float32([2], [1, 2])), graph.constant(list(2 ** 40))]),
  ),
  'parts that double': doubling(40),
  'parts that double for long': doubling(5000),
  'sums that double': fileOf((make, graph) => {
    let value = graph.constant(list(1, 2))
    for (let k = 1; k < 40; k++) {
      const wider = make('Unsqueeze', [value, graph.constant(list(0))])
      value = make('Add', [wider, graph.constant(int64([2, ...Array<number>(k).fill(1)], [1, 2]))])
    }
    return value
  }),
  'a range': fileOf((make, graph) =>
    make(
      'Range',
      [0, 2 ** 40, 1].map(value => graph.constant(value, 'int64')),
    ),
  ),
  'a range without a step': fileOf((make, graph) =>
    make(
      'Range',
      [0, 10, 0].map(value => graph.constant(value, 'int64')),
    ),
  ),
  'a slice without a step, of a constant': fileOf((make, graph) =>
    make(
      'Slice',
      [1, 0, 2, 0, 0].map(value => graph.constant(list(value, ...(value === 1 ? [2, 3] : [])))),
    ),
  ),
  'a slice without a step': fileOf((make, graph) =>
    make('Slice', [graph.input('x', [2, 3]), ...[0, 2, 0, 0].map(value => graph.constant(list(value)))]),
  ),
  'parts without number': fileOf((make, graph) =>
    make('Split', [graph.input('x', [4])], { num_outputs: 2 ** 40 }),
  ),
  padding: fileOf((make, graph) =>
    make('Pad', [graph.input('x', [1, 3, 8, 8]), graph.constant(list(0, 0, 2 ** 30, 0, 0, 0, 2 ** 30, 0))]),
  ),
  'a resized image': fileOf((make, graph) =>
    make('Resize', [
      graph.input('x', [1, 3, 8, 8]),
      undefined,
      graph.constant(float32([4], [1, 1, 1e6, 1e6])),
    ]),
  ),
  'a window': fileOf((make, graph) =>
    make('AveragePool', [graph.input('x', [1, 3, 8, 8])], {
      kernel_shape: [2 ** 30, 2 ** 30],
      pads: [2 ** 29, 2 ** 29, 2 ** 29, 2 ** 29],
    }),
  ),
}

describe('a file that asks for all memory', () => {
  it.each(Object.entries(bombs))('%s', (_, bytes) => {
    expect(bytes.length).toBeLessThan(600_000)
    const { message, ...cost } = attempt(bytes)
    expect(message).toMatch(/bomb\.onnx/)
    expect(cost.milliseconds).toBeLessThan(10_000)
    expect(cost.bytes).toBeLessThan(2 ** 30)
  })

  it('functions in functions, 10,000 deep and with names that grow', () => {
    const call = (depth: number, output: string) => ({
      ...{ opType: `f${depth}`, domain: 'own', input: ['x'] },
      output: [output],
    })
    for (const [depth, name] of [
      [10_000, 'y'],
      [90, 'n'.repeat(50_000)],
    ] as const) {
      const bytes = toBinary(
        ModelProtoSchema,
        create(ModelProtoSchema, {
          irVersion: 9n,
          opsetImport: [{ domain: '', version: 18n }],
          functions: Array.from({ length: depth }, (_, k) => ({
            ...{ domain: 'own', name: `f${k}`, input: ['x'], output: ['out'] },
            node: [
              k + 1 < depth ? call(k + 1, name) : { opType: 'Relu', input: ['x'], output: [name] },
              { opType: 'Relu', input: [name], output: [`${name}2`] },
              { opType: 'Relu', input: [`${name}2`], output: ['out'] },
            ],
          })),
          graph: { name: 'g', node: [call(0, 'z')], input: [{ name: 'x' }], output: [{ name: 'z' }] },
        }),
      )
      const { message, milliseconds } = attempt(bytes)
      expect(message).toMatch(/more than 100 deep|names fill the memory/)
      expect(milliseconds).toBeLessThan(10_000)
    }
  })
})

it('what sound exporters compute is computed', () => {
  const bytes = fileOf((make, graph) => {
    const grid = make('Expand', [
      graph.constant(
        int64(
          [64, 1],
          Array.from({ length: 64 }, (_, k) => k),
        ),
      ),
      graph.constant(list(64, 64)),
    ])
    return make('Mul', [grid, graph.constant(2, 'int64')])
  })
  const graph = new Graph()
  const y = layModel(graph, decodeModel(bytes, 'sound.onnx'), new Map()).get('y')!
  expect(graph.constantOf(y)?.data[64 * 63]).toBe(126n)
})
