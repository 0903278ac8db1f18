/** Who may ask: token, cookie, Host, Origin, and what browsers say of where a request comes from. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { raw, type TestStudio, testStudio } from '../../test/studio.ts'
import { routesInSources, studioRoutes } from '../../test/studio-routes.ts'
import { hostsOf } from './guard.ts'

let studio: TestStudio
beforeAll(async () => {
  studio = await testStudio()
})
afterAll(() => studio.end())

const host = () => `127.0.0.1:${studio.port}`
const bearer = () => ({ Authorization: `Bearer ${studio.token}` })
const codeOf = (text: string): string => JSON.parse(text).error.code

test('every route is attacked', () => {
  expect(studioRoutes.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(routesInSources().sort())
})

test.each(studioRoutes)('$method $path asks for the token, the own name and the own page', async route => {
  const ask = async (headers: Record<string, string>) => {
    const { status, text } = await raw(studio, { method: route.method, path: route.path, headers })
    return [status, codeOf(text)]
  }
  expect(await ask({})).toEqual([401, 'unauthorised'])
  expect(await ask({ Cookie: `glasshouse-${studio.port}=wrong` })).toEqual([401, 'unauthorised'])
  expect(await ask({ ...bearer(), Host: 'evil.example' })).toEqual([403, 'forbidden-host'])
  expect(await ask({ ...bearer(), Origin: 'http://evil.example' })).toEqual([403, 'forbidden-origin'])
  expect(await ask({ ...bearer(), 'Sec-Fetch-Site': 'cross-site' })).toEqual([403, 'forbidden-origin'])
})

describe('the token', () => {
  test('of the printed link becomes a cookie that no script reads and no other site sends', async () => {
    const { status, headers } = await raw(studio, { path: `/?token=${studio.token}` })
    expect([status, headers.location]).toEqual([303, '/'])
    const [cookie] = headers['set-cookie'] ?? []
    expect(cookie).toContain(`glasshouse-${studio.port}=${studio.token}`)
    expect(cookie).toMatch(/HttpOnly/)
    expect(cookie).toMatch(/SameSite=Strict/)
    const [name] = cookie.split(';')
    expect((await raw(studio, { path: '/api/state', headers: { Cookie: name } })).status).toBe(200)
  })

  test.each([
    ['none', {}],
    ['a wrong bearer', { Authorization: 'Bearer wrong' }],
    ['an empty bearer', { Authorization: 'Bearer ' }],
    ['another scheme', { Authorization: 'Basic d3Jvbmc6d3Jvbmc=' }],
    ['a wrong cookie', { Cookie: 'glasshouse-1=x' }],
  ])('%s is refused, for files too', async (_, headers) => {
    for (const path of [
      '/api/state',
      '/api/runs',
      '/api/events',
      '/files/train-1/index.html',
      '/api/nowhere',
    ]) {
      const { status, text } = await raw(studio, { path, headers })
      expect([path, status, codeOf(text)]).toEqual([path, 401, 'unauthorised'])
    }
  })

  test('a wrong one in the address is refused, and is no cookie', async () => {
    const { status, headers } = await raw(studio, { path: '/?token=wrong' })
    expect([status, headers['set-cookie']]).toEqual([401, undefined])
    expect((await raw(studio, { path: `/api/state?token=${studio.token}` })).status).toBe(401)
  })
})

describe('another name', () => {
  test.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'a@127.0.0.1',
    '127.0.0.1:1:2',
  ])('in Host is refused: %j', async name => {
    const { status, text } = await raw(studio, { path: '/api/state', headers: { ...bearer(), Host: name } })
    expect([400, 403]).toContain(status)
    expect(text).not.toContain('dataRoots')
  })

  test('in the request line is refused, whatever Host says', async () => {
    const { status, text } = await raw(studio, {
      path: 'http://evil.example/api/state',
      headers: { ...bearer(), Host: host() },
    })
    expect([status, codeOf(text)]).toEqual([403, 'forbidden-host'])
  })

  test.each(['localhost', '[::1]', '127.0.0.1'])('for the same machine is fine: %s', async name => {
    const headers = { ...bearer(), Host: `${name}:${studio.port}` }
    expect((await raw(studio, { path: '/api/state', headers })).status).toBe(200)
  })

  test('of this machine is known where it listens on all addresses', () => {
    expect(hostsOf('192.0.2.7')).toEqual(new Set(['192.0.2.7']))
    expect([...hostsOf('0.0.0.0')]).toEqual(expect.arrayContaining(['localhost', '127.0.0.1']))
  })
})

describe('another page', () => {
  test.each(['http://evil.example', 'null', 'https://127.0.0.1', 'http://127.0.0.1:1', 'file://'])(
    'is refused by its Origin: %s',
    async origin => {
      for (const method of ['GET', 'POST', 'OPTIONS']) {
        const { status, text, headers } = await raw(studio, {
          method,
          path: '/api/jobs',
          headers: { ...bearer(), Origin: origin },
        })
        expect([status, codeOf(text)]).toEqual([403, 'forbidden-origin'])
        expect(headers['access-control-allow-origin']).toBeUndefined()
      }
    },
  )

  test.each(['cross-site', 'same-site'])('is refused where the browser says %s', async site => {
    const cookie = { Cookie: `glasshouse-${studio.port}=${studio.token}` }
    for (const path of ['/api/state', '/files/train-1/index.html', '/api/image?path=x']) {
      const headers = { ...cookie, 'Sec-Fetch-Site': site, 'Sec-Fetch-Mode': 'navigate' }
      expect((await raw(studio, { path, headers })).status).toBe(403)
    }
  })

  test('may lead to the studio by a link', async () => {
    const headers = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' }
    expect((await raw(studio, { path: `/?token=${studio.token}`, headers })).status).toBe(303)
    expect((await raw(studio, { path: '/', headers })).status).not.toBe(403)
  })

  test('that posts a form changes nothing, even with the cookie', async () => {
    const cookie = { Cookie: `glasshouse-${studio.port}=${studio.token}` }
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
    const sends = [
      { ...cookie, ...form, Origin: 'http://evil.example' },
      // A browser that tells nothing of where the request comes from.
      { ...cookie, ...form },
      { ...cookie, 'Content-Type': 'text/plain', Origin: `http://${host()}` },
    ]
    for (const headers of sends) {
      const body = JSON.stringify({ command: 'data inspect', inputs: { data: studio.data } })
      const { status } = await raw(studio, { method: 'POST', path: '/api/jobs', headers, body })
      expect([400, 401, 403]).toContain(status)
    }
    expect(await (await studio.get('/api/jobs')).json()).toEqual({ jobs: [] })
  })

  test('the own page may', async () => {
    const headers = {
      Cookie: `glasshouse-${studio.port}=${studio.token}`,
      'Content-Type': 'application/json',
      Origin: `http://${host()}`,
      'Sec-Fetch-Site': 'same-origin',
    }
    const body = JSON.stringify({ command: 'data inspect', inputs: { data: studio.data } })
    expect((await raw(studio, { method: 'POST', path: '/api/check', headers, body })).status).toBe(200)
  })
})

test('every answer is fenced in', async () => {
  for (const path of ['/', '/api/state', '/api/nowhere', '/files/train-1/index.html', '/files/nowhere/x']) {
    const { headers } = await studio.get(path)
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(headers.get('content-security-policy')).not.toMatch(
      /script-src[^;]*'unsafe-(inline|eval)'(?=[^;]*'self')/,
    )
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
  }
})

test('a page of a run is shut into a sandbox without network', async () => {
  const policy = (await studio.get('/files/train-1/index.html')).headers.get('content-security-policy')
  expect(policy).toMatch(/^sandbox /)
  expect(policy).not.toMatch(
    /allow-same-origin|allow-top-navigation|allow-popups|connect-src[^;]*(\*|'self'|http)/,
  )
  expect(policy).toContain("form-action 'none'")
})

test('a studio that only shows results refuses every change', async () => {
  const shown = await testStudio({ readOnly: true })
  try {
    const changes: [string, string, unknown][] = [
      ['POST', '/api/jobs', { command: 'data inspect', inputs: { data: shown.data } }],
      ['POST', '/api/tags', { data: shown.data, tag: 'odd', add: ['x'] }],
      ['PUT', '/api/queue', { atOnce: 2 }],
      ['DELETE', '/api/run?run=train-1', undefined],
      ['POST', '/api/upload?name=a.png', undefined],
    ]
    for (const [method, path, body] of changes) {
      const answer = await shown.send(method, path, body)
      expect([path, answer.status, (await answer.json()).error.code]).toEqual([path, 403, 'read-only'])
    }
    expect((await (await shown.get('/api/state')).json()).readOnly).toBe(true)
    expect((await shown.get('/api/run?run=train-1')).status).toBe(200)
  } finally {
    await shown.end()
  }
})
