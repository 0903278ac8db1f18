/**
 * Who may ask, and how answers are fenced in.
 *
 * The token of the printed link becomes a cookie, HttpOnly and SameSite=Strict: images, pages and event streams are
 * fetched by the browser itself, which can send no header of ours, and no script can read the cookie. A program sends
 * the token as a bearer instead. The cookie's name holds the port, since cookies do not know ports.
 *
 * A page of another site can make the reader's browser send requests here. It reads no answer, since there are no CORS
 * headers; what it could do by asking alone is refused by Host (DNS rebinding), Origin and Sec-Fetch-Site.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { networkInterfaces, hostname as ownName } from 'node:os'
import type { Context, MiddlewareHandler } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { GlasshouseError } from '../base/errors.ts'

export interface Guard {
  token: string
  /** names under which the studio may be asked, lower case, without port; brackets around IPv6 */
  hosts: ReadonlySet<string>
}

/** The names of a server that listens on `host`. All names of this machine where it listens on all addresses. */
export function hostsOf(host: string): Set<string> {
  const hosts = new Set([bracketed(host.toLowerCase())])
  if (isLoopback(host)) for (const name of ['localhost', '127.0.0.1', '[::1]']) hosts.add(name)
  if (host === '0.0.0.0' || host === '::') {
    for (const name of ['localhost', ownName().toLowerCase(), `${ownName().toLowerCase()}.local`])
      hosts.add(name)
    for (const { address } of Object.values(networkInterfaces()).flatMap(list => list ?? []))
      hosts.add(bracketed(address.toLowerCase()))
  }
  return hosts
}

export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)

export const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host)

/** Whether a request only asks; all others change something. */
export const isRead = (c: Context): boolean => c.req.method === 'GET' || c.req.method === 'HEAD'

/** What anybody may load: the program of the page, which holds nothing of the user. */
const isPublic = (path: string): boolean => !path.startsWith('/api/') && !path.startsWith('/files/')

/** Refuses what another page or another machine sends; asks for the token. */
export const guard =
  ({ token, hosts }: Guard): MiddlewareHandler =>
  async (c, next) => {
    const { host, port } = hostOf(c, hosts)
    const path = new URL(c.req.url).pathname
    refuseForeign(c, host, isPublic(path))
    const given = isRead(c) && isPublic(path) ? c.req.query('token') : undefined
    if (given !== undefined) {
      if (!isSame(given, token)) throw unauthorised('the token of this address is not that of the studio')
      setCookie(c, cookieName(port), token, {
        httpOnly: true,
        sameSite: 'Strict',
        path: '/',
        maxAge: 30 * 24 * 3600,
      })
      const url = new URL(c.req.url)
      url.searchParams.delete('token')
      return c.redirect(url.pathname + url.search, 303)
    }
    if (!isPublic(path) && !isKnown(c, token, port))
      throw unauthorised('the studio does not know this browser')
    await next()
  }

function hostOf(c: Context, hosts: ReadonlySet<string>): { host: string; port: string } {
  const host = (c.req.header('host') ?? '').toLowerCase()
  const [, name, port = '80'] = /^(\[[0-9a-f:.]+\]|[^:[\]/@\s]+)(?::(\d{1,5}))?$/.exec(host) ?? []
  // A request line may name a whole address, which then must be the same.
  if (name !== undefined && hosts.has(name) && new URL(c.req.url).host === new URL(`http://${host}`).host)
    return { host, port }
  throw new GlasshouseError({
    code: 'forbidden-host',
    what: 'the studio does not answer under this name',
    hint: 'Open the link that it printed; to share it under another name start it with --host NAME',
  })
}

/** By the headers that a browser adds by itself and no page can change. */
function refuseForeign(c: Context, host: string, isPublicPath: boolean): void {
  const origin = c.req.header('origin')
  const site = c.req.header('sec-fetch-site')
  // Somebody follows a link to the studio.
  const isVisit =
    isPublicPath && c.req.method === 'GET' && c.req.header('sec-fetch-mode') === 'navigate' && !origin
  const isForeign =
    (origin !== undefined && origin.toLowerCase() !== `http://${host}`) ||
    (site !== undefined && site !== 'same-origin' && site !== 'none')
  if (!isForeign || isVisit) return
  throw new GlasshouseError({ code: 'forbidden-origin', what: 'another page may not ask the studio' })
}

const cookieName = (port: string): string => `glasshouse-${port}`

function isKnown(c: Context, token: string, port: string): boolean {
  const [, bearer] = /^Bearer\s+(\S+)$/i.exec(c.req.header('authorization') ?? '') ?? []
  if (bearer !== undefined) return isSame(bearer, token)
  const cookie = getCookie(c, cookieName(port))
  if (cookie === undefined || !isSame(cookie, token)) return false
  // A browser that changes something says where the request comes from; without that the cookie alone is not enough.
  return isRead(c) || c.req.header('origin') !== undefined || c.req.header('sec-fetch-site') === 'same-origin'
}

/** In a time that says nothing about how much of it is right. */
const isSame = (given: string, token: string): boolean => timingSafeEqual(digest(given), digest(token))
const digest = (text: string) => createHash('sha256').update(text).digest()

const unauthorised = (what: string): GlasshouseError =>
  new GlasshouseError({
    code: 'unauthorised',
    what,
    hint: 'Open the link that the studio printed when it started; it ends in ?token=...',
  })

/** What the page may load, and from where. */
export const pagePolicy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  // Styles that a component sets by itself; they can load nothing from elsewhere.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "media-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self' data: blob:",
  "worker-src 'self' blob:",
  "frame-src 'self' blob:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Headers of every answer; a route may have set its own policy. The page is isolated, so that it may use threads. */
export const fence: MiddlewareHandler = async (c, next) => {
  await next()
  const { headers } = c.res
  const set = (name: string, value: string) => {
    if (!headers.has(name)) headers.set(name, value)
  }
  set('Content-Security-Policy', pagePolicy)
  set('X-Content-Type-Options', 'nosniff')
  set('Referrer-Policy', 'no-referrer')
  set('Cross-Origin-Opener-Policy', 'same-origin')
  set('Cross-Origin-Embedder-Policy', 'require-corp')
  set('Cross-Origin-Resource-Policy', 'same-origin')
  set('Cache-Control', 'no-store')
  set('Permissions-Policy', 'camera=(self), microphone=(), geolocation=(), interest-cohort=()')
}
