/** Reads a file of weights from disk, whatever its format; the content decides, not the name. */
import { fileError, openRegular } from '../base/files.node.ts'
import type { Tensor } from '../graph/tensor.ts'
import { decodeWeights, type Weights } from './formats.ts'

/**
 * A .safetensors, .pth, .pt or .onnx file: its tensors by name, and what it tells about them.
 *
 * @throws GlasshouseError where the file is missing, damaged, of another kind, or wants to run code
 */
export const readWeightsFile = async (path: string): Promise<Weights> =>
  decodeWeights(await readBytes(path), path)

/** The tensors alone. */
export const readWeights = async (path: string): Promise<Map<string, Tensor>> =>
  (await readWeightsFile(path)).tensors

/**
 * A whole file, of any size, at the start of its own memory: readFile stops at 2 GiB and puts small files at odd
 * places of a shared buffer, which would cost a copy of every tensor.
 */
export async function readBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const file = await openRegular(path)
    try {
      const bytes = new Uint8Array((await file.stat()).size)
      let filled = 0
      while (filled < bytes.length) {
        const { bytesRead } = await file.read(bytes, filled, Math.min(bytes.length - filled, 2 ** 30), filled)
        if (bytesRead === 0) break // the file shrank meanwhile
        filled += bytesRead
      }
      return bytes.subarray(0, filled)
    } finally {
      await file.close()
    }
  } catch (error) {
    throw fileError(error, path)
  }
}
