/** Reads a file of weights from disk, whatever its format; the content decides, not the name. */
import { lstat } from 'node:fs/promises'
import { dirname, join, normalize, sep } from 'node:path'
import { GlasshouseError } from '../base/errors.ts'
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

/** A small file of text in UTF-8. */
export async function readText(path: string): Promise<string> {
  const bytes = await readBytes(path)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new GlasshouseError({
      code: 'not-text',
      what: 'this is not a text in UTF-8',
      where: path,
      hint: 'Save it as UTF-8',
      cause: error,
    })
  }
}

/**
 * The path of a file that a model names beside itself. A name that leads out of the model's folder is refused, and so is
 * a symbolic link, which may lead anywhere: what a stranger's model names could be any file of this computer.
 */
export async function placeBeside(model: string, name: string): Promise<string> {
  const refuse = (what: string) =>
    new GlasshouseError({
      code: 'onnx-content',
      what: `the model keeps tensors in '${name}', ${what}`,
      where: model,
      hint: 'Put the file itself beside the model',
    })
  const parts = normalize(name).split(/[\\/]/)
  if (
    name.includes('\0') ||
    normalize(name).startsWith(sep) ||
    /^[A-Za-z]:/.test(name) ||
    parts.includes('..')
  )
    throw refuse('which is not beside it')
  let path = dirname(model)
  for (const part of parts) {
    path = join(path, part)
    const found = await lstat(path).catch(() => undefined)
    if (found?.isSymbolicLink()) throw refuse('which is a symbolic link')
  }
  return path
}
