/** What tests of lenses in browsers share: models, images, what was found in the page and what Node finds. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { expect } from 'vitest'
import * as node from '../../src/index.ts'
import type { CamResult } from '../../src/lenses/cam/result.ts'
import type { NetworkPlan } from '../../src/nets/network.ts'
import { checkOptions } from '../../src/options/options.ts'
import { fillNetwork } from '../fill.ts'

export const folder = mkdtempSync(join(tmpdir(), 'lens-'))

export function modelOf(net: string, size: number) {
  const plan: NetworkPlan = {
    net,
    head: { kind: 'classes', classes: ['ash', 'oak', 'elm'] },
    preprocessing: { size, resize: size + 4, mean: [0.5, 0.4, 0.3], deviation: [0.2, 0.25, 0.3] },
  }
  const bytes = node.networkModel({ ...plan, parameters: fillNetwork(plan) }, { batch: 'dynamic' })
  const path = join(folder, `${net}.onnx`)
  writeFileSync(path, bytes)
  return { path, bytes }
}

export async function striped(name: string, wave: number) {
  const pixels = Buffer.from(
    Array.from({ length: 52 * 44 * 3 }, (_, at) => 128 + 100 * Math.sin((at % 156) / wave + at / 900)),
  )
  const buffer = await sharp(pixels, { raw: { width: 52, height: 44, channels: 3 } })
    .png()
    .toBuffer()
  return { name, mimeType: 'image/png', buffer }
}

/** What a lens found in the page, kept from what its worker says: nothing else of it is numbers. */
type Watched = Window & { found: CamResult[] }
export function keepWhatIsFound(): void {
  const watched = window as unknown as Watched
  watched.found = []
  const Plain = window.Worker
  window.Worker = class extends Plain {
    constructor(...given: ConstructorParameters<typeof Worker>) {
      super(...given)
      this.addEventListener('message', ({ data }) => {
        if (data.answer?.result) watched.found.push(data.answer.result)
      })
    }
  }
}

export async function mapsOfNode(model: Uint8Array, image: { name: string; buffer: Buffer }) {
  const engine = await node.createEngine({ threads: 1 })
  const { network } = await node.openModelBytes(model, async () => engine, { name: 'it.onnx' })
  const picture = { path: image.name, picture: await node.decodePicture(image.buffer, image.name) }
  const lens = await node.lensNamed('cam')
  const { run } = await lens.run()
  const context = {
    ...{ engine, seed: 0, signal: new AbortController().signal, emit() {} },
    picture: async (path: string) => Promise.reject(new Error(path)),
  }
  const inputs = { model: { network, source: 'it.onnx' }, pictures: node.inputs.sampleOf([picture]) }
  const result = (await run(context, inputs, checkOptions(lens.options, { method: 'grad-cam' }))) as CamResult
  return result.images.flatMap(({ maps }) => maps.map(({ map }) => Array.from(map)))
}

export function expectClose(got: readonly number[], wanted: readonly number[]): void {
  expect(got.length).toBe(wanted.length)
  const largest = Math.max(...wanted.map(Math.abs))
  expect(Math.max(...got.map((value, at) => Math.abs(value - wanted[at]))) / largest).toBeLessThan(1e-4)
}

/** Of the lens that looked last, the maps of an image by its name. */
export async function mapsOfPage(page: Page, image: string, times: number): Promise<number[][]> {
  await page.waitForFunction(times => (window as unknown as Watched).found.length === times, times)
  const found = await page.evaluate(() =>
    (window as unknown as Watched).found.map(({ images }) =>
      images.map(({ path, maps }) => ({ path, maps: maps.map(({ map }) => Array.from(map)) })),
    ),
  )
  return found.at(-1)?.find(({ path }) => path === image)?.maps ?? []
}
