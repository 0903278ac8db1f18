import { readFileSync } from 'node:fs'
import { deflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import {
  type damage,
  damagedFiles,
  damageInstructions,
  damageNumbers,
  readDamaged,
} from '../../../test/damaged-files.ts'
import { rezip } from '../../../test/write-zip.ts'
import { Graph } from '../../graph/graph.ts'
import { encodeModel } from '../../graph/onnx/encode.ts'
import { add } from '../../graph/ops/elementwise.ts'
import { float32, sizeOf, type Tensor, tensor } from '../../graph/tensor.ts'
import type { Random } from '../../random.ts'
import { decodeNpy, encodeNpy } from './npy.ts'
import { decodeOnnxWeights } from './onnx.ts'
import { decodePytorch } from './pytorch.ts'
import { decodeSafetensors, encodeSafetensors } from './safetensors.ts'

const fixture = (name: string) => new Uint8Array(readFileSync(new URL(`./fixtures/${name}`, import.meta.url)))
const whole = (parts: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(parts))

const weights = new Map<string, Tensor>([
  ['stem.weight', float32([2, 3], [1, 2, 3, 4, 5, 6])],
  ['stem.bias', tensor('float16', [2], Uint16Array.of(1, 2))],
  ['steps', tensor('int64', [], BigInt64Array.of(7n))],
])
const safetensors = whole(encodeSafetensors(weights, { epoch: '3' }))
const npy = whole(encodeNpy(float32([4, 6], new Float32Array(24))))
const zip = fixture('checkpoint.zip.pth')
const compressed = rezip(zip, entry => ({ ...entry, method: 8, packed: deflateRawSync(entry.content) }))
/** Without checksums damage reaches the pickle instead of being noticed before. */
const unchecked = rezip(zip, entry => ({ ...entry, crc: 0 }))

const readPytorch = (bytes: Uint8Array) => decodePytorch(bytes, 'damaged').tensors
const readSafetensors = (bytes: Uint8Array) => decodeSafetensors(bytes, 'damaged').tensors
const readNpy = (bytes: Uint8Array) => new Map([['array', decodeNpy(bytes, 'damaged')]])

const readOnnx = (bytes: Uint8Array) => decodeOnnxWeights(bytes, 'damaged').tensors

const graph = new Graph()
const parts = [...weights.keys()].slice(0, 2).map(name => graph.parameter(name, weights.get(name)!.shape))
const model = encodeModel({ graph, outputs: { sum: add(parts[0], 1) }, parameters: weights })

/** A header that can be read, and says something else. */
function otherHeader(file: Uint8Array, chance: Random): Uint8Array {
  const length = Number(new DataView(file.buffer).getBigUint64(0, true))
  const header = new TextDecoder().decode(file.subarray(8, 8 + length))
  const json = new TextEncoder().encode(damageNumbers(header, chance))
  const head = new Uint8Array(8)
  new DataView(head.buffer).setBigUint64(0, BigInt(json.length), true)
  return whole([head, json, file.subarray(8 + length)])
}

/** Another pickle in the same archive, of which no checksum tells. */
const otherPickle = (file: Uint8Array, chance: Random): Uint8Array =>
  rezip(file, entry =>
    entry.name.endsWith('data.pkl')
      ? { ...entry, content: damageInstructions(entry.content, chance), crc: 0 }
      : entry,
  )

function checkSound(tensors: ReadonlyMap<string, Tensor>): void {
  for (const [name, { shape, data }] of tensors) {
    if (data.length !== sizeOf(shape)) throw new Error(`${name} [${shape}] has ${data.length} elements`)
  }
}

describe(`${damagedFiles} damaged files`, { timeout: 900_000 }, () => {
  it.each<[string, Uint8Array, (bytes: Uint8Array) => Map<string, Tensor>, typeof damage?]>([
    ['safetensors', safetensors, readSafetensors],
    ['safetensors with other numbers in the header', safetensors, readSafetensors, otherHeader],
    ['initialisers of ONNX', model, readOnnx],
    ['npy', npy, readNpy],
    ['PyTorch zip without checksums', unchecked, readPytorch],
    [
      'PyTorch zip, protocol 4, without checksums',
      rezip(fixture('protocol4.zip.pth'), entry => ({ ...entry, crc: 0 })),
      readPytorch,
    ],
    ['PyTorch zip with another pickle', zip, readPytorch, otherPickle],
    [
      'PyTorch stream with other instructions',
      fixture('checkpoint.stream.pth'),
      readPytorch,
      damageInstructions,
    ],
    ['PyTorch stream', fixture('checkpoint.stream.pth'), readPytorch],
    ['PyTorch stream of views', fixture('views.stream.pth'), readPytorch],
  ])('of %s are refused or give sound tensors', (name, file, read, harm) => {
    expect(readDamaged(name, file, read, checkSound, harm).refused).toBeGreaterThan(damagedFiles / 10)
  })

  it.each([
    ['PyTorch zip', zip],
    ['PyTorch zip, compressed', compressed],
  ])('of %s are refused or give the very same tensors, thanks to the checksums', (name, file) => {
    const original = readPytorch(file)
    const outcomes = readDamaged(name, file, readPytorch, tensors => expect(tensors).toEqual(original))
    expect(outcomes.refused).toBeGreaterThan(damagedFiles / 10)
  })
})
