/** WebGPU in the tab, by a GPU that Chromium draws in software: its numbers, and what happens where it fails. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserMissing, launchBrowser } from '../browser.ts'
import { complete } from '../thorough.ts'
import { type FakeStudio, fakeStudio, Raw } from './fake-server.ts'
import { expectClose, keepWhatIsFound, mapsOfNode, mapsOfPage, modelOf, striped } from './lens-in-page.ts'

const runtime = (name: string) => readFileSync(fileURLToPath(import.meta.resolve(`onnxruntime-web/${name}`)))
const program = 'ort-wasm-simd-threaded.asyncify.mjs'
const engine = 'ort-wasm-simd-threaded.asyncify.wasm'

/**
 * In the worker, before the runtime: when the page says so, the device is lost once after some more commands, or it has no
 * memory any more for what is larger than a few numbers.
 */
const failing = `
const inUse = []
let commands = Infinity
let isFull = false
new BroadcastChannel('fault').onmessage = ({ data }) => {
  if (data === 'lost') commands = 2
  if (data === 'full') isFull = true
}
const { requestDevice } = GPUAdapter.prototype
GPUAdapter.prototype.requestDevice = async function (...asked) {
  const device = await requestDevice.apply(this, asked)
  inUse.push(device)
  return device
}
const { submit } = GPUQueue.prototype
GPUQueue.prototype.submit = function (...buffers) {
  if (commands-- === 0) for (const device of inUse) device.destroy()
  return submit.apply(this, buffers)
}
const { createBuffer } = GPUDevice.prototype
GPUDevice.prototype.createBuffer = function (asked) {
  const isTooLarge = isFull && !asked.mappedAtCreation && asked.size > 4096
  return createBuffer.call(this, isTooLarge ? { ...asked, size: 2 ** 45 } : asked)
}
`

/** Milliseconds: a GPU in software takes its time to compile what it runs. */
const patience = 400_000

describe.skipIf(!complete || browserMissing)('WebGPU in the tab (skipped where there is no Chromium)', () => {
  let studio: FakeStudio
  let browser: Browser
  const model = modelOf('small', 32)
  beforeAll(async () => {
    studio = fakeStudio({
      [`/runtime/${program}`]: () => new Raw('text/javascript', runtime(program)),
      [`/runtime/${engine}`]: () => new Raw('application/wasm', runtime(engine)),
    })
    browser = await launchBrowser('--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader')
  })
  afterAll(async () => {
    await browser?.close()
    studio?.close()
  })

  async function openModel(device: string): Promise<Page> {
    const page = await browser.newPage()
    page.setDefaultTimeout(patience)
    await page.addInitScript(keepWhatIsFound)
    await page.goto(`${studio.origin}/tab?method=grad-cam&device=${device}`)
    await page.locator('.box input[type=file]').first().setInputFiles(model.path)
    await page.locator('.device').waitFor()
    return page
  }
  const saysDevice = (page: Page) => page.locator('.device').textContent()

  it(
    'gives the maps of Node',
    async ({ skip }) => {
      const page = await openModel('webgpu')
      const said = await saysDevice(page)
      if (said?.includes('gives no WebGPU')) return skip('this Chromium has no adapter')
      expect(said).toBe('WebGPU: as you chose.')
      const image = await striped('one.png', 3)
      await page.locator('.box input[type=file]').nth(1).setInputFiles([image])
      await page.locator('.answers li').first().waitFor()
      await page.getByRole('button', { name: 'Show where it looks' }).click()
      const seen = await mapsOfPage(page, 'one.png', 1)
      const wanted = await mapsOfNode(model.bytes, image)
      expect(seen.length).toBe(wanted.length)
      wanted.forEach((map, at) => {
        expectClose(seen[at], map)
      })
      // It was not done once more on WebAssembly.
      expect(await saysDevice(page)).toBe('WebGPU: as you chose.')
      await page.close()
    },
    patience,
  )

  for (const fault of ['lost', 'full'])
    it(
      `gives way to WebAssembly where the device is ${fault} in the middle of a lens, and is tried again with the next model`,
      async ({ skip }) => {
        const calm = studio.answers[`/runtime/${program}`]
        const bytes = Buffer.concat([Buffer.from(failing), runtime(program)])
        studio.answers[`/runtime/${program}`] = () => new Raw('text/javascript', bytes)
        const page = await openModel('webgpu')
        const said = await saysDevice(page)
        if (said?.includes('gives no WebGPU')) return skip('this Chromium has no adapter')
        const image = await striped('one.png', 3)
        await page.locator('.box input[type=file]').nth(1).setInputFiles([image])
        await page.locator('.answers li').first().waitFor()
        expect(await saysDevice(page)).toBe('WebGPU: as you chose.')
        await page.evaluate(fault => new BroadcastChannel('fault').postMessage(fault), fault)
        const wanted = await mapsOfNode(model.bytes, image)
        const lookAgain = async (times: number) => {
          await page.getByRole('button', { name: 'Show where it looks' }).click()
          const seen = await mapsOfPage(page, 'one.png', times)
          wanted.forEach((map, at) => {
            expectClose(seen[at], map)
          })
        }
        await lookAgain(1)
        // Why is said without the places in the runtime's own source.
        expect(await saysDevice(page)).toMatch(/^WebAssembly, .*: WebGPU failed: (?!.*(OrtRun|\.cc:)).{10,}/)
        await page.locator('.box input[type=file]').first().setInputFiles(model.path)
        await page.locator('.device', { hasText: 'as you chose' }).waitFor()
        await lookAgain(2)
        studio.answers[`/runtime/${program}`] = calm
        await page.close()
      },
      patience,
    )

  it(
    'is measured, where nothing is chosen',
    async () => {
      const page = await openModel('auto')
      expect(await saysDevice(page)).toMatch(/times as (fast|long)|gives no WebGPU|no answer in/)
      await page.close()
    },
    patience,
  )

  it(
    'gives way to WebAssembly where its runtime does not come',
    async () => {
      studio.answers[`/runtime/${program}`] = () => undefined
      const page = await openModel('webgpu')
      expect(await saysDevice(page)).toMatch(/^WebAssembly, .*(WebGPU does not start|gives no WebGPU)/)
      await page.close()
    },
    patience,
  )
})
