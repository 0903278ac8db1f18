import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserMissing, type WebPages, webPages } from '../test/browser.ts'
import { fillNetwork } from '../test/fill.ts'
import { gate } from '../test/thorough.ts'
import { writePytorch } from '../test/write-pytorch.ts'
import { random } from './base/random.ts'
import * as node from './index.ts'
import type { CamResult } from './lenses/cam/result.ts'
import type { InputValues, LensDefinition } from './lenses/lens.ts'
import type { NetworkPlan } from './nets/network.ts'
import { checkOptions } from './options/options.ts'
import type * as Web from './web.ts'

/** The page's window, once its script has run. */
type Tested = Window & { tested: typeof Web }

const size = 64
const plan: NetworkPlan = {
  net: 'small',
  head: { kind: 'classes', classes: ['ash', 'oak', 'elm'] },
  preprocessing: { size, resize: 72, mean: [0.5, 0.4, 0.3], deviation: [0.2, 0.25, 0.3] },
}
const network = { ...plan, parameters: fillNetwork(plan) }
// Folded normalisation changes the layers, so that the model is opened as one that someone else made.
const models = {
  'a model of ours': node.networkModel(network, { batch: 'dynamic' }),
  'any ONNX model': node.networkModel(network, { batch: 'dynamic', foldBatchNorm: true }),
} as const

/** The lens on a model of each kind in the gate, one lens on one of them otherwise. */
const everyModel = Object.entries(models)

/** Files of weights alone: the page is given the name of the architecture. */
const weights = {
  'it.safetensors': new Uint8Array(Buffer.concat(node.encodeSafetensors(network.parameters))),
  'it.pth': writePytorch(network.parameters),
} as const

const { uniform, normal } = random(3, 'web')
const [width, height] = [90, 77]
const phases = Array.from({ length: 6 }, () => 6 * uniform())
const pixels = Uint8Array.from({ length: 3 * width * height }, (_, index) => {
  const [channel, x, y] = [index % 3, Math.floor(index / 3) % width, Math.floor(index / 3 / width)]
  return 127 + 100 * Math.sin(phases[channel] + x / 5 + y / 11) * Math.cos(phases[channel + 3] + y / 7)
})

/** Runs a lens in Node on the same bytes. */
async function inNode(name: string, inputs: InputValues, options: object, threads = 1) {
  const engine = await node.createEngine({ threads: 1 })
  const lens: LensDefinition = await node.lensNamed(name)
  const { startNodeThread } = await import('./embedding/tsne/thread-pool.node.ts')
  const { run, metrics } = await lens.run()
  const context = {
    engine,
    seed: 0,
    signal: new AbortController().signal,
    emit() {},
    picture: async (path: string) => Promise.reject(new Error(path)),
    threads: { start: startNodeThread, count: threads },
  }
  const result = await run(context, inputs, checkOptions(lens.options, { ...options }))
  return { result, metrics: metrics(result) }
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
  new Uint8Array(buffer, byteOffset, byteLength)

function expectClose(got: readonly number[], wanted: ArrayLike<number>, tolerance: number): void {
  expect(got.length).toBe(wanted.length)
  const values = Array.from(wanted)
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const worst = got.reduce((most, value, index) => Math.max(most, Math.abs(value - values[index])), 0)
  expect(worst / largest).toBeLessThan(tolerance)
}

describe.skipIf(browserMissing)('glasshouse/web in Chromium (skipped where there is none)', () => {
  let pages: WebPages
  // One page for all tests, so that the runtime is compiled once.
  let page: Page
  let png: Buffer
  beforeAll(async () => {
    pages = await webPages()
    png = await sharp(pixels, { raw: { width, height, channels: 3 } })
      .png()
      .toBuffer()
    pages.files.set('/image.png', png)
    for (const [name, bytes] of Object.entries({ ...models, ...weights }))
      pages.files.set(`/${encodeURI(name)}`, bytes)
    page = await pages.open()
  })
  afterAll(() => pages?.close())

  /** Opens model and image from bytes in a page and looks with a lens; what comes out as plain numbers. */
  const look = (
    model: string,
    lensName: string,
    input: string,
    options: Record<string, unknown>,
    asked: Web.BytesOptions = { name: 'it.onnx' },
  ) =>
    page.evaluate(
      async ([model, lensName, input, options, asked]) => {
        const { tested } = window as unknown as Tested
        const bytesOf = async (path: string) => new Uint8Array(await (await fetch(path)).arrayBuffer())
        const engine = await tested.createEngine({ threads: 1 })
        const { network } = await tested.openModel(await bytesOf(`/${model}`), { engine, ...asked })
        const picture = await tested.decodePicture(await bytesOf('/image.png'), 'image.png')
        const image = { path: 'image.png', picture }
        const lens = await tested.lensNamed(lensName)
        const { result, metrics, draw } = await tested.runLens(
          lens,
          {
            model: { network, source: 'it.onnx' },
            [input]: input === 'pictures' ? tested.inputs.sampleOf([image]) : image,
          },
          options,
          { engine },
        )
        const { pictures } = await draw()
        const maps =
          lensName === 'cam'
            ? (result as CamResult).images.flatMap(({ maps }) => maps.map(({ map }) => Array.from(map)))
            : []
        return { maps, metrics: JSON.stringify(metrics), drawn: Object.keys(pictures).length }
      },
      [model, lensName, input, options, asked] as const,
    )

  const opened = async (bytes: Uint8Array, asked: node.BytesOptions = { name: 'it.onnx' }) => {
    const engine = await node.createEngine({ threads: 1 })
    const { network } = await node.openModelBytes(bytes, async () => engine, asked)
    return { network, source: 'it.onnx' }
  }
  const image = async () => ({ path: 'image.png', picture: await node.decodePicture(png, 'image.png') })

  it.runIf(gate).each(everyModel)('cam of %s gives the maps that it gives in Node', async (name, bytes) => {
    const options = { class: 'predicted,elm' }
    const seen = await look(name, 'cam', 'pictures', options)
    const inputs = { model: await opened(bytes), pictures: node.inputs.sampleOf([await image()]) }
    const { result } = await inNode('cam', inputs, options)
    const wanted = (result as CamResult).images.flatMap(({ maps }) => maps)
    expect(seen.maps.length).toBe(wanted.length)
    seen.maps.forEach((map, index) => {
      expectClose(map, wanted[index].map, 1e-4)
    })
    expect(seen.drawn).toBeGreaterThan(0)
  })

  it.runIf(gate).each(Object.entries(weights))(
    'cam of the weights in %s gives the maps that it gives in Node',
    async (name, bytes) => {
      const asked = { name, net: 'small' }
      const seen = await look(name, 'cam', 'pictures', {}, asked)
      const model = await opened(bytes, asked)
      // As bytes: comparing a million numbers one by one takes the test runner half a minute.
      for (const [parameter, { data }] of network.parameters) {
        const read = model.network.parameters.get(parameter)!.data
        expect(Buffer.compare(bytesOf(read), bytesOf(data)), parameter).toBe(0)
      }
      const inputs = { model, pictures: node.inputs.sampleOf([await image()]) }
      const { result } = await inNode('cam', inputs, {})
      const wanted = (result as CamResult).images.flatMap(({ maps }) => maps)
      expect(wanted.length).toBeGreaterThan(0)
      expect(seen.maps.length).toBe(wanted.length)
      seen.maps.forEach((map, index) => {
        expectClose(map, wanted[index].map, 1e-4)
      })
    },
  )

  it.each(gate ? everyModel : everyModel.slice(0, 1))(
    'dream of %s climbs as it does in Node',
    async (name, bytes) => {
      const options = { layer: ['stage2'], steps: 2, octaves: 2 }
      const foreign = { ...options, layer: undefined }
      const asked = name === 'any ONNX model' ? foreign : options
      const seen = await look(name, 'dream', 'image', asked)
      const { metrics } = await inNode('dream', { model: await opened(bytes), image: await image() }, asked)
      type Layers = { layers: { layer: string; objective: number[] }[] }
      const [got, wanted] = [JSON.parse(seen.metrics) as Layers, metrics as unknown as Layers]
      expect(got.layers.map(({ layer }) => layer)).toEqual(wanted.layers.map(({ layer }) => layer))
      got.layers.forEach(({ objective }, index) => {
        expectClose(objective, wanted.layers[index].objective, 1e-4)
      })
      expect(seen.drawn).toBeGreaterThan(0)
    },
  )

  it.runIf(gate)('yoked t-SNE of Arrow bytes gives the maps that it gives in Node, bit for bit', async () => {
    const [count, dim] = [120, 5]
    const bytes = [0, 1].map(() =>
      node.encodeVectors({
        dim,
        data: Float32Array.from({ length: count * dim }, () => normal()),
        ids: Int32Array.from({ length: count }, (_, id) => id),
        paths: Array.from({ length: count }, (_, id) => `${id}.png`),
        labels: Array.from({ length: count }, (_, id) => `class ${id % 3}`),
      }),
    )
    const options = { iterations: 120, perplexity: 10 }
    const got = await page.evaluate(
      async ([files, options]) => {
        const { tested } = window as unknown as Tested
        const inputs = files.map(file => tested.decodeVectors(Uint8Array.from(file), 'it.arrow'))
        const { maps } = await tested.tsne(inputs, { ...options, threads: 2 })
        return maps.map(map => Array.from(map))
      },
      [bytes.map(file => Array.from(file)), options] as const,
    )
    const inputs = bytes.map(file => node.decodeVectors(file, 'it.arrow'))
    const { maps } = await node.tsne(inputs, { ...options, threads: 2 })
    expect(got).toEqual(maps.map(map => Array.from(map)))
  })
})
