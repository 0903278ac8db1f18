/**
 * Reads the bytes of an ONNX model: its nodes as they stand in the file, its tensors, what it tells of its inputs and
 * outputs. `import.ts` makes a graph of that.
 */
import { fromBinary } from '@bufbuild/protobuf'
import { GlasshouseError, messageOf } from '../../base/errors.ts'
import type { Attribute, Attributes } from '../graph.ts'
import { arrayTypes, type DType, sizeOf, type Tensor, typedTensor } from '../tensor.ts'
import { dtypeOfOnnx } from './data-types.ts'
import { nodesOf } from './functions.ts'
import {
  type AttributeProto,
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataLocation as DataLocation,
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from './generated/onnx_pb.ts'

/** A node as the file has it: values by name, '' where an optional one is left out. */
export interface OnnxNode {
  readonly op: string
  readonly domain: string
  readonly name: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Attributes
  /** the branches of an `If`, the body of a `Loop`, by attribute */
  readonly bodies?: Readonly<Record<string, OnnxBody>>
}

/** What is computed inside a node. It may use the values of what stands around it. */
export interface OnnxBody {
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly initialisers: ReadonlyMap<string, Tensor>
  readonly nodes: readonly OnnxNode[]
}

export interface OnnxInput {
  readonly name: string
  readonly dtype: DType
  /** undefined where the file leaves an extent open */
  readonly extents: readonly (number | undefined)[]
}

export interface OnnxModel {
  /** names the file in errors */
  readonly where: string
  /** version of the standard operators */
  readonly opset: number
  /** versions of the operators of other domains, by domain */
  readonly domains: ReadonlyMap<string, number>
  readonly nodes: readonly OnnxNode[]
  /** tensors of the file by name */
  readonly initialisers: ReadonlyMap<string, Tensor>
  /** what has to be fed */
  readonly inputs: readonly OnnxInput[]
  /** names of the values that it gives */
  readonly outputs: readonly string[]
  readonly metadata: Readonly<Record<string, string>>
}

/** The bytes of a file beside the model in which large tensors lie. */
export type ExternalFiles = ReadonlyMap<string, Uint8Array>

/**
 * @param where names the file in errors
 * @param files contents of the files that `externalFiles` lists
 * @throws GlasshouseError 'onnx-malformed' where the bytes are not a model, 'onnx-content' where a tensor or an attribute
 * is of a kind or size that we cannot read
 */
export function decodeModel(bytes: Uint8Array, where: string, files?: ExternalFiles): OnnxModel {
  const model = parseModel(bytes, where)
  const { graph } = model
  checkExternal(model, where, bytes.length, files)
  const nodes = nodesOf(model, reason => malformed(where, reason))
  if (!graph || nodes.length === 0) throw malformed(where, 'a model without nodes')
  const domains = new Map(
    model.opsetImport.map(({ domain, version }) => [standardised(domain), Number(version)]),
  )
  const initialisers = new Map(
    graph.initializer.map(tensor => [tensor.name, decodeTensor(tensor, where, files)]),
  )
  return {
    where,
    opset: domains.get('') ?? 1,
    domains,
    nodes: nodes.map(node => decodeNode(node, where, files)),
    initialisers,
    inputs: graph.input.filter(({ name }) => !initialisers.has(name)).map(input => decodeInput(input, where)),
    outputs: graph.output.map(({ name }) => name),
    metadata: Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value])),
  }
}

/** The files beside the model that it needs, as paths relative to its folder. */
export function externalFiles(bytes: Uint8Array, where: string): string[] {
  const tensors = externalTensors(parseModel(bytes, where))
  return [...new Set(tensors.map(tensor => placeOf(tensor, where).location))]
}

const externalTensors = ({ graph, functions }: ModelProto): TensorProto[] =>
  [
    ...(graph?.initializer ?? []),
    ...[...(graph?.node ?? []), ...functions.flatMap(({ node }) => node)].flatMap(node => tensorsIn(node)),
  ].filter(isExternal)

function tensorsIn({ attribute }: NodeProto, depth = 0): TensorProto[] {
  // Deeper bodies are refused where they are decoded.
  if (depth > deepest) return []
  return attribute.flatMap(({ t, g }) => [
    ...(t ? [t] : []),
    ...(g ? [...g.initializer, ...g.node.flatMap(node => tensorsIn(node, depth + 1))] : []),
  ])
}

/** Every tensor becomes a copy of its part: thousands that name the same part would fill the memory. */
function checkExternal(
  model: ModelProto,
  where: string,
  size: number,
  files: ExternalFiles = new Map(),
): void {
  const held = [...files.values()].reduce((sum, { length }) => sum + length, size)
  let left = 64 * 2 ** 20 + 2 * held
  for (const tensor of externalTensors(model)) {
    const { location, offset, length } = placeOf(tensor, where)
    left -= length ?? Math.max(0, (files.get(location)?.length ?? 0) - offset)
    if (left < 0)
      throw unreadable(where, `its tensors name parts of '${location}' again and again, many times its size`)
  }
}

function parseModel(bytes: Uint8Array, where: string): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes)
  } catch (error) {
    throw malformed(where, messageOf(error), error)
  }
}

export const malformed = (where: string, got: string, cause?: unknown): GlasshouseError =>
  new GlasshouseError({
    code: 'onnx-malformed',
    what: 'this is no ONNX model, or only a part of one',
    where,
    got,
    hint: 'Check that it was copied or downloaded to its end, and that its name says what it is: weights are opened as NET:FILE',
    cause,
  })

const unreadable = (where: string, what: string, more: { got?: string; hint?: string } = {}) =>
  new GlasshouseError({ code: 'onnx-content', what, where, ...more })

function decodeInput({ name, type }: ValueInfoProto, where: string): OnnxInput {
  if (type?.value.case !== 'tensorType') throw unreadable(where, `the input '${name}' is not a tensor`)
  const { elemType, shape } = type.value.value
  const extents = (shape?.dim ?? []).map(({ value }) => {
    // Some exporters write an open extent as 0 or -1.
    const extent = value.case === 'dimValue' ? Number(value.value) : 0
    return extent > 0 ? extent : undefined
  })
  return { name, dtype: dtypeNumbered(elemType, name, where), extents }
}

function dtypeNumbered(number: number, name: string, where: string): DType {
  const dtype = dtypeOfOnnx(number)
  if (dtype) return dtype
  throw unreadable(where, `'${name}' has elements of a kind that is not known here`, {
    got: `TensorProto.DataType ${number}`,
  })
}

/** The standard operators have two names for their domain. */
const standardised = (domain: string): string => (domain === 'ai.onnx' ? '' : domain)

/** Nodes with bodies of their own that are read. */
const withBodies = new Set(['If', 'Loop'])

/** Branches in branches, deeper than any exporter nests them. */
const deepest = 32

function decodeNode(node: NodeProto, where: string, files?: ExternalFiles, depth = 0): OnnxNode {
  if (depth > deepest) throw malformed(where, `branches and loops in each other, more than ${deepest} deep`)
  const domain = standardised(node.domain)
  const holdsBody = ({ type, g }: AttributeProto) =>
    type === AttributeType.GRAPH && g !== undefined && domain === '' && withBodies.has(node.opType)
  const bodies = node.attribute.flatMap(one => (holdsBody(one) && one.g ? [[one.name, one.g] as const] : []))
  const plain = node.attribute.filter(one => !holdsBody(one))
  return {
    op: node.opType,
    domain,
    name: node.name,
    inputs: node.input,
    outputs: node.output,
    attributes: Object.fromEntries(
      plain.map(attribute => [attribute.name, decodeAttribute(attribute, node, where, files)]),
    ),
    ...(bodies.length && {
      bodies: Object.fromEntries(
        bodies.map(([name, graph]) => [name, decodeBody(graph, where, files, depth + 1)]),
      ),
    }),
  }
}

const decodeBody = (
  graph: GraphProto,
  where: string,
  files: ExternalFiles | undefined,
  depth: number,
): OnnxBody => ({
  inputs: graph.input.map(({ name }) => name),
  outputs: graph.output.map(({ name }) => name),
  initialisers: new Map(graph.initializer.map(tensor => [tensor.name, decodeTensor(tensor, where, files)])),
  nodes: graph.node.map(node => decodeNode(node, where, files, depth)),
})

function decodeAttribute(
  attribute: AttributeProto,
  node: NodeProto,
  where: string,
  files?: ExternalFiles,
): Attribute {
  switch (attribute.type) {
    case AttributeType.INT:
      return Number(attribute.i)
    case AttributeType.INTS:
      return attribute.ints.map(Number)
    case AttributeType.FLOAT:
      return { float: attribute.f }
    case AttributeType.FLOATS:
      return { floats: attribute.floats }
    case AttributeType.STRING:
      return new TextDecoder().decode(attribute.s)
    case AttributeType.TENSOR:
      if (attribute.t) return decodeTensor(attribute.t, where, files)
  }
  throw unreadable(
    where,
    `the attribute '${attribute.name}' of ${node.opType} '${node.name}' is of a kind that is not known here`,
    attribute.type === AttributeType.GRAPH
      ? { hint: 'Of nodes with graphs inside only If and Loop are read; export the model without others' }
      : {},
  )
}

/**
 * The content of a tensor: from its raw bytes, from the typed field that its elements go into, or from a file beside
 * the model.
 */
export function decodeTensor(tensor: TensorProto, where: string, files?: ExternalFiles): Tensor {
  const dtype = dtypeNumbered(tensor.dataType, tensor.name, where)
  const shape = tensor.dims.map(Number)
  const count = sizeOf(shape)
  const Type = arrayTypes[dtype]
  const raw = isExternal(tensor) ? externalBytes(tensor, where, files) : tensor.rawData
  if (raw.length > 0 || count === 0) {
    if (raw.length === count * Type.BYTES_PER_ELEMENT)
      // Copied, because the bytes need not stand at a multiple of the element's size.
      return typedTensor(dtype, shape, new Type(new Uint8Array(raw).buffer))
  } else {
    const fields = [
      tensor.floatData,
      tensor.doubleData,
      tensor.int64Data,
      tensor.uint64Data,
      tensor.int32Data,
    ]
    const data = fields.find(field => field.length === count)
    const wide = dtype === 'int64' || dtype === 'uint64'
    if (data && (typeof data[0] === 'bigint') === wide) {
      const elements = new Type(count)
      data.forEach((value, index) => {
        elements[index] = value
      })
      return typedTensor(dtype, shape, elements)
    }
  }
  throw new GlasshouseError({
    code: 'onnx-content',
    what: `the content of '${tensor.name}' does not fit its shape`,
    where,
    expected: `${count} elements of ${dtype}`,
  })
}

const isExternal = ({ dataLocation }: TensorProto): boolean => dataLocation === DataLocation.EXTERNAL

/** Characters of a path that any file system takes. */
const longestPath = 1024

/** Where in which file a tensor lies. Files elsewhere than beside the model are refused. */
function placeOf({ name, externalData }: TensorProto, where: string) {
  const entries = Object.fromEntries(externalData.map(({ key, value }) => [key, value]))
  const { location = '', offset = '0', length } = entries
  const elsewhere = /^([\\/]|[A-Za-z]:)|(^|[\\/])\.\.([\\/]|$)/
  if (!location || location.length > longestPath || elsewhere.test(location) || /\p{Cc}/u.test(location)) {
    throw unreadable(where, `'${name}' lies in a file that is not beside the model`, {
      got: `'${location.slice(0, 100).replaceAll(/\p{Cc}/gu, '?')}'`,
    })
  }
  return { location, offset: Number(offset), length: length === undefined ? undefined : Number(length) }
}

function externalBytes(tensor: TensorProto, where: string, files?: ExternalFiles): Uint8Array {
  const { location, offset, length } = placeOf(tensor, where)
  const file = files?.get(location)
  if (!file) {
    throw unreadable(where, `'${tensor.name}' lies in the file '${location}', which was not read`, {
      hint: 'Open the model itself, with that file beside it',
    })
  }
  const end = length === undefined ? file.length : offset + length
  if (!(offset >= 0 && end <= file.length && offset <= end))
    throw unreadable(where, `'${tensor.name}' reaches beyond the end of '${location}'`)
  return file.subarray(offset, end)
}
