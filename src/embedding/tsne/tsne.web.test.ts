import { existsSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { chromium } from 'playwright-core'
import { build, type Rolldown } from 'vite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { random } from '../../base/random.ts'
import { tsne } from './tsne.node.ts'
import type { tsne as tsneInPage } from './tsne.web.ts'

const browserPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
)

const html = `<!doctype html><title>t-SNE</title>
<script type="module">import { tsne } from '/tsne.js'; Object.assign(window, { tsne })</script>`
/** The page's window, once its script has run. */
type Page = Window & { tsne: typeof tsneInPage }

describe.skipIf(!browserPath)('in a browser (skipped where no Chromium is installed)', () => {
  let server: Server
  beforeAll(async () => {
    const built = await build({
      configFile: false,
      logLevel: 'error',
      build: {
        write: false,
        minify: true,
        lib: { entry: `${import.meta.dirname}/tsne.web.ts`, formats: ['es'], fileName: 'tsne' },
      },
    })
    const [bundle] = built as Rolldown.RolldownOutput[]
    const { code } = bundle.output[0]
    server = createServer((request, response) => {
      const script = request.url === '/tsne.js'
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
      if (request.url !== '/alone') response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp')
      response.setHeader('Content-Type', script ? 'text/javascript' : 'text/html')
      response.end(script ? code : html)
    }).listen(0)
  })
  afterAll(() => server.close())

  /** Lays out the same two embeddings in a page; the message where that fails. */
  async function mapsInPage(path: string, data: number[][], dim: number, options: object) {
    const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] })
    try {
      const page = await browser.newPage()
      await page.goto(`http://localhost:${(server.address() as AddressInfo).port}${path}`)
      await page.waitForFunction(() => 'tsne' in window)
      return await page.evaluate(
        async ([data, dim, options]) => {
          const { tsne } = window as unknown as Page
          try {
            const { maps } = await tsne(
              data.map(rows => ({ data: Float32Array.from(rows), dim })),
              options,
            )
            return maps.map(map => Array.from(map))
          } catch (error) {
            return String(error)
          }
        },
        [data, dim, options] as const,
      )
    } finally {
      await browser.close()
    }
  }

  const { normal } = random(9)
  const dim = 6
  const embeddings = [0, 1].map(() => Float32Array.from({ length: 300 * dim }, () => normal()))
  const plain = embeddings.map(data => Array.from(data))

  test('the bundled, minified engine gives the same maps as in Node, bit for bit', async () => {
    const options = { yoke: 1e-5, alone: false, iterations: 200, threads: 2, exactBelow: 0 }
    const { maps } = await tsne(
      embeddings.map(data => ({ data, dim })),
      options,
    )
    expect(await mapsInPage('/', plain, dim, options)).toEqual(maps.map(map => Array.from(map)))
  })

  test('a page that may not share memory gets an error that says how to', async () => {
    expect(await mapsInPage('/alone', plain, dim, { threads: 2 })).toMatch(/Cross-Origin-Opener-Policy/)
  })
})
