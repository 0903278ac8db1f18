/** What people's models differ in: outputs, activations, names, preprocessing, where their tensors lie. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import fc from 'fast-check'
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
import { cast, relu } from '../graph/ops/elementwise.ts'
import { reshape, transpose } from '../graph/ops/layout.ts'
import { linear } from '../graph/ops/linear.ts'
import { globalAveragePool } from '../graph/ops/pooling.ts'
import { reduceSum } from '../graph/ops/reduce.ts'
import { float32, sizeOf, type Tensor, typedTensor } from '../graph/tensor.ts'
import { buildNetwork, type Network } from '../nets/network.ts'
import { openModel } from '../runs/open-model.node.ts'
import { createEngine } from '../runtime/engine.node.ts'
import { evaluate } from '../runtime/engine.ts'
import { probabilities } from './classification.ts'
import { classNamesIn } from './description.ts'
import { forward } from './forward.ts'

const engine = await createEngine({ threads: 1 })
const root = mkdtempSync(join(tmpdir(), 'foreign-'))
afterAll(() => rmSync(root, { recursive: true }))

const side = 8
const numbers = (...shape: number[]): Tensor<'float32'> =>
  float32(
    shape,
    Float32Array.from({ length: sizeOf(shape) }, (_, k) => Math.sin(1 + 2.3 * k)),
  )
const images = numbers(1, 3, side, side)

interface Form {
  width?: number
  channels?: number
  /** named outputs, of the pooled features and the scores */
  outputs?: (pool: Value, scores: Value) => Record<string, Value>
  open?: 'none' | 'all' | 'last'
  metadata?: Record<string, string>
  weight?: (weight: Tensor<'float32'>) => void
}

const op = (name: string, x: Value): Value => x.graph.node(name, [x], [{ shape: x.shape }])[0]

function modelOf({
  width = 5,
  channels = 8,
  outputs,
  open = 'none',
  metadata,
  weight,
}: Form = {}): Uint8Array {
  const graph = new Graph()
  const last = open !== 'none'
  const input = graph.input('x', last ? [1, side, side, 3] : [1, 3, side, side])
  const x = last ? transpose(input, [0, 3, 1, 2]) : input
  const pool = reshape(
    globalAveragePool(relu(conv(x, graph.parameter('w', [channels, 3, 3, 3]), { pads: 1 }))),
    [1, channels],
  )
  const scores = linear(pool, graph.parameter('fc.w', [width, channels]), graph.parameter('fc.b', [width]))
  const parameters = new Map([
    ['w', numbers(channels, 3, 3, 3)],
    ['fc.w', numbers(width, channels)],
    ['fc.b', numbers(width)],
  ])
  weight?.(parameters.get('w')!)
  const bytes = encodeModel({
    graph,
    outputs: outputs?.(pool, scores) ?? { scores },
    parameters,
    metadata,
  })
  if (!last) return bytes
  const model = fromBinary(ModelProtoSchema, bytes)
  const type = model.graph!.input[0].type!.value
  if (type.case === 'tensorType')
    type.value.shape!.dim.forEach((dim, axis) => {
      if (open === 'all' || axis < 3) dim.value = { case: 'dimParam', value: `unk__${axis}` }
    })
  return toBinary(ModelProtoSchema, model)
}

let count = 0
function placed(bytes: Uint8Array, files: Record<string, unknown> = {}, name = 'model.onnx'): string {
  const folder = join(root, String(count++))
  mkdirSync(join(folder, name, '..'), { recursive: true })
  writeFileSync(join(folder, name), bytes)
  for (const [file, content] of Object.entries(files))
    writeFileSync(join(folder, file), JSON.stringify(content))
  return join(folder, name)
}
const open = async (form: Form, files?: Record<string, unknown>, wishes = {}) =>
  openModel(placed(modelOf(form), files), { wishes })

/** What the file itself gives for the test image. */
async function truth(bytes: Uint8Array, name = 'scores'): Promise<number[]> {
  const program = await engine.load(bytes)
  const result = await program.run({ x: images })
  await program.dispose()
  return Array.from(result[name].data, Number)
}

async function shares(network: Network): Promise<number[]> {
  const fill = (_: number, target: Float32Array, offset: number) => target.set(images.data, offset)
  const { output } = await forward(engine, network, 1, fill, ({ output }) => ({ output }))
  const { head } = network
  return head.kind === 'classes' ? [...probabilities(output, head.scores)] : [...output]
}

function expectClose(got: readonly number[], expected: readonly number[]): void {
  expect(got).toHaveLength(expected.length)
  for (const [i, value] of got.entries()) expect(value).toBeCloseTo(expected[i], 5)
}

describe('probabilities', () => {
  it.each(['Sigmoid', 'Softmax'])('after a %s are those of the file', async activation => {
    const form = { outputs: (_: Value, scores: Value) => ({ scores: op(activation, scores) }) }
    const { network, notes } = await open(form)
    expectClose(await shares(network), await truth(modelOf(form)))
    expect(notes.some(note => note.includes('sigmoid'))).toBe(activation === 'Sigmoid')
  })

  it('of one unit are those of one class, or of two that are named', async () => {
    const form = { width: 1, outputs: (_: Value, scores: Value) => ({ scores: op('Sigmoid', scores) }) }
    const [expected] = await truth(modelOf(form))
    for (const one of [form, { width: 1 }]) {
      const { network, notes } = await open(one)
      expectClose(await shares(network), [expected])
      expect(notes.join()).toContain('one output')
      const { network: two } = await open(one, {}, { classes: ['no', 'yes'] })
      expect(two.head).toMatchObject({ classes: ['no', 'yes'] })
      expectClose(await shares(two), [1 - expected, expected])
    }
  })
})

describe('of several outputs', () => {
  it('the scores are chosen in any order, and the choice is noted', async () => {
    const pairs = [
      ['pool', 'logits'],
      ['features', 'output'],
      ['hidden', 'class_scores'],
      ['embedding', 'probs'],
    ]
    for (const [features, scores] of pairs) {
      for (const turned of [false, true]) {
        const outputs = (pool: Value, logits: Value): Record<string, Value> =>
          turned ? { [scores]: logits, [features]: pool } : { [features]: pool, [scores]: logits }
        const { network, notes } = await open({ outputs })
        expect(network.foreign?.output).toBe(scores)
        expect(network.head).toMatchObject({ kind: 'classes' })
        expect(notes.join()).toContain(`${scores} is used; --output NAME`)
        const chosen = await openModel(placed(modelOf({ outputs })), { wishes: { output: features } })
        expect(chosen.network.foreign?.output).toBe(features)
      }
    }
  })

  it('one that is not there is refused with those that are', async () => {
    await expect(open({}, {}, { output: 'scors' })).rejects.toThrow(
      /the model has no value called 'scors'.*scores/,
    )
  })
})

describe('a feature extractor', () => {
  it.each([
    ['512 numbers', { width: 512 }],
    ['pooled features of an odd width', { channels: 300, outputs: (pool: Value) => ({ out: pool }) }],
    [
      'vectors of length one',
      {
        outputs: (_: Value, x: Value) => {
          const axes = x.graph.constant({ dtype: 'int64', shape: [1], data: BigInt64Array.of(1n) })
          const [length] = x.graph.node('ReduceL2', [x, axes], [{ shape: [1, 1] }])
          return { out: x.graph.node('Div', [x, length], [{ shape: x.shape }])[0] }
        },
      },
    ],
  ])('that gives %s opens as an embedding, which is noted and can be changed', async (_, form: Form) => {
    const { network, notes } = await open(form)
    expect(network.head.kind).toBe('embedding')
    expect(notes.join()).toMatch(/taken for an embedding.*--as classes/)
    expect((await open(form, {}, { as: 'classes' })).network.head.kind).toBe('classes')
  })

  it('is none where its classes are named, or a softmax ends it', async () => {
    const softmax = (_: Value, scores: Value) => ({ out: op('Softmax', scores) })
    expect((await open({ width: 64, outputs: softmax })).network.head.kind).toBe('classes')
    const classes = Array.from({ length: 64 }, (_, index) => `kind ${index}`)
    expect((await open({ width: 64 }, { 'model.json': { classes } })).network.head).toEqual({
      kind: 'classes',
      classes,
    })
  })
})

describe('what other programs say of a model', () => {
  const names = ['ant', "bee's", 'cat "x"', 'dog', 'eel']

  it('in the metadata of Ultralytics is used', async () => {
    const python = `{${names.map((name, index) => `${index}: ${name.includes("'") ? `"${name}"` : `'${name}'`}`).join(', ')}}`
    const { network, notes } = await open({
      metadata: { names: python, imgsz: `[${side}, ${side}]`, author: 'Ultralytics', task: 'classify' },
    })
    expect(network.head).toEqual({ kind: 'classes', classes: names })
    expect(network.preprocessing).toEqual({ size: side, resize: side, mean: [0, 0, 0], deviation: [1, 1, 1] })
    expect(notes.join()).toContain('class names and preprocessing from the metadata of Ultralytics')
  })

  it.each(['model.onnx', 'onnx/model.onnx'])('in the files of Hugging Face is used for %s', async name => {
    const id2label = Object.fromEntries(names.map((name, index) => [index, name]))
    const preprocessor = {
      size: { shortest_edge: 10 },
      crop_size: { height: side, width: side },
      rescale_factor: 1 / 127.5,
      image_mean: [1, 1, 1],
      image_std: [1, 1, 2],
    }
    const path = placed(modelOf(), {}, name)
    const folder = name.includes('/') ? join(path, '..', '..') : join(path, '..')
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ id2label }))
    writeFileSync(join(folder, 'preprocessor_config.json'), JSON.stringify(preprocessor))
    const { network, notes } = await openModel(path)
    expect(network.head).toEqual({ kind: 'classes', classes: names })
    const { size, resize, mean, deviation } = network.preprocessing
    expect([size, resize]).toEqual([side, 10])
    expectClose(mean, [0.5, 0.5, 0.5])
    expectClose(deviation, [0.5, 0.5, 1])
    expect(notes.join()).toContain('class names and preprocessing from')
  })

  it('is passed over with a note where it does not fit, and where it is about something else', async () => {
    const few = await open({}, { 'model.json': { architectures: ['ResNet'], id2label: { 0: 'a' } } })
    expect(few.network.head).toMatchObject({
      classes: ['class 0', 'class 1', 'class 2', 'class 3', 'class 4'],
    })
    expect(few.notes.join()).toMatch(/model\.json is not used: it names 1 classes, and the model gives 5/)
    const graph = await open({}, { 'model.json': { format: 'graph-model', weightsManifest: [] } })
    expect(graph.notes.join()).toMatch(/model\.json is not used/)
  })

  it('in the problem type and preparation of Hugging Face is used, or named in a note', async () => {
    const id2label = Object.fromEntries(names.map((name, index) => [index, name]))
    const opened = async (folder: string, config: object, preparation: object, outputs?: Form['outputs']) => {
      const path = placed(modelOf({ outputs }), {}, `${folder}/model.onnx`)
      writeFileSync(join(path, '..', 'config.json'), JSON.stringify({ id2label, ...config }))
      writeFileSync(join(path, '..', 'preprocessor_config.json'), JSON.stringify(preparation))
      const { network, notes } = await openModel(path)
      return { head: network.head, prepared: network.preprocessing, said: notes.join() }
    }
    const multiple = { problem_type: 'multi_label_classification' }
    const labels = await opened('labels', multiple, {})
    expect(labels.head).toEqual({ kind: 'classes', classes: names, scores: 'sigmoid' })
    expect(labels.said).toContain('several classes may hold at once')
    const softmax = (_: Value, scores: Value) => ({ out: op('Softmax', scores) })
    const ended = await opened('ended', multiple, {}, softmax)
    expect(ended.head).toEqual({ kind: 'classes', classes: names })
    const single = await opened('single', { problem_type: 'single_label_classification' }, {})
    expect(single.head).toEqual({ kind: 'classes', classes: names })
    expect((await opened('regression', { problem_type: 'regression' }, {})).said).toContain('are estimates')
    const squashed = { size: { height: side, width: side }, do_flip_channel_order: true, do_pad: true }
    const { said, prepared } = await opened('squashed', {}, { ...squashed, resample: 3 })
    expect(prepared).toMatchObject({ fit: 'squash', size: side, resize: side, interpolation: 'bicubic' })
    const padded = await opened('padded', {}, { size: { longest_edge: side }, do_pad: true, resample: 1 })
    expect(padded.prepared).toMatchObject({ fit: 'letterbox', size: side, resize: side })
    expect(padded.said).toContain('another filter')
    expect(padded.said).not.toContain('it pads')
    const cut = await opened('cut', {}, { size: { height: 10, width: 10 }, crop_size: side })
    expect(cut.prepared.fit).toBeUndefined()
    const timm = await opened(
      'timm',
      {
        pretrained_cfg: {
          input_size: [3, side, side],
          crop_mode: 'squash',
          crop_pct: 1,
          interpolation: 'bicubic',
        },
      },
      {},
    )
    expect(timm.prepared).toMatchObject({ fit: 'squash', resize: side, interpolation: 'bicubic' })
    expect(said).toContain('blue, green, red')
    expect(said).toContain('it pads images')
  })

  it('is asked for where nothing is said', async () => {
    expect((await open({})).notes.join()).toMatch(/nothing says how images are prepared/)
    const { notes } = await open({}, { 'model.json': { preprocessing: { mean: [0, 0, 0] } } })
    expect(notes).toEqual([])
  })
})

/** A model with one convolution, which takes images of another form. */
function takes(form: {
  channels?: number
  height?: number
  width?: number
  last?: boolean
  bytes?: boolean
}): Uint8Array {
  const { channels = 3, height = side, width = side, last = false, bytes = false } = form
  const graph = new Graph()
  const input = graph.input(
    'x',
    last ? [1, height, width, channels] : [1, channels, height, width],
    bytes ? 'uint8' : 'float32',
  )
  const floats = bytes ? cast(input, 'float32') : input
  const x = last ? transpose(floats, [0, 3, 1, 2]) : floats
  const pool = reshape(
    globalAveragePool(relu(conv(x, graph.parameter('w', [8, channels, 3, 3]), { pads: 1 }))),
    [1, 8],
  )
  return encodeModel({
    graph,
    outputs: { scores: linear(pool, graph.parameter('fc.w', [5, 8])) },
    parameters: new Map([
      ['w', numbers(8, channels, 3, 3)],
      ['fc.w', numbers(5, 8)],
    ]),
  })
}

describe('other forms of images', () => {
  const answered = async (bytes: Uint8Array, x: Tensor) => {
    const program = await engine.load(bytes)
    const { scores } = await program.run({ x })
    await program.dispose()
    return Array.from(scores.data, Number)
  }
  /** Logits for the prepared test image, and how far its gradient is from 0. */
  const ours = async (bytes: Uint8Array, content = images.data) => {
    const { network, notes } = await openModel(placed(bytes))
    const built = buildNetwork(network, { batch: 1 })
    const [slope] = gradient(reduceSum(built.output), [built.images])
    const request = {
      graph: built.graph,
      outputs: { output: built.output, slope },
      parameters: network.parameters,
    }
    const { output, slope: found } = await evaluate(engine, request, {
      images: float32(built.images.shape, content),
    })
    expect(Array.from(found.data, Number).some(value => value !== 0)).toBe(true)
    return { output: Array.from(output.data, Number), notes: notes.join(), network }
  }
  const area = side * side

  it.each([false, true])('grey, channels last: %s', async last => {
    const bytes = takes({ channels: 1, last })
    const grey = Float32Array.from({ length: area }, (_, at) =>
      [0.299, 0.587, 0.114].reduce((sum, weight, c) => sum + weight * images.data[c * area + at], 0),
    )
    const { output, notes, network } = await ours(bytes)
    expectClose(output, await answered(bytes, float32(last ? [1, side, side, 1] : [1, 1, side, side], grey)))
    expect(notes).toContain('grey')
    expect(new Set(network.preprocessing.mean).size).toBe(1)
  })

  it('whole numbers from 0 to 255, as files hold them', async () => {
    const bytes = takes({ bytes: true })
    const colours = Uint8Array.from({ length: 3 * area }, (_, at) => (37 * at) % 256)
    const { network } = await ours(bytes)
    const { mean, deviation } = network.preprocessing
    const prepared = Float32Array.from(colours, (value, at) => {
      const c = Math.floor(at / area)
      return (value / 255 - mean[c]) / deviation[c]
    })
    const { output } = await ours(bytes, prepared)
    const expected = await answered(bytes, typedTensor('uint8', [1, 3, side, side], colours))
    for (const [at, value] of output.entries()) expect(value / expected[at]).toBeCloseTo(1, 4)
  })

  it('a rectangle, into which the whole image is squeezed', async () => {
    const bytes = takes({ height: side, width: 2 * side })
    const { notes, network, output } = await ours(bytes, new Float32Array(3 * 4 * area).fill(0.7))
    expect(network.preprocessing).toMatchObject({ size: 2 * side, resize: 2 * side, fit: 'squash' })
    expect(notes).toContain(`${side} x ${2 * side}`)
    const even = new Float32Array(3 * 2 * area).fill(0.7)
    expectClose(output, await answered(bytes, float32([1, 3, side, 2 * side], even)))
  })
})

describe('class names', () => {
  it('are read from lines, lists and tables alike', () => {
    const word = fc.stringMatching(/^[\w "',]*\w[\w "',]*$/).map(text => text.trim())
    fc.assert(
      fc.property(fc.array(word, { minLength: 1 }), names => {
        const table = Object.fromEntries(names.map((name, index) => [String(index), name]))
        for (const text of [
          names.join('\n'),
          `\uFEFF${names.join('\r\n')}\r\n`,
          JSON.stringify(names),
          JSON.stringify({ id2label: table }),
          JSON.stringify(table),
        ])
          expect(classNamesIn(text, 'names.txt')).toEqual(names)
      }),
    )
  })

  it('that come twice are noted', async () => {
    const { notes } = await open({}, { 'model.json': { classes: ['red', 'green', 'blue', 'red', 'x'] } })
    expect(notes.join()).toContain("'red' (outputs 0, 3)")
  })

  it('have to be as many as the outputs', async () => {
    await expect(open({}, {}, { classes: ['a', 'b'] })).rejects.toThrow(
      /--classes: .*expected 5 names, got 2/,
    )
  })
})

it.each(['last', 'all'] as const)(
  'an input with open extents (%s) has its channels last where Keras exported it',
  async axes => {
    const { network } = await open({ open: axes }, { 'model.json': { preprocessing: { size: side } } })
    expect(network.foreign?.channelsLast).toBe(true)
    expect(network.preprocessing.size).toBe(side)
    expectClose(await shares({ ...network, head: { kind: 'embedding', dim: 5 } }), await truth(modelOf()))
    expect((await open({ open: axes })).network.preprocessing.size).toBe(224)
  },
)

it('weights that are not finite are refused by name', async () => {
  const form = { weight: ({ data }: Tensor<'float32'>) => void (data[7] = Number.NaN) }
  await expect(open(form)).rejects.toThrow(
    /model\.onnx: the weights of 'w' are not finite: 1 of its 216 numbers is NaN/,
  )
})

describe('tensors in a file beside the model', () => {
  const model = fromBinary(ModelProtoSchema, modelOf())
  const [tensor] = model.graph!.initializer.filter(({ rawData }) => rawData.length > 100)
  const content = tensor.rawData
  tensor.rawData = new Uint8Array()
  tensor.dataLocation = DataLocation.EXTERNAL
  const told = (location: string) => {
    tensor.externalData = [create(StringStringEntryProtoSchema, { key: 'location', value: location })]
    return toBinary(ModelProtoSchema, model)
  }

  it('are read from there', async () => {
    const path = placed(told('inside/w.bin'))
    mkdirSync(join(path, '..', 'inside'))
    writeFileSync(join(path, '..', 'inside', 'w.bin'), content)
    expectClose(
      await shares((await openModel(path, { wishes: { as: 'embedding' } })).network),
      await truth(modelOf()),
    )
  })

  it.each(['file', 'folder'])('are refused where they are a symbolic link (%s)', async kind => {
    const elsewhere = join(root, `elsewhere-${kind}`)
    mkdirSync(elsewhere)
    writeFileSync(join(elsewhere, 'w.bin'), content)
    const path = placed(told(kind === 'file' ? 'w.bin' : 'inside/w.bin'))
    if (kind === 'file') symlinkSync(join(elsewhere, 'w.bin'), join(path, '..', 'w.bin'))
    else symlinkSync(elsewhere, join(path, '..', 'inside'))
    await expect(openModel(path)).rejects.toThrow(/which is a symbolic link/)
  })

  it('are refused where their name leads out of the folder', async () => {
    for (const name of ['../w.bin', '/etc/hostname', 'a/../../w.bin', '..', 'C:\\w.bin'])
      await expect(openModel(placed(told(name)))).rejects.toMatchObject({ code: 'onnx-content' })
  })
})
