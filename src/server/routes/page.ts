/** The page itself: what `npm run build` made of studio/. Every address that is no file is the page, which reads it. */
import { existsSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Context, Hono } from 'hono'
import { GlasshouseError } from '../../base/errors.ts'
import { endingOf, mediaType } from '../media-types.ts'
import { sendFile } from '../send-file.ts'
import type { Studio } from '../studio.ts'

export const pageRoutes = ({ page }: Studio): Hono =>
  new Hono().get('/*', async c => {
    const name = decoded(new URL(c.req.url).pathname)
    if (name.startsWith('/api/') || name.startsWith('/files/')) throw noRoute()
    if (name.startsWith('/runtime/')) return sendRuntime(c, name.slice('/runtime/'.length))
    const index = join(page, 'index.html')
    const isPage = endingOf(name) === ''
    if (!existsSync(index)) {
      if (isPage) return c.text(missing, 503)
      throw noRoute()
    }
    const path = await realpath(join(page, name)).catch(() => undefined)
    const isInside = path !== undefined && !relative(await realpath(page), path).startsWith('..')
    if (isInside && !isPage)
      return sendFile(c, path, {
        type: mediaType(path),
        // The build puts a hash of the content into these names.
        headers: name.startsWith('/assets/')
          ? { 'Cache-Control': 'public, max-age=31536000, immutable' }
          : {},
      })
    if (!isPage) throw noRoute()
    return sendFile(c, index, { type: mediaType(index), headers: { Link: firstAsked(name) } })
  })

/** The build of ONNX Runtime for WebGPU: 27 MB that are in its package, and so not in ours. */
const runtimeFiles: readonly string[] = [
  'ort-wasm-simd-threaded.asyncify.mjs',
  'ort-wasm-simd-threaded.asyncify.wasm',
]

async function sendRuntime(c: Context, name: string): Promise<Response> {
  if (!runtimeFiles.includes(name)) throw noRoute()
  const path = await realpath(fileURLToPath(import.meta.resolve(`onnxruntime-web/${name}`)))
  return sendFile(c, path, { type: mediaType(path), headers: { 'Cache-Control': 'private, max-age=86400' } })
}

/** What the view at this address asks for first: the browser fetches it while it reads the program. */
const firstAsked = (name: string): string =>
  ['/api/state', ...(name === '/' || name === '/runs' ? ['/api/runs'] : [])]
    .map(path => `<${path}>; rel=preload; as=fetch; crossorigin`)
    .join(', ')

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    throw noRoute()
  }
}

export const noRoute = (): GlasshouseError =>
  new GlasshouseError({ code: 'no-such-route', what: 'there is nothing at this address' })

const missing = `The studio's page is not built yet. Run \`npm run build\`, then reload this page.

The server works: /api/state and everything else described in src/server/api.ts answers.
`
