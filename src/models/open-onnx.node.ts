/** Reads an ONNX model from disk, with the files beside it that it needs and those that describe it. */
import { decodeModel, externalFiles } from '../graph/onnx/decode.ts'
import { placeBeside, readBytes } from '../weights/file.node.ts'
import { descriptionsBeside } from './description.node.ts'
import type { OnnxFile } from './open-onnx.ts'

export async function readOnnx(path: string): Promise<OnnxFile> {
  const bytes = await readBytes(path)
  const files = new Map<string, Uint8Array>()
  for (const name of externalFiles(bytes, path))
    files.set(name, await readBytes(await placeBeside(path, name)))
  return { bytes, model: decodeModel(bytes, path, files), beside: await descriptionsBeside(path) }
}
