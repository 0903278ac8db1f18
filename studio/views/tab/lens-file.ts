/**
 * A lens as one HTML file: the engine, the program of the lens, the model where it is small, and the images. It opens
 * from the disk and asks for nothing. A large model lies beside the file, which asks for it.
 */
import engineAddress from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url'
import { base64 } from '../../../src/figures/base64.ts'
import { blobAt, textAt } from '../../client.ts'
import { download } from '../../parts/download.ts'
import { htmlOf } from '../../parts/export/html.ts'
import { baseName } from '../../words.ts'
import { type LensFile, markOf, parts } from './lens-format.ts'
import { chosen, images, type LensFileAsked, model, modelFile } from './state.ts'

/** Bytes of the largest model that a file holds. */
const largestModel = 20e6
/** Bytes of images that a file holds at most. */
const mostOfImages = 40e6

export async function lensBlob({ title, line, again }: LensFileAsked): Promise<Blob> {
  const [program, style, worker, engine, bytes] = await Promise.all([
    textAt('/lens.js'),
    textAt('/exported.css'),
    blobAt('/lens-worker.js'),
    blobAt(engineAddress),
    modelFile(),
  ])
  const isHeld = bytes.byteLength <= largestModel
  const name = fileNameOf(model.value?.name ?? 'model')
  const content: LensFile = {
    title,
    line,
    made: Date.now(),
    address: location.pathname + location.search,
    model: { name, bytes: bytes.byteLength, mark: markOf(bytes), isHeld },
    images: await heldImages(),
    ofImages: images.value.length,
    chosen: chosen.value,
    again,
  }
  const held: Record<string, string> = {
    [parts.engine]: await packed(engine),
    [parts.worker]: await packed(worker),
    ...(isHeld && { [parts.model]: await packed(new Blob([bytes])) }),
  }
  if (!isHeld) download(name, new Blob([bytes], { type: 'application/octet-stream' }))
  return new Blob(
    [htmlOf({ title, program, style, data: { [parts.lens]: content }, held, computes: true })],
    {
      type: 'text/html',
    },
  )
}

/** A run has no ending; what the studio sends of it is ONNX. */
const fileNameOf = (name: string): string =>
  /\.(onnx|safetensors|pth|pt)$/i.test(name)
    ? baseName(name)
    : `${baseName(name).replaceAll(/[^\w.-]+/g, '-')}.onnx`

/** The files as they were opened: first those that are looked at. */
async function heldImages(): Promise<LensFile['images']> {
  const first = images.value.filter(({ name }) => chosen.value.includes(name))
  const rest = images.value.filter(({ name }) => !chosen.value.includes(name))
  const held = new Map<string, LensFile['images'][number]>()
  let bytes = 0
  for (const { name, label, src } of [...first, ...rest]) {
    const file = await blobAt(src)
    bytes += file.size
    if (bytes > mostOfImages) break
    held.set(name, { name, label, type: file.type, base64: base64(new Uint8Array(await file.arrayBuffer())) })
  }
  return images.value.flatMap(({ name }) => held.get(name) ?? [])
}

/** Compressed, as base64. */
async function packed(content: Blob): Promise<string> {
  const stream = content.stream().pipeThrough(new CompressionStream('gzip'))
  return base64(new Uint8Array(await new Response(stream).arrayBuffer()))
}
