/** The page of examples/tsne-live, served as `npx vite examples/tsne-live` does. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { createServer, type ViteDevServer } from 'vite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gate } from '../../../test/thorough.ts'

const browserPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
)

describe.skipIf(!gate || !browserPath)('the live page (skipped where no Chromium is installed)', () => {
  let server: ViteDevServer
  let browser: Browser
  beforeAll(async () => {
    const root = join(import.meta.dirname, '../../../examples/tsne-live')
    server = await createServer({ root, logLevel: 'error', server: { port: 0, hmr: false } })
    await server.listen()
    browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] })
  }, 60_000)
  afterAll(async () => {
    await browser.close()
    await server.close()
  })

  test('moves 5,000 points before the eye: many different frames, then a divergence', async () => {
    const page = await browser.newPage()
    const faults: string[] = []
    page.on('pageerror', error => faults.push(error.message))
    await page.goto(server.resolvedUrls!.local[0])
    const output = page.locator('output')
    const picture = () => page.locator('canvas').evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL())
    await page.waitForFunction(() => Number(document.querySelector('output')!.dataset.frames) > 2, null, {
      timeout: 120_000,
    })
    const early = await picture()
    await page.waitForFunction(() => document.querySelector('output')!.dataset.done, null, {
      timeout: 240_000,
    })
    expect(await picture()).not.toBe(early)
    expect(Number(await output.getAttribute('data-frames'))).toBeGreaterThan(20)
    const words = (await output.textContent())!
    expect(words).toMatch(/^5000 points, iteration \d+: \d+ iterations and \d+ frames a second; done/)
    expect(Number(/divergence ([\d.]+)/.exec(words)![1])).toBeLessThan(4)
    expect(faults).toEqual([])
    console.info(words)
    if (process.env.GLASSHOUSE_SCREENSHOT) await page.screenshot({ path: process.env.GLASSHOUSE_SCREENSHOT })
  }, 400_000)
})
