/**
 * /files/NAME/FILE: what lies in a run folder. A run folder may come from somebody else, so nothing in it is trusted: a
 * page runs in a sandbox of its own origin, without cookies, storage or network. Our pages hold all that they show.
 */
import { Hono } from 'hono'
import { mediaType } from '../media-types.ts'
import { sendFile } from '../send-file.ts'
import type { Studio } from '../studio.ts'

/** For pages: their own scripts, and images that they hold; nothing is loaded or sent. */
const pagePolicy = [
  'sandbox allow-scripts allow-downloads allow-modals',
  "default-src 'none'",
  "script-src 'unsafe-inline' 'wasm-unsafe-eval' blob:",
  "style-src 'unsafe-inline'",
  'img-src data: blob:',
  'media-src data: blob:',
  'font-src data:',
  'worker-src blob:',
  'connect-src data: blob:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join('; ')

/** For everything else, should it be opened as a page, above all SVG. */
const filePolicy =
  "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; frame-ancestors 'self'"

/** Opened by a browser as what they are. The rest is kept on the disk. */
const shown = /^(text\/(html|plain|csv)|image\/|video\/|application\/json)/

export const fileRoutes = ({ folders }: Studio): Hono =>
  new Hono().get('/files/:path{.+}', async c => {
    const name = c.req.param('path')
    const path = await folders.ofRun(name)
    const type = mediaType(path)
    const isPage = type.startsWith('text/html')
    return sendFile(c, path, {
      type,
      headers: {
        'Content-Security-Policy': isPage ? pagePolicy : filePolicy,
        // A browser opens no sandboxed page that also asks for a group of windows of its own.
        'Cross-Origin-Opener-Policy': 'unsafe-none',
        ...(!shown.test(type) && { 'Content-Disposition': 'attachment' }),
      },
    })
  })

/** The address of a file of a run. */
export const addressOf = (run: string, name: string): string =>
  `/files/${[...run.split('/'), ...name.split('/')].map(encodeURIComponent).join('/')}`
