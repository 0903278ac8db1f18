/**
 * Reads an ONNX model back into a graph: the inverse of `encode.ts`. Every value must have a shape in the file, as
 * in the models that we write with `shapes`; models from elsewhere often lack those of inner values.
 */
import { fromBinary } from '@bufbuild/protobuf'
import { GlasshouseError } from '../../errors.ts'
import { type Attribute, Graph, type Value, type ValueType } from '../graph.ts'
import { arrayTypes, type DType, sizeOf, type Tensor } from '../tensor.ts'
import { dtypeOfOnnx } from './data-types.ts'
import type { ModelRequest } from './encode.ts'
import {
  type AttributeProto,
  AttributeProto_AttributeType as AttributeType,
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from './generated/onnx_pb.ts'

export interface DecodedModel extends ModelRequest {
  parameters: Map<string, Tensor>
  metadata: Record<string, string>
}

/**
 * @param where names the file in errors
 * @throws GlasshouseError 'onnx-malformed' where the bytes are no model, 'onnx-shapes' where a shape is missing or
 * not a number, 'onnx-content' where a tensor is of a kind or size that we cannot read
 */
export function decodeModel(bytes: Uint8Array, where: string): DecodedModel {
  const model = parse(bytes, where)
  if (!model.graph?.node.length) throw malformed(where, 'a model without nodes')
  const { graph: proto } = model
  const types = typesOf(proto, where)
  const graph = new Graph()
  const values = new Map<string, Value>()
  const parameters = new Map<string, Tensor>()
  for (const initialiser of proto.initializer) {
    const content = decodeTensor(initialiser, where)
    parameters.set(initialiser.name, content)
    values.set(initialiser.name, graph.parameter(initialiser.name, content.shape, content.dtype))
  }
  for (const { name } of proto.input) {
    if (values.has(name)) continue
    const { shape, dtype } = typeNamed(types, name, where)
    values.set(name, graph.input(name, shape, dtype))
  }
  for (const node of proto.node) decodeNode(graph, node, values, types, where)
  const outputs = Object.fromEntries(
    proto.output.map(({ name }) => [name, values.get(name) ?? missing(name, where)]),
  )
  const metadata = Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value]))
  return { graph, outputs, parameters, metadata }
}

function parse(bytes: Uint8Array, where: string): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes)
  } catch (error) {
    throw malformed(where, error instanceof Error ? error.message : String(error), error)
  }
}

const malformed = (where: string, got: string, cause?: unknown): GlasshouseError =>
  new GlasshouseError({ code: 'onnx-malformed', what: 'this is no ONNX model', where, got, cause })

function missing(name: string, where: string): never {
  throw malformed(where, `the value '${name}', which nothing computes`)
}

function typesOf(graph: GraphProto, where: string): Map<string, Required<ValueType>> {
  const types = new Map<string, Required<ValueType>>()
  for (const info of [...graph.input, ...graph.output, ...graph.valueInfo]) {
    const type = typeOf(info, where)
    if (type) types.set(info.name, type)
  }
  return types
}

/** undefined where a dimension is open. */
function typeOf({ name, type }: ValueInfoProto, where: string): Required<ValueType> | undefined {
  if (type?.value.case !== 'tensorType') return undefined
  const { elemType, shape } = type.value.value
  const extents = shape?.dim.map(({ value }) => (value.case === 'dimValue' ? Number(value.value) : -1))
  if (!extents || extents.some(extent => extent < 0)) return undefined
  return { shape: extents, dtype: dtypeNamed(elemType, name, where) }
}

function typeNamed(
  types: ReadonlyMap<string, Required<ValueType>>,
  name: string,
  where: string,
): Required<ValueType> {
  const type = types.get(name)
  if (type) return type
  throw new GlasshouseError({
    code: 'onnx-shapes',
    what: `the file does not tell the shape of '${name}'`,
    where,
    expected: 'a shape of whole numbers for every value',
  })
}

function dtypeNamed(number: number, name: string, where: string): DType {
  const dtype = dtypeOfOnnx(number)
  if (dtype) return dtype
  throw new GlasshouseError({
    code: 'onnx-content',
    what: `'${name}' has elements of a kind that is not known here`,
    where,
    got: `TensorProto.DataType ${number}`,
  })
}

function decodeNode(
  graph: Graph,
  node: NodeProto,
  values: Map<string, Value>,
  types: ReadonlyMap<string, Required<ValueType>>,
  where: string,
): void {
  const inputs = node.input.map(name =>
    name === '' ? undefined : (values.get(name) ?? missing(name, where)),
  )
  const attributes = Object.fromEntries(
    node.attribute.map(attribute => [attribute.name, decodeAttribute(attribute, node, where)]),
  )
  const outputs = graph.node(
    node.opType,
    inputs,
    node.output.map(name => typeNamed(types, name, where)),
    { attributes, domain: node.domain, names: node.output },
  )
  node.output.forEach((name, index) => {
    values.set(name, outputs[index])
  })
}

function decodeAttribute(attribute: AttributeProto, node: NodeProto, where: string): Attribute {
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
      if (attribute.t) return decodeTensor(attribute.t, where)
  }
  throw new GlasshouseError({
    code: 'onnx-content',
    what: `the attribute '${attribute.name}' of ${node.opType} '${node.name}' is of a kind that is not known here`,
    where,
  })
}

/** The content of a tensor, from its raw bytes or from the typed field that its elements go into. */
export function decodeTensor(tensor: TensorProto, where: string): Tensor {
  const dtype = dtypeNamed(tensor.dataType, tensor.name, where)
  const shape = tensor.dims.map(Number)
  const count = sizeOf(shape)
  const Type = arrayTypes[dtype]
  if (tensor.rawData.length > 0 || count === 0) {
    if (tensor.rawData.length === count * Type.BYTES_PER_ELEMENT)
      // Copied, because the bytes need not stand at a multiple of the element's size.
      return { dtype, shape, data: new Type(tensor.rawData.slice().buffer as ArrayBuffer) } as Tensor
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
      return { dtype, shape, data: elements } as Tensor
    }
  }
  throw new GlasshouseError({
    code: 'onnx-content',
    what: `the content of '${tensor.name}' does not fit its shape`,
    where,
    expected: `${count} elements of ${dtype}`,
    hint: 'Tensors in files of their own are not read',
  })
}
