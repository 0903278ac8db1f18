/**
 * Writes a graph as an ONNX model: what the engine loads, and what other programs can open.
 *
 * Only the nodes that the outputs need are written. Parameters with given content become initialisers, the
 * others inputs. The codec in `generated/` is made from the official schema by `npm run generate:onnx`.
 */
import { create, toBinary } from '@bufbuild/protobuf'
import { type Computation, feedsOf, neededNodes } from '../computation.ts'
import type { Attribute, Node, Value } from '../graph.ts'
import type { Tensor } from '../tensor.ts'
import { onnxDataTypes } from './data-types.ts'
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  type ModelProto,
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

export function encodeModel(request: Computation): Uint8Array {
  return toBinary(ModelProtoSchema, modelOf(request))
}

function modelOf(request: Computation): ModelProto {
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
    .map(([value, content]) => encodeTensor(nameOf(value), content))
  for (const [name, value] of graph.parameters) {
    const content = parameters?.get(name)
    if (content && used.has(value)) initialisers.push(encodeTensor(nameOf(value), content))
  }
  const domains = new Map([['', opset]])
  for (const { domain, version = 1 } of nodes)
    domains.set(domain, Math.max(domains.get(domain) ?? 1, version))

  return create(ModelProtoSchema, {
    irVersion: BigInt(irVersion),
    producerName: 'glasshouse',
    opsetImport: [...domains].map(([domain, version]) => ({ domain, version: BigInt(version) })),
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
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
      initializer: initialisers,
      valueInfo: shapes
        ? nodes
            .flatMap(node => node.outputs)
            .filter(value => !given.has(value))
            .map(value => encodeType(nameOf(value), value, openExtent))
        : [],
    },
  })
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
