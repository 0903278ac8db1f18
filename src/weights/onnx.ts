/**
 * The weights in an ONNX model: its initialisers, by name. Numbers that describe shapes lie among them, so whole
 * numbers and scalars are left out. The graph is not looked at.
 */
import { fromBinary } from '@bufbuild/protobuf'
import { decodeTensor } from '../graph/onnx/decode.ts'
import { type ModelProto, ModelProtoSchema } from '../graph/onnx/generated/onnx_pb.ts'
import type { Tensor } from '../graph/tensor.ts'
import { damaged } from './damage.ts'

/** The first field of a model is its version, a small number. */
export const looksLikeOnnx = (bytes: Uint8Array): boolean =>
  bytes.byteLength > 2 && bytes[0] === 0x08 && bytes[1] > 0 && bytes[1] < 64

/** @param where the file's name, for errors */
export function decodeOnnxWeights(
  bytes: Uint8Array,
  where: string,
): { tensors: Map<string, Tensor>; skipped: string[]; metadata: Record<string, string> } {
  let model: ModelProto
  try {
    model = fromBinary(ModelProtoSchema, bytes)
  } catch (error) {
    throw damaged(where, `this is no ONNX model: ${(error as Error).message}`)
  }
  const tensors = new Map<string, Tensor>()
  const skipped: string[] = []
  for (const initialiser of model.graph?.initializer ?? []) {
    const tensor = decodeTensor(initialiser, where)
    const isWeight = tensor.dtype.includes('float') && tensor.shape.length > 0
    if (isWeight) tensors.set(initialiser.name, tensor)
    else skipped.push(initialiser.name)
  }
  if (tensors.size === 0) throw damaged(where, 'the model holds no weights')
  const metadata = Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value]))
  return { tensors, skipped, metadata }
}
