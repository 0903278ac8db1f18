/**
 * Writes a graph as an ONNX model: what the engine loads, and what other programs can open.
 *
 * Only the nodes that the outputs need are written. Parameters with given content become initialisers, the
 * others inputs. The codec in `generated/` is made from the official schema by `npm run generate:onnx`.
 */
import { create, toBinary } from '@bufbuild/protobuf'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { joinedBytes, lengthOf } from '../../base/joined.ts'
import { type Computation, feedsOf, neededNodes } from '../computation.ts'
import type { Attribute, Node, Value } from '../graph.ts'
import type { Tensor } from '../tensor.ts'
import { onnxDataTypes } from './data-types.ts'
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  GraphProtoSchema,
  ModelProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from './generated/onnx_pb.ts'

/** The operator set that our nodes are written in unless one of them is newer, and the file format that came with it. */
export const opset = 21
const irVersion = 10

/** Adds the layers' names to those of outputs: of several for one value the shortest, and a file's own before `pool`. */
function nameLayers({ graph, outputs }: Computation, names: Map<Value, string>): void {
  const elsewhere = new Set([
    ...Object.keys(outputs),
    ...[...graph.inputs.values(), ...graph.parameters.values(), ...graph.constants.keys()].map(
      ({ name }) => name,
    ),
  ])
  const length = (name: string) => (name === 'pool' ? Number.POSITIVE_INFINITY : name.length)
  const layers = [...graph.layers].sort(([a], [b]) => length(a) - length(b))
  for (const [name, value] of layers)
    if (value.producer && !names.has(value) && !elsewhere.has(name)) names.set(value, name)
}

/**
 * The weights are written by themselves, into the array that is returned: a message inside a message inside a message
 * would be copied several times, which costs a second for 80 MB.
 */
export function encodeModel(request: Computation): Uint8Array<ArrayBuffer> {
  const { model, graph, initialisers } = partsOf(request)
  const inGraph = [
    toBinary(GraphProtoSchema, create(GraphProtoSchema, graph)),
    ...initialisers.flatMap(([name, content]) => within(field.initialiser, tensorParts(name, content))),
  ]
  return joinedBytes([
    toBinary(ModelProtoSchema, create(ModelProtoSchema, model)),
    ...within(field.graph, inGraph),
  ])
}

/** Their numbers in onnx.proto: of a model, of its graph, and of a tensor. */
const field = { graph: 7, initialiser: 5, rawData: 9 }

function tensorParts(name: string, content: Tensor): Uint8Array[] {
  const { dims, dataType, rawData } = encodeTensor(name, content)
  const description = create(TensorProtoSchema, { name, dims, dataType })
  return [toBinary(TensorProtoSchema, description), ...within(field.rawData, [rawData])]
}

/** The parts as one field: its number and length before them. */
const within = (number: number, parts: readonly Uint8Array[]): Uint8Array[] => [
  new BinaryWriter().tag(number, WireType.LengthDelimited).uint32(lengthOf(parts)).finish(),
  ...parts,
]

function partsOf(request: Computation) {
  const { graph, outputs, parameters, metadata = {}, shapes = false, openExtent } = request
  const { nodes, used } = neededNodes(graph, Object.values(outputs))

  // An output takes the name asked for; a value that is asked for twice, or not computed here, gets an Identity.
  const names = new Map<Value, string>()
  const identities: [string, Value][] = []
  for (const [name, value] of Object.entries(outputs)) {
    if (value.producer && !names.has(value)) names.set(value, name)
    else identities.push([name, value])
  }
  const clash = feedsOf(request).find(value => value.name in outputs)
  if (clash) throw new Error(`the output '${clash.name}' has the name of an input; give it another`)

  const given = new Set(Object.values(outputs))
  if (shapes) nameLayers(request, names)
  const taken = new Set([...Object.keys(outputs), ...names.values()])
  const nameOf = (value: Value) =>
    names.get(value) ?? (taken.has(value.name) ? `${value.name}.inner` : value.name)

  const initialisers = [...graph.constants]
    .filter(([value]) => used.has(value))
    .map(([value, content]): [name: string, content: Tensor] => [nameOf(value), content])
  for (const [name, value] of graph.parameters) {
    const content = parameters?.get(name)
    if (content && used.has(value)) initialisers.push([nameOf(value), content])
  }
  const domains = new Map([['', opset]])
  for (const { domain, version = 1 } of nodes)
    domains.set(domain, Math.max(domains.get(domain) ?? 1, version))

  const model = {
    irVersion: BigInt(irVersion),
    producerName: 'glasshouse',
    opsetImport: [...domains].map(([domain, version]) => ({ domain, version: BigInt(version) })),
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
  }
  return {
    model,
    initialisers,
    graph: {
      name: 'glasshouse',
      node: [
        ...nodes.map(node => encodeNode(node, nameOf)),
        ...identities.map(([name, value]) => ({
          opType: 'Identity',
          name: `output/${name}`,
          input: [nameOf(value)],
          output: [name],
        })),
      ],
      input: feedsOf(request).map(value => encodeType(nameOf(value), value, openExtent)),
      output: Object.entries(outputs).map(([name, value]) => encodeType(name, value, openExtent)),
      valueInfo: shapes
        ? nodes
            .flatMap(node => node.outputs)
            .filter(value => !given.has(value))
            .map(value => encodeType(nameOf(value), value, openExtent))
        : [],
    },
  }
}

function encodeNode(node: Node, nameOf: (value: Value) => string) {
  return {
    opType: node.op,
    domain: node.domain,
    name: node.name,
    input: node.inputs.map(input => (input ? nameOf(input) : '')),
    output: node.outputs.map(nameOf),
    attribute: Object.entries(node.attributes).map(([name, attribute]) => encodeAttribute(name, attribute)),
  }
}

function encodeAttribute(name: string, attribute: Attribute): AttributeProto {
  const make = (content: Partial<AttributeProto>) =>
    create(AttributeProtoSchema, { name, ...content } as AttributeProto)
  if (typeof attribute === 'number') return make({ type: AttributeType.INT, i: BigInt(attribute) })
  if (typeof attribute === 'string')
    return make({ type: AttributeType.STRING, s: new TextEncoder().encode(attribute) })
  if ('float' in attribute) return make({ type: AttributeType.FLOAT, f: attribute.float })
  if ('floats' in attribute) return make({ type: AttributeType.FLOATS, floats: [...attribute.floats] })
  if ('dtype' in attribute) return make({ type: AttributeType.TENSOR, t: encodeTensor('', attribute) })
  return make({ type: AttributeType.INTS, ints: attribute.map(BigInt) })
}

export function encodeTensor(name: string, { dtype, shape, data }: Tensor): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dataType: onnxDataTypes[dtype],
    dims: shape.map(BigInt),
    rawData: new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength),
  })
}

function encodeType(name: string, { dtype, shape }: Value, open: Computation['openExtent']): ValueInfoProto {
  const dim = shape.map(extent => {
    if (!open || extent === 0 || extent % open.extent !== 0)
      return { value: { case: 'dimValue' as const, value: BigInt(extent) } }
    const times = extent / open.extent
    return { value: { case: 'dimParam' as const, value: times === 1 ? open.name : `${times}*${open.name}` } }
  })
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType: onnxDataTypes[dtype], shape: { dim } } } },
  })
}
