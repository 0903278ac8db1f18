/** A model that gives every value inside it as an output too. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { append } from '../../base/extremes.ts'
import { nodesOf } from './functions.ts'
import { ModelProtoSchema, ValueInfoProtoSchema } from './generated/onnx_pb.ts'

/** The engine infers the types of the added outputs. Values within functions get the names that `decodeModel` gives them. */
export function exposeAll(model: Uint8Array): Uint8Array {
  const proto = fromBinary(ModelProtoSchema, model)
  const { graph } = proto
  if (!graph) return model
  graph.node = nodesOf(proto, reason => new Error(reason))
  proto.functions = []
  const given = new Set(graph.output.map(({ name }) => name))
  const inner = graph.node.flatMap(({ output }) => output).filter(name => name !== '' && !given.has(name))
  append(
    graph.output,
    inner.map(name => create(ValueInfoProtoSchema, { name })),
  )
  return toBinary(ModelProtoSchema, proto)
}
