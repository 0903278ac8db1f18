/**
 * A page in a real Chromium that holds a module of ours, as a bundler makes it: for tests of what runs in browsers.
 * The page is cross-origin isolated; the same page at `/alone` is not.
 */
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Browser, chromium, type Page } from 'playwright-core'
import { build, type Rolldown } from 'vite'

const browserPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
)

/** For `describe.skipIf`: where no Chromium is installed. */
export const browserMissing = browserPath === undefined

export interface BrowserPages {
  /** a page of its own; the module's exports are the properties of `window.tested` */
  open(path?: '/' | '/alone'): Promise<Page>
  /** what the page can fetch, by the path that it asks for */
  files: Map<string, Uint8Array>
  close(): Promise<void>
}

const html = '<!doctype html><title>test</title><script type="module" src="/tested.js"></script>'
// The runtime's threads load the bundle too, and there is no window there.
const entry = 'virtual:tested'
const types: Readonly<Record<string, string>> = {
  js: 'text/javascript',
  mjs: 'text/javascript',
  wasm: 'application/wasm',
}

/** Bundles the module at `path` and serves it. */
export async function browserPages(path: string, args: readonly string[] = []): Promise<BrowserPages> {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    plugins: [
      {
        name: 'tested',
        resolveId: id => (id === entry ? id : undefined),
        load: id =>
          id === entry
            ? `import * as tested from ${JSON.stringify(path)}; Object.assign(globalThis, { tested })`
            : undefined,
      },
    ],
    build: {
      write: false,
      minify: true,
      modulePreload: false,
      assetsInlineLimit: 0,
      rolldownOptions: { input: entry, output: { entryFileNames: 'tested.js' } },
    },
  })
  const { output } = built as Rolldown.RolldownOutput
  const files = new Map<string, Uint8Array>([['/', new TextEncoder().encode(html)]])
  for (const part of output) {
    const content = part.type === 'chunk' ? part.code : part.source
    files.set(`/${part.fileName}`, typeof content === 'string' ? new TextEncoder().encode(content) : content)
  }
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const alone = pathname === '/alone'
    const file = files.get(alone ? '/' : pathname)
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
    if (!alone) response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp')
    response.setHeader('Content-Type', types[pathname.split('.').at(-1) ?? ''] ?? 'text/html')
    response.writeHead(file ? 200 : 404).end(file)
  }).listen(0)
  let browser: Promise<Browser> | undefined
  return {
    files,
    async open(path = '/') {
      browser ??= chromium.launch({ executablePath: browserPath, args: ['--no-sandbox', ...args] })
      const page = await (await browser).newPage()
      await page.goto(`http://localhost:${(server.address() as AddressInfo).port}${path}`)
      await page.waitForFunction(() => 'tested' in window)
      return page
    },
    async close() {
      await (await browser)?.close()
      server.close()
    },
  }
}
