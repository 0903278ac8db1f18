import { readFileSync } from 'node:fs'
import { deflateRawSync } from 'node:zlib'
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'
import {
  damage,
  damagedFiles,
  damageInstructions,
  damageNumbers,
  readDamaged,
} from '../../test/damaged-files.ts'
import { gate } from '../../test/thorough.ts'
import { rezip } from '../../test/write-zip.ts'
import { GlasshouseError } from '../base/errors.ts'
import { type Random, random } from '../base/random.ts'
import { Graph } from '../graph/graph.ts'
import { decodeModel } from '../graph/onnx/decode.ts'
import { encodeModel } from '../graph/onnx/encode.ts'
import { ModelProtoSchema } from '../graph/onnx/generated/onnx_pb.ts'
import { operators } from '../graph/onnx/operators/index.ts'
import { add } from '../graph/ops/elementwise.ts'
import { float32, sizeOf, type Tensor, tensor } from '../graph/tensor.ts'
import { buildForeign } from '../nets/foreign.ts'
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
const unsummed = (name: string) => rezip(fixture(name), entry => ({ ...entry, crc: 0 }))
const unchecked = unsummed('checkpoint.zip.pth')

const readPytorch = (bytes: Uint8Array) => decodePytorch(bytes, 'damaged').tensors
const readSafetensors = (bytes: Uint8Array) => decodeSafetensors(bytes, 'damaged').tensors
const readNpy = (bytes: Uint8Array) => new Map([['array', decodeNpy(bytes, 'damaged')]])

const readOnnx = (bytes: Uint8Array) => decodeOnnxWeights(bytes, 'damaged').tensors

const exported = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../test/fixtures/onnx/${name}.onnx`, import.meta.url)))

/** A sound file of a graph that means something else, or nothing: other operators, wires, attributes, shapes, numbers. */
function otherGraph(file: Uint8Array, { integer, pick, chance }: Random): Uint8Array {
  const model = fromBinary(ModelProtoSchema, file)
  const tensors = model.graph!.initializer
  const bodies = [model.graph!, ...model.functions].map(({ node }) => node)
  const number = () => pick([0n, 1n, -1n, 2n, 7n, 1n << 20n, 1n << 31n, -(1n << 31n), 1n << 50n])
  const names = bodies
    .flat()
    .flatMap(({ output }) => output)
    .concat(tensors.map(({ name }) => name))
  do {
    const nodes = pick(bodies.filter(({ length }) => length > 0))
    const node = pick(nodes)
    const tensor = pick(tensors)
    const attribute = node.attribute.length ? pick(node.attribute) : undefined
    const ways = [
      () => void (node.opType = pick(nodes).opType),
      () => void (node.opType = pick(Object.keys(operators))),
      () => void (node.input[integer(node.input.length + 1)] = pick(names)),
      () => void node.input.splice(integer(node.input.length), 1),
      () => void nodes.splice(integer(nodes.length), 1),
      () => void (attribute && (attribute.i = number())),
      () => void (attribute?.ints.length && (attribute.ints[integer(attribute.ints.length)] = number())),
      () => void attribute?.ints.pop(),
      () => void (tensor.dims[integer(tensor.dims.length + 1)] = number()),
      () => void (tensor.rawData = damage(tensor.rawData, random('raw', integer(1e9)))),
    ]
    pick(ways)()
  } while (chance(0.5))
  return toBinary(ModelProtoSchema, model)
}

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

/** Opened as a network: its graph is built for two images, as every lens does. */
function layNetwork(bytes: Uint8Array): ReadonlyMap<string, Tensor> {
  const model = decodeModel(bytes, 'damaged')
  const [input] = model.inputs
  const [output] = model.outputs
  if (!input || !output) throw new GlasshouseError({ code: 'onnx-input', what: 'nothing goes in or out' })
  const foreign = { model, input: input.name, channelsLast: false, output }
  buildForeign(foreign, [2, 3, 32, 32], 'logits')
  return model.initialisers
}

function checkSound(tensors: ReadonlyMap<string, Tensor>): void {
  for (const [name, { shape, data }] of tensors) {
    if (data.length !== sizeOf(shape)) throw new Error(`${name} [${shape}] has ${data.length} elements`)
  }
}

type Case = [
  name: string,
  file: Uint8Array,
  read: (bytes: Uint8Array) => ReadonlyMap<string, Tensor>,
  harm?: typeof damage,
]

describe(`${damagedFiles} damaged files`, { timeout: 900_000 }, () => {
  it.each<Case>([
    ['safetensors', safetensors, readSafetensors],
    ['safetensors with other numbers in the header', safetensors, readSafetensors, otherHeader],
    ['initialisers of ONNX', model, readOnnx],
    ['npy', npy, readNpy],
    ...['functions', ...(gate ? ['vgg', 'shufflenet', 'vit'] : [])].map(
      (name): Case => [`networks in ONNX (${name})`, exported(name), layNetwork, otherGraph],
    ),
    ['networks in ONNX', exported('vgg'), layNetwork],
    ['PyTorch zip without checksums', unchecked, readPytorch],
    ['PyTorch zip, protocol 4, without checksums', unsummed('protocol4.zip.pth'), readPytorch],
    ['PyTorch zip with another pickle', zip, readPytorch, otherPickle],
    [
      'PyTorch stream with other instructions',
      fixture('checkpoint.stream.pth'),
      readPytorch,
      damageInstructions,
    ],
    ['PyTorch stream', fixture('checkpoint.stream.pth'), readPytorch],
    ['PyTorch zip with arguments of training', unsummed('arguments.zip.pth'), readPytorch, otherPickle],
    ['PyTorch zip of a whole module', unsummed('whole.zip.pth'), readPytorch, otherPickle],
    ['PyTorch stream of a whole module', fixture('whole.stream.pth'), readPytorch, damageInstructions],
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
