/** Branches on constants and loops of fixed length: built as the engine itself runs them, and gradients pass. */
import { create, toBinary } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'
import { createEngine } from '../../runtime/engine.node.ts'
import { evaluate } from '../../runtime/engine.ts'
import { gradient } from '../gradient.ts'
import { Graph } from '../graph.ts'
import { reduceSum } from '../ops/reduce.ts'
import { float32, floats } from '../tensor.ts'
import { decodeModel } from './decode.ts'
import {
  AttributeProto_AttributeType as AttributeType,
  ModelProtoSchema,
  TypeProtoSchema,
} from './generated/onnx_pb.ts'
import { layModel } from './import.ts'

const engine = await createEngine({ threads: 1 })

const typed = (name: string, elemType: number, extents: readonly number[]) => ({
  name,
  type: create(TypeProtoSchema, {
    value: {
      case: 'tensorType',
      value: {
        elemType,
        shape: {
          dim: extents.map(extent => ({ value: { case: 'dimValue' as const, value: BigInt(extent) } })),
        },
      },
    },
  }),
})
const float = (name: string, ...extents: number[]) => typed(name, 1, extents)
const tensor = (name: string, dataType: number, dims: number[], data: number[]) => ({
  name,
  dataType,
  dims: dims.map(BigInt),
  ...(dataType === 1
    ? { floatData: data }
    : dataType === 7
      ? { int64Data: data.map(BigInt) }
      : { int32Data: data }),
})
const body = (name: string, graph: object) => ({ name, type: AttributeType.GRAPH, g: graph })

const modelOf = (node: readonly object[], initializer: readonly object[], outputs: readonly object[]) =>
  toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 8n,
      opsetImport: [{ domain: '', version: 16n }],
      graph: {
        name: 'g',
        node: [...node],
        initializer: [...initializer],
        input: [float('x', 4)],
        output: [...outputs],
      },
    }),
  )

const branch = (op: string, ...input: string[]) => ({
  name: op,
  node: [{ opType: op, input, output: [`by ${op}`] }],
  output: [float(`by ${op}`, 4)],
})

/** x doubled or its tanh, by a constant that is worked out from the shape of x. */
const branches = (least: number) =>
  modelOf(
    [
      { opType: 'Shape', input: ['x'], output: ['shape'] },
      { opType: 'Greater', input: ['shape', 'least'], output: ['which'] },
      {
        opType: 'If',
        input: ['which'],
        output: ['y'],
        attribute: [body('then_branch', branch('Add', 'x', 'x')), body('else_branch', branch('Tanh', 'x'))],
      },
    ],
    [tensor('least', 7, [1], [least])],
    [float('y', 4)],
  )

/** s = tanh(s) + i x, turn by turn from s = x; gives the last s and all of them. */
const loop = (turns: number, more: { condition?: string; inner?: object[] } = {}) =>
  modelOf(
    [
      {
        opType: 'Loop',
        input: ['turns', more.condition ?? '', 'x'],
        output: ['last', 'all'],
        attribute: [
          body('body', {
            name: 'body',
            input: [typed('i', 7, []), typed('goes on', 9, []), float('s', 4)],
            node: [
              { opType: 'Tanh', input: ['s'], output: ['t'] },
              {
                opType: 'Cast',
                input: ['i'],
                output: ['turn'],
                attribute: [{ name: 'to', type: AttributeType.INT, i: 1n }],
              },
              { opType: 'Mul', input: ['turn', 'x'], output: ['added'] },
              { opType: 'Add', input: ['t', 'added'], output: ['next'] },
              { opType: 'Identity', input: ['next'], output: ['seen'] },
              ...(more.inner ?? [{ opType: 'Identity', input: ['goes on'], output: ['goes on still'] }]),
            ],
            output: [typed('goes on still', 9, []), float('next', 4), float('seen', 4)],
          }),
        ],
      },
    ],
    [tensor('turns', 7, [], [turns]), tensor('yes', 9, [], [1]), tensor('two', 7, [], [2])],
    [float('last', 4), float('all', turns, 4)],
  )

const x = float32([4], Float32Array.of(0.3, -1.2, 0.7, 2))

function builtFrom(bytes: Uint8Array) {
  const graph = new Graph()
  const input = graph.input('x', [4])
  return { graph, input, values: layModel(graph, decodeModel(bytes, 'it'), new Map([['x', input]])) }
}

async function expectSame(bytes: Uint8Array, names: readonly string[]): Promise<void> {
  const { graph, values } = builtFrom(bytes)
  const program = await engine.load(bytes)
  const expected = await program.run({ x })
  await program.dispose()
  const outputs = Object.fromEntries(names.map(name => [name, values.get(name)!]))
  const found = await evaluate(engine, { graph, outputs }, { x })
  for (const name of names) {
    expect(found[name].shape).toEqual(expected[name].shape)
    expect([...floats(found[name])]).toEqual(
      [...floats(expected[name])].map(value => expect.closeTo(value, 6)),
    )
  }
}

describe('an If on a constant', () => {
  it.each([3, 9])('takes the branch that the engine takes, where x has more than %i elements or not', least =>
    expectSame(branches(least), ['y']),
  )

  it('lets the gradient through the branch that is taken', async () => {
    const { graph, input, values } = builtFrom(branches(3))
    const [slope] = gradient(reduceSum(values.get('y')!), [input])
    const found = await evaluate(engine, { graph, outputs: { slope } }, { x })
    expect([...floats(found.slope)]).toEqual([2, 2, 2, 2])
  })

  it('is refused where its condition depends on what is fed', () => {
    const bytes = modelOf(
      [
        {
          opType: 'ReduceMax',
          input: ['x'],
          output: ['largest'],
          attribute: [{ name: 'keepdims', type: AttributeType.INT, i: 0n }],
        },
        { opType: 'Greater', input: ['largest', 'zero'], output: ['which'] },
        {
          opType: 'If',
          input: ['which'],
          output: ['y'],
          attribute: [body('then_branch', branch('Add', 'x', 'x')), body('else_branch', branch('Tanh', 'x'))],
        },
      ],
      [tensor('zero', 1, [], [0])],
      [float('y', 4)],
    )
    expect(() => builtFrom(bytes)).toThrow(/which branch an If takes depends on the images/)
  })
})

describe('a Loop of fixed length', () => {
  it.each([1, 5])('gives what the engine gives after %i turns', turns =>
    expectSame(loop(turns), ['last', 'all']),
  )

  it('ends where its condition says so beforehand', async () => {
    const { values } = builtFrom(
      loop(9, {
        condition: 'yes',
        inner: [{ opType: 'Less', input: ['i', 'two'], output: ['goes on still'] }],
      }),
    )
    expect(values.get('all')!.shape).toEqual([3, 4])
  })

  it('lets the gradient through all turns', async () => {
    const { graph, input, values } = builtFrom(loop(4))
    const [slope] = gradient(reduceSum(values.get('last')!), [input])
    const found = await evaluate(engine, { graph, outputs: { slope, last: values.get('last')! } }, { x })
    const at = (start: Float32Array) =>
      start.map(value => {
        let s = value
        for (let turn = 0; turn < 4; turn++) s = Math.tanh(s) + turn * value
        return s
      })
    const small = 1e-3
    const [up, down] = [small, -small].map(step => at(x.data.map(value => value + step)))
    for (const [k, value] of floats(found.slope).entries())
      expect(value).toBeCloseTo((up[k] - down[k]) / (2 * small), 2)
  })

  it('is refused where it turns too often, or nobody knows how often', () => {
    expect(() => builtFrom(loop(1_000_000))).toThrow(/more than 4096 turns/)
    const inner = [
      {
        opType: 'ReduceMax',
        input: ['next'],
        output: ['largest'],
        attribute: [{ name: 'keepdims', type: AttributeType.INT, i: 0n }],
      },
      { opType: 'Greater', input: ['largest', 'turn'], output: ['goes on still'] },
    ]
    expect(() => builtFrom(loop(3, { inner }))).toThrow(/whether a Loop goes on/)
  })
})
