/** Opens a model in a browser: from the bytes that a page has fetched or a person has dropped. */
import type { Engine } from '../runtime/engine.ts'
import { createEngine } from '../runtime/engine.web.ts'
import { type BytesOptions, openModelBytes } from './open-bytes.ts'
import type { Opened } from './open-weights.ts'

export interface OpenOptions extends BytesOptions {
  /** runs an ONNX model once where its operators alone do not give all shapes; one of its own unless given */
  engine?: Engine
}

/** The content of an `.onnx`, `.safetensors`, `.pth` or `.pt` file as a network. */
export const openModel = (bytes: Uint8Array, { engine, ...options }: OpenOptions = {}): Promise<Opened> =>
  openModelBytes(bytes, async () => engine ?? createEngine(), options)
