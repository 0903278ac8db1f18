/** Tells the formats of weight files apart by their first bytes. */
import { GlasshouseError } from '../base/errors.ts'
import type { Tensor } from '../graph/tensor.ts'
import { decodeOnnxWeights, looksLikeOnnx } from './onnx.ts'
import { decodePytorch, looksLikePytorch } from './pytorch.ts'
import { decodeSafetensors, looksLikeSafetensors } from './safetensors.ts'

export interface Weights {
  tensors: Map<string, Tensor>
  /** what else a checkpoint holds, by name: it is not read */
  skipped: string[]
  /** what the file tells beside the weights, in texts */
  metadata: Readonly<Record<string, string>>
}

/** @param where the file's name, for errors */
export function decodeWeights(bytes: Uint8Array, where: string): Weights {
  if (looksLikeSafetensors(bytes)) return { ...decodeSafetensors(bytes, where), skipped: [] }
  if (looksLikePytorch(bytes)) return { ...decodePytorch(bytes, where), metadata: {} }
  if (looksLikeOnnx(bytes)) return decodeOnnxWeights(bytes, where)
  throw new GlasshouseError({
    code: 'weights-unknown-format',
    what: bytes.byteLength ? 'this is not a file of weights that can be read' : 'the file is empty',
    where,
    expected: 'a .safetensors file, a .pth or .pt file written by torch.save, or a .onnx model',
    got: bytes.byteLength ? `a file that begins with ${beginning(bytes)}` : undefined,
  })
}

const beginning = (bytes: Uint8Array): string =>
  JSON.stringify(new TextDecoder('latin1').decode(bytes.subarray(0, 8)))
