import { create, toBinary } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'
import { createEngine } from '../../runtime/engine.node.ts'
import { probeTypes } from '../../runtime/probe.ts'
import { gradient } from '../gradient.ts'
import { Graph } from '../graph.ts'
import { reduceSum } from '../ops/reduce.ts'
import { float32 } from '../tensor.ts'
import { decodeModel } from './decode.ts'
import {
  AttributeProto_AttributeType as AttributeType,
  ModelProtoSchema,
  TypeProtoSchema,
} from './generated/onnx_pb.ts'
import { layModel, weightsOf } from './import.ts'

const engine = await createEngine({ threads: 1 })
const domain = 'own'
const type = create(TypeProtoSchema, {
  value: {
    case: 'tensorType',
    value: { elemType: 1, shape: { dim: [{ value: { case: 'dimValue', value: 4n } }] } },
  },
})
const slope = (name: string, refAttrName: string) => ({ name, refAttrName, type: AttributeType.FLOAT })
const opsetImport = [
  { domain: '', version: 18n },
  { domain, version: 1n },
]

/** leak(x; slope = 0.5) = tanh(LeakyRelu(x)), twice(x) = leak(leak(x; 0.1)) + x */
const leak = {
  ...{ domain, name: 'leak', input: ['x'], output: ['y'], opsetImport },
  attributeProto: [{ name: 'slope', f: 0.5, type: AttributeType.FLOAT }],
  node: [
    { opType: 'LeakyRelu', name: 'a', input: ['x'], output: ['inner'], attribute: [slope('alpha', 'slope')] },
    { opType: 'Tanh', input: ['inner'], output: ['y'] },
  ],
}
const twice = {
  ...{ domain, name: 'twice', input: ['x'], output: ['sum'], opsetImport },
  node: [
    {
      ...{ opType: 'leak', domain, name: 'first', input: ['x'], output: ['inner'] },
      attribute: [{ name: 'slope', f: 0.1, type: AttributeType.FLOAT }],
    },
    { opType: 'leak', domain, name: 'second', input: ['inner'], output: ['again'] },
    { opType: 'Add', input: ['again', 'x'], output: ['sum'] },
  ],
}

const modelOf = (functions: readonly object[], opType = 'twice') =>
  toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 9n,
      opsetImport,
      functions: [...functions],
      graph: {
        name: 'g',
        input: [{ name: 'x', type }],
        output: [{ name: 'z', type }],
        node: [
          { opType, domain, name: 'one', input: ['x'], output: ['y'] },
          { opType, domain, name: 'two', input: ['y'], output: ['z'] },
        ],
      },
    }),
  )

describe('a model with functions of its own', () => {
  const bytes = modelOf([leak, twice])
  const x = float32([4], Float32Array.of(-2, -0.3, 0.4, 1))
  const model = decodeModel(bytes, 'x.onnx')
  const graph = new Graph()
  const input = graph.input('x', [4])
  const values = layModel(graph, model, new Map([['x', input]]))

  it('gives what the engine gives for the file, and a gradient passes', async () => {
    const z = values.get('z')!
    const [dx] = gradient(reduceSum(z), [input])
    const [truth, ours] = await Promise.all([
      engine.load(bytes).then(program => program.run({ x })),
      engine
        .compile({ graph, outputs: { z, dx }, parameters: weightsOf(model) })
        .then(program => program.run({ x })),
    ])
    Array.from(truth.z.data as Float32Array).forEach((value, at) => {
      expect((ours.z.data as Float32Array)[at]).toBeCloseTo(value, 6)
    })
    expect(Array.from(ours.dx.data as Float32Array).every(value => value > 0)).toBe(true)
  })

  it('has layers within them, named after the call, the same that a probing run sees', async () => {
    const names = [...values.keys()].filter(name => name !== 'x')
    expect(names.slice(0, 6)).toEqual([
      ...['y/inner/inner', 'y/inner', 'y/again/inner', 'y/again', 'y', 'z/inner/inner'],
    ])
    expect(model.nodes[0].name).toBe('one/first/a')
    const seen = await probeTypes(engine, bytes, { x })
    expect(names.every(name => seen.get(name)?.shape.join() === '4')).toBe(true)
  })
})

it('a function that calls itself, and functions that fill the memory, are refused', () => {
  const call = (opType: string, output: string) => ({ opType, domain, input: ['x'], output: [output] })
  const circle = { ...leak, name: 'twice', node: [call('twice', 'y')] }
  expect(() => decodeModel(modelOf([circle]), 'x.onnx')).toThrow(
    /x\.onnx.*function twice, which calls itself/s,
  )
  const bomb = Array.from({ length: 40 }, (_, depth) => ({
    ...{ ...leak, name: depth === 0 ? 'twice' : `f${depth}` },
    node: depth === 39 ? [] : [call(`f${depth + 1}`, 'a'), call(`f${depth + 1}`, 'y')],
  }))
  expect(() => decodeModel(modelOf(bomb), 'x.onnx')).toThrow(/more than 50000 nodes/)
})
