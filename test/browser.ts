/**
 * A page in a real Chromium that holds `glasshouse/web`, as a bundler packs it: for tests of what runs in browsers.
 * The page is cross-origin isolated; the same page at `/alone` is not.
 */
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { build, type Rolldown } from 'vite'

const browserPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
)

/** For `describe.skipIf`: where no Chromium is installed. */
export const browserMissing = browserPath === undefined

let shared: Promise<Browser> | undefined

/** A Chromium of its own, for what depends on how it was started. */
export const launchBrowser = (...args: readonly string[]): Promise<Browser> =>
  chromium.launch({ executablePath: browserPath, args: ['--no-sandbox', ...args] })

/** One Chromium for all test files of a process; it ends with the process. */
export function sharedBrowser(): Promise<Browser> {
  shared ??= launchBrowser()
  return shared
}

/**
 * A page in a context of its own, in the shared Chromium. It waits nearly as long as a test may take: what never comes
 * fails, what comes late on a busy machine does not.
 */
export async function openTab(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await (await sharedBrowser()).newContext(options)
  context.setDefaultTimeout(110_000)
  return context.newPage()
}

const html = '<!doctype html><title>test</title><script type="module" src="/tested.js"></script>'
// The runtime's threads load the bundle too, and there is no window there.
const entry = 'virtual:tested'
const web = join(import.meta.dirname, '../src/web.ts')
const types: Readonly<Record<string, string>> = {
  js: 'text/javascript',
  mjs: 'text/javascript',
  wasm: 'application/wasm',
}

/** The files of a page that holds the exports of the modules at `paths`, by the path that the page asks for. */
async function bundle(paths: readonly string[]): Promise<Map<string, Uint8Array>> {
  const names = paths.map((_, index) => `module${index}`)
  const imports = paths.map((path, index) => `import * as ${names[index]} from ${JSON.stringify(path)}`)
  const built = await build({
    configFile: false,
    logLevel: 'error',
    plugins: [
      {
        name: 'tested',
        resolveId: id => (id === entry ? id : undefined),
        load: id =>
          id === entry
            ? `${imports.join('\n')}\nglobalThis.tested = { ${names.map(name => `...${name}`).join(', ')} }`
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
  return files
}

/** Serves files at a port of its own for as long as the process lives. */
function serve(files: ReadonlyMap<string, Uint8Array>): string {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const alone = pathname === '/alone'
    const file = files.get(alone ? '/' : pathname)
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
    if (!alone) response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp')
    response.setHeader('Content-Type', types[pathname.split('.').at(-1) ?? ''] ?? 'text/html')
    response.writeHead(file ? 200 : 404).end(file)
  }).listen(0)
  server.unref()
  return `http://localhost:${(server.address() as AddressInfo).port}`
}

export interface WebPages {
  /** a page of its own; the exports of `glasshouse/web` are the properties of `window.tested` */
  open(path?: '/' | '/alone'): Promise<Page>
  /** what the page can fetch, by the path that it asks for */
  files: Map<string, Uint8Array>
  /** closes the pages that were opened here */
  close(): Promise<void>
}

const served = new Map<string, Promise<{ files: Map<string, Uint8Array>; origin: string }>>()

/** `glasshouse/web` as a bundler packs it, with further modules where given; packed once for all files of a process. */
export async function webPages(...more: readonly string[]): Promise<WebPages> {
  const key = more.join()
  const found = served.get(key) ?? bundle([web, ...more]).then(files => ({ files, origin: serve(files) }))
  served.set(key, found)
  const { files, origin } = await found
  const pages: Page[] = []
  return {
    files,
    async open(path = '/') {
      const page = await openTab()
      pages.push(page)
      await page.goto(`${origin}${path}`)
      await page.waitForFunction(() => 'tested' in window)
      return page
    },
    async close() {
      await Promise.all(pages.map(page => page.context().close()))
    },
  }
}
