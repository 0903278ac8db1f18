import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserMissing, type WebPages, webPages } from '../../test/browser.ts'
import { gate } from '../../test/thorough.ts'
import { Graph } from '../graph/graph.ts'
import { encodeModel } from '../graph/onnx/encode.ts'
import { conv } from '../graph/ops/convolution.ts'
import { relu } from '../graph/ops/elementwise.ts'
import { float32 } from '../graph/tensor.ts'
import { createEngine } from './engine.node.ts'
import type { createEngine as createWebEngine, WebEngineOptions } from './engine.web.ts'

/** The page's window, once its script has run. */
type Tested = Window & { tested: { createEngine: typeof createWebEngine } }

const graph = new Graph()
const x = graph.input('x', [1, 2, 5, 5])
const w = graph.input('w', [3, 2, 3, 3])
const model = encodeModel({ graph, outputs: { y: relu(conv(x, w, { pads: 1 })) } })
const numbers = (length: number) => Array.from({ length }, (_, index) => Math.sin(index))

describe.skipIf(browserMissing)('the engine in a browser (skipped where no Chromium is installed)', () => {
  let pages: WebPages
  beforeAll(async () => {
    pages = await webPages()
  })
  afterAll(() => pages?.close())

  async function inPage(path: '/' | '/alone', options: WebEngineOptions) {
    const page = await pages.open(path)
    return page.evaluate(
      async ([bytes, x, w, options]) => {
        const { tested } = window as unknown as Tested
        try {
          const engine = await tested.createEngine(options)
          const program = await engine.load(Uint8Array.from(bytes))
          const feeds = {
            x: { dtype: 'float32', shape: [1, 2, 5, 5], data: Float32Array.from(x) },
            w: { dtype: 'float32', shape: [3, 2, 3, 3], data: Float32Array.from(w) },
          } as const
          const into = { y: { dtype: 'float32', shape: [1, 3, 5, 5], data: new Float32Array(75) } } as const
          const [{ y }, second] = await Promise.all([program.run(feeds), program.run(feeds, into)])
          const same = second.y === into.y && String(into.y.data) === String(y.data)
          await program.dispose()
          return { threads: engine.threads, shape: y.shape, y: Array.from(y.data, Number), same }
        } catch (error) {
          return { error: String(error) }
        }
      },
      [Array.from(model), numbers(50), numbers(54), options] as const,
    )
  }

  async function inNode() {
    const program = await (await createEngine({ threads: 1 })).load(model)
    const { y } = await program.run({
      x: float32([1, 2, 5, 5], numbers(50)),
      w: float32([3, 2, 3, 3], numbers(54)),
    })
    return Array.from(y.data, Number)
  }

  it.runIf(gate).each([
    ['with threads where the page is isolated', '/', 2],
    ['with one thread elsewhere', '/alone', 1],
  ] as const)('gives what Node gives: %s', async (_, path, threads) => {
    const result = await inPage(path, { threads: 2 })
    expect(result).toMatchObject({ threads, shape: [1, 3, 5, 5], same: true })
    const wanted = await inNode()
    wanted.forEach((value, index) => {
      expect(result.y?.[index]).toBeCloseTo(value, 5)
    })
  })

  it.runIf(gate)('says that a browser has no WebGPU', async () => {
    const { error } = await inPage('/', { device: 'webgpu' })
    expect(error).toMatch(/device 'webgpu' cannot be used here/)
  })

  it.runIf(gate)('says what to serve where the runtime’s files are missing', async () => {
    const { error } = await inPage('/', { runtimeFiles: '/nowhere/' })
    expect(error).toMatch(/runtimeFiles/)
  })
})
