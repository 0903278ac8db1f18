/** Models as others make them: channels last, one image at a time, tensors in files beside, operators of other domains. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { afterAll, describe, expect, it } from 'vitest'
import { gradient } from '../graph/gradient.ts'
import { Graph, type Value } from '../graph/graph.ts'
import { encodeModel } from '../graph/onnx/encode.ts'
import {
  TensorProto_DataLocation as DataLocation,
  ModelProtoSchema,
  StringStringEntryProtoSchema,
} from '../graph/onnx/generated/onnx_pb.ts'
import { conv } from '../graph/ops/convolution.ts'
import { relu } from '../graph/ops/elementwise.ts'
import { reshape, transpose } from '../graph/ops/layout.ts'
import { linear } from '../graph/ops/linear.ts'
import { globalAveragePool } from '../graph/ops/pooling.ts'
import { reduceSum } from '../graph/ops/reduce.ts'
import { float32, type Shape, sizeOf, type Tensor } from '../graph/tensor.ts'
import { buildNetwork, type Network, possibleBatch } from '../nets/network.ts'
import { openModel } from '../runs/open-model.node.ts'
import { createEngine } from '../runtime/engine.node.ts'
import { evaluate } from '../runtime/engine.ts'
import { networkModel } from './export.ts'
import { forward } from './forward.ts'

const engine = await createEngine({ threads: 1 })
const root = mkdtempSync(join(tmpdir(), 'open-onnx-'))
afterAll(() => rmSync(root, { recursive: true }))

const numbers = (...shape: number[]): Tensor<'float32'> =>
  float32(
    shape,
    Float32Array.from({ length: sizeOf(shape) }, (_, k) => Math.sin(1 + 2.3 * k)),
  )
const weights = new Map([
  ['w', numbers(4, 3, 3, 3)],
  ['fc.w', numbers(5, 4)],
  ['fc.b', numbers(5)],
])
const side = 8
const pictures = numbers(3, 3, side, side)

interface Form {
  batch?: number
  channelsLast?: boolean
  /** what stands between the convolution and the pooling */
  middle?: (x: Value) => Value
  /** the shape that the head's input is given */
  pooled?: Shape
  output?: string
}

/** A convolution, something, a pooling, a linear layer. */
function modelOf({
  batch = 1,
  channelsLast,
  middle = relu,
  pooled,
  output = 'scores',
}: Form = {}): Uint8Array {
  const graph = new Graph()
  const input = graph.input('x', channelsLast ? [batch, side, side, 3] : [batch, 3, side, side])
  const x = channelsLast ? transpose(input, [0, 3, 1, 2]) : input
  const maps = middle(conv(x, graph.parameter('w', [4, 3, 3, 3]), { pads: 1 }))
  const flat = reshape(globalAveragePool(maps), pooled ?? [batch, 4])
  const scores = linear(flat, graph.parameter('fc.w', [5, 4]), graph.parameter('fc.b', [5]))
  return encodeModel({ graph, outputs: { [output]: scores }, parameters: weights })
}

function placed(name: string, bytes: Uint8Array, description?: object): string {
  const path = join(root, `${name}.onnx`)
  writeFileSync(path, bytes)
  if (description) writeFileSync(join(root, `${name}.json`), JSON.stringify(description))
  return path
}

/** What the file itself gives, image by image. */
async function truth(bytes: Uint8Array, channelsLast = false): Promise<number[]> {
  const program = await engine.load(bytes)
  const plane = side * side
  const rows: number[] = []
  for (let index = 0; index < 3; index++) {
    const picture = pictures.data.slice(index * 3 * plane, (index + 1) * 3 * plane)
    const data = channelsLast
      ? picture.map((_, at) => picture[(at % 3) * plane + Math.floor(at / 3)])
      : picture
    const shape = channelsLast ? [1, side, side, 3] : [1, 3, side, side]
    rows.push(...((await program.run({ x: float32(shape, data) })).scores.data as Float32Array))
  }
  await program.dispose()
  return rows
}

const scoresOf = async (network: Network): Promise<number[]> => {
  const fill = (index: number, target: Float32Array, offset: number) =>
    target.set(pictures.data.subarray(index * 3 * side * side, (index + 1) * 3 * side * side), offset)
  const { output } = await forward(engine, network, 3, fill, ({ output }) => ({ output }))
  return Array.from(output)
}

function expectClose(got: readonly number[], expected: readonly number[]): void {
  expect(got.length).toBe(expected.length)
  got.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i], 5)
  })
}

describe('a model in ONNX', () => {
  it('that was made for one image takes many, where nothing in it speaks against that', async () => {
    const bytes = modelOf()
    const { network } = await openModel(placed('one', bytes))
    expect(possibleBatch(network, 3)).toBe(3)
    expectClose(await scoresOf(network), await truth(bytes))
  })

  it('that only bears the number of images it was made for is run that many at a time', async () => {
    const fixed = (x: Value) => reshape(reshape(x, [side, 4 * side]), [1, 4, side, side])
    const bytes = modelOf({ middle: fixed })
    const { network } = await openModel(placed('fixed', bytes))
    expect(possibleBatch(network, 3)).toBe(1)
    expectClose(await scoresOf(network), await truth(bytes))

    const limit = { code: 'fixed-batch', expected: '1 at a time' }
    expect(() => buildNetwork(network, { batch: 3 })).toThrow(expect.objectContaining(limit))
    expect(() => networkModel(network, { batch: 'dynamic' })).toThrow(expect.objectContaining(limit))
    expect(() => buildNetwork(network, { batch: 3, size: 2 * side })).toThrow(
      expect.objectContaining({ code: 'picture-size', expected: '8 x 8 pixels' }),
    )
  })

  it('that only bears the size of images it was made for says so, not what its inner shapes are', async () => {
    const { network } = await openModel(
      new URL('../../test/fixtures/onnx/vit.onnx', import.meta.url).pathname,
    )
    const larger = { ...network, preprocessing: { ...network.preprocessing, size: 64 } }
    expect(() => buildNetwork(larger, { batch: 1 })).toThrow(
      /only accepts the image size.*32 x 32 pixels.*64 x 64.*--size 32/s,
    )
  })

  it('may have its channels last', async () => {
    const bytes = modelOf({ channelsLast: true })
    const { network } = await openModel(placed('last', bytes))
    expectClose(await scoresOf(network), await truth(bytes, true))
  })

  it('may have operators that are not known here, whose shapes are learned by a run', async () => {
    const strange = (x: Value) =>
      x.graph.node('QuickGelu', [x], [{ shape: x.shape }], {
        domain: 'com.microsoft',
        attributes: { alpha: { float: 1.5 } },
      })[0]
    const bytes = modelOf({ middle: strange })
    const { network } = await openModel(placed('strange', bytes))
    expectClose((await scoresOf(network)).slice(0, 5), (await truth(bytes)).slice(0, 5))

    const built = buildNetwork(network, { batch: 1 })
    const [slope] = gradient(reduceSum(built.output), [built.images])
    const images = float32([1, 3, side, side], pictures.data.slice(0, 3 * side * side))
    const request = { graph: built.graph, outputs: { slope }, parameters: network.parameters }
    const { data } = (await evaluate(engine, request, { images })).slope
    expect((data as Float32Array).some(value => value !== 0)).toBe(true)
  })

  it('that gives a map instead of a vector is refused, whatever its output is called', async () => {
    for (const name of ['out', 'logits']) {
      const graph = new Graph()
      const maps = conv(graph.input('x', [1, 3, side, side]), graph.parameter('w', [4, 3, 3, 3]), { pads: 1 })
      const path = placed(
        `map-${name}`,
        encodeModel({ graph, outputs: { [name]: maps }, parameters: weights }),
      )
      await expect(openModel(path)).rejects.toMatchObject({
        code: 'onnx-output',
        got: `${name} float32[1,4,8,8]`,
      })
    }
  })

  it('of a transformer pools no maps: what stands before its tokens is not taken for that', async () => {
    const vit = new URL('../../test/fixtures/onnx/vit.onnx', import.meta.url).pathname
    const { features, pooled, head } = buildNetwork((await openModel(vit)).network, { batch: 2 })
    expect([features.shape, pooled.shape, head]).toEqual([[2, 16], [2, 16], undefined])
  })

  it('has the size of images that its description tells, if it bears that', async () => {
    const { network } = await openModel(placed('sized', modelOf(), { preprocessing: { size: 12 } }))
    expect(network.preprocessing).toMatchObject({ size: 12, resize: 14 })
    expect(buildNetwork(network, { batch: 1 }).features.shape).toEqual([1, 4, 12, 12])
    const vit = readFileSync(new URL('../../test/fixtures/onnx/vit.onnx', import.meta.url))
    await expect(openModel(placed('vit', vit, { preprocessing: { size: 48 } }))).rejects.toMatchObject({
      code: 'picture-size',
    })
  })

  it('may not be told to divide colours by nothing', async () => {
    const path = placed('flat', modelOf(), { preprocessing: { deviation: [0, 1, 1] } })
    await expect(openModel(path)).rejects.toMatchObject({ code: 'onnx-description' })
    await expect(openModel(placed('typo', modelOf(), { clases: [] }))).rejects.toThrow(
      /should be: Unrecognized/,
    )
  })

  it('that the engine cannot run is refused with the engine’s reason', async () => {
    const node = (op: string, domain: string) => (x: Value) =>
      x.graph.node(op, [x, x, x], [{ shape: x.shape }], { domain, attributes: { softcap: { float: 2 } } })[0]
    const made = (op: string, domain = '') => {
      const model = fromBinary(ModelProtoSchema, modelOf({ middle: node(op, domain) }))
      model.opsetImport[0].version = 24n
      return placed(op, toBinary(ModelProtoSchema, model))
    }
    const path = made('Magic', 'acme')
    await expect(openModel(path)).rejects.toMatchObject({ code: 'onnx-engine', where: path })
    await expect(openModel(path)).rejects.toThrow(/acme/)
    // A form of attention that is left as it stands, of a later version than what we usually write.
    await expect(openModel(made('Attention'))).resolves.toBeDefined()
  })

  it('with an operator that has no gradient fails only where the gradient must pass it, by its name', async () => {
    const hard = (x: Value) => x.graph.node('Hardmax', [x], [{ shape: x.shape }])[0]
    const { network } = await openModel(placed('hardmax', modelOf({ middle: hard })))
    expect((await scoresOf(network)).length).toBe(15)
    const built = buildNetwork(network, { batch: 1 })
    expect(() => gradient(reduceSum(built.output), [built.images])).toThrow(/Hardmax/)
    const behind = built.graph.parameters.get('fc.w')!
    expect(gradient(reduceSum(built.output), [behind])[0].shape).toEqual([5, 4])
  })

  it('may keep its tensors in a file beside it, and says which is missing or short', async () => {
    const model = fromBinary(ModelProtoSchema, modelOf())
    const all: Uint8Array[] = []
    let offset = 0
    for (const tensor of model.graph!.initializer) {
      const bytes = tensor.rawData
      if (bytes.length < 16) continue
      const entry = (key: string, value: string | number) =>
        create(StringStringEntryProtoSchema, { key, value: String(value) })
      tensor.externalData = [
        entry('location', 'beside.bin'),
        entry('offset', offset),
        entry('length', bytes.length),
      ]
      tensor.dataLocation = DataLocation.EXTERNAL
      tensor.rawData = new Uint8Array()
      all.push(bytes)
      offset += bytes.length
    }
    expect(all.length).toBeGreaterThan(0)
    const path = placed('outside', toBinary(ModelProtoSchema, model))
    await expect(openModel(path)).rejects.toMatchObject({ where: join(root, 'beside.bin') })
    writeFileSync(join(root, 'beside.bin'), Buffer.concat(all).subarray(0, offset - 8))
    await expect(openModel(path)).rejects.toMatchObject({ code: expect.stringMatching(/^onnx-/) })
    writeFileSync(join(root, 'beside.bin'), Buffer.concat(all))
    const { network } = await openModel(path)
    expectClose(await scoresOf(network), await truth(modelOf()))

    const [location] = model.graph!.initializer.flatMap(({ externalData }) => externalData)
    location.value = '../elsewhere.bin'
    await expect(openModel(placed('leaving', toBinary(ModelProtoSchema, model)))).rejects.toMatchObject({
      code: expect.stringMatching(/^onnx-/),
    })
  })
})

describe('what is known of a model', () => {
  it('is read from the description beside it', async () => {
    const classes = ['a', 'b', 'c', 'd', 'e']
    const preprocessing = { resize: 10, mean: [0, 0, 0], deviation: [1, 1, 1] }
    const { network } = await openModel(placed('told', modelOf(), { classes, preprocessing }))
    expect(network.head).toEqual({ kind: 'classes', classes })
    expect(network.preprocessing).toEqual({ size: side, ...preprocessing })
  })

  it('is what is usual, where nothing is told: an embedding by the name of its output', async () => {
    const { network } = await openModel(placed('vectors', modelOf({ output: 'embedding' })))
    expect(network.head).toEqual({ kind: 'embedding', dim: 5 })
    const other = await openModel(placed('scores', modelOf()))
    expect(other.network.head).toMatchObject({
      kind: 'classes',
      classes: expect.arrayContaining(['class 4']),
    })
  })

  it.each([
    ['too few classes', { classes: ['a'] }, /5 names/],
    ['a word that is not known', { sizes: 8 }, /sizes/],
    ['a mean of two colours', { preprocessing: { mean: [0, 0] } }, /preprocessing.mean/],
  ])('has to be right: %s', async (_, description, words) => {
    const path = placed('wrong', modelOf(), description)
    await expect(openModel(path)).rejects.toMatchObject({ code: 'onnx-description' })
    await expect(openModel(path)).rejects.toThrow(words)
  })

  it('must be about images', async () => {
    const graph = new Graph()
    const x = graph.input('tokens', [1, 16], 'int64')
    const bytes = encodeModel({
      graph,
      outputs: { y: x.graph.node('Identity', [x], [{ shape: [1, 16], dtype: 'int64' }])[0] },
    })
    await expect(openModel(placed('words', bytes))).rejects.toMatchObject({ code: 'onnx-input' })
  })
})
