/** Bodies that are too large, not what they say, or never come to an end; and uploads. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestStudio, testStudio } from '../../test/studio.ts'
import { gate } from '../../test/thorough.ts'

let studio: TestStudio
beforeAll(async () => {
  studio = await testStudio()
})
afterAll(() => studio.end())

const post = (body: string | Uint8Array, type = 'application/json') =>
  fetch(`${studio.origin}/api/jobs`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${studio.token}`, 'Content-Type': type },
    body: new Uint8Array(Buffer.from(body)),
  })

test.each([
  ['nothing', ''],
  ['half of it', '{"command":"train"'],
  ['another type', '[1,2]'],
  ['text', 'null'],
  ['bytes that are no text', new Uint8Array([0x22, 0xff, 0xfe, 0x22])],
  ['a command that is a number', '{"command":1}'],
  ['inputs that are nested', '{"command":"train","inputs":{"data":[["x"]]}}'],
  ['a name of its own kind', '{"command":"train","inputs":{"data":"x"},"options":{"__proto__":{"a":1}}}'],
  [
    'deep nesting',
    `{"command":"train","inputs":{},"options":{"set":${'['.repeat(3000)}${']'.repeat(3000)}}}`,
  ],
])('%s is refused', async (_, body) => {
  const answer = await post(body)
  expect(answer.status).toBeGreaterThanOrEqual(400)
  expect(answer.status).toBeLessThan(500)
  expect((await answer.json()).error.code).not.toBe('fault')
})

test('a body of another kind is refused', async () => {
  const text = JSON.stringify({ command: 'train', inputs: { data: studio.data } })
  for (const type of ['text/plain', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded'])
    expect((await post(text, type)).status).toBe(400)
})

test('a body that is too large is refused, before it is read where it says so', async () => {
  const answer = await post(JSON.stringify({ command: 'x'.repeat(2 ** 21) }))
  expect([answer.status, (await answer.json()).error.code]).toEqual([413, 'body-too-large'])
})

/** What comes back on a connection that is written to part by part. */
function answerTo(parts: string[], pause: number): Promise<{ text: string; milliseconds: number }> {
  const started = performance.now()
  return new Promise(done => {
    const socket = connect(studio.port, '127.0.0.1')
    let text = ''
    socket.on('data', data => {
      text += data
    })
    const end = () => done({ text, milliseconds: performance.now() - started })
    socket.on('close', end).on('error', end)
    void (async () => {
      for (const part of parts) {
        if (socket.destroyed) return
        socket.write(part)
        await new Promise(next => setTimeout(next, pause))
      }
    })()
  })
}

const head = (length: string) =>
  `POST /api/jobs HTTP/1.1\r\nHost: 127.0.0.1:${studio.port}\r\nAuthorization: Bearer ${studio.token}\r\nContent-Type: application/json\r\n${length}\r\n\r\n`

test.runIf(gate)('a body that trickles in is given up, and others are answered meanwhile', async () => {
  const slow = answerTo([head('Content-Length: 1000'), ...Array<string>(40).fill('{')], 500)
  expect((await studio.get('/api/state')).status).toBe(200)
  const { text, milliseconds } = await slow
  expect(text).toContain('408')
  expect(text).toContain('body-slow')
  expect(milliseconds).toBeLessThan(15_000)
})

test.runIf(gate)('headers that trickle in are given up', async () => {
  const { milliseconds } = await answerTo(
    ['GET /api/state HTTP/1.1\r\n', ...Array<string>(60).fill('X-A: b\r\n')],
    500,
  )
  expect(milliseconds).toBeLessThan(20_000)
})

test.each([
  ['no HTTP', 'hello\r\n\r\n'],
  ['two lengths', 'POST /api/jobs HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\n{}{}'],
  [
    'a length and chunks',
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  ['no Host', 'GET /api/state HTTP/1.1\r\n\r\n'],
  ['long headers', `GET /api/state HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(40_000)}\r\n\r\n`],
  ['a backslash', 'GET /..\\..\\etc\\passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
])('a request with %s is refused', async (_, request) => {
  const { text } = await answerTo([request], 10)
  expect(text).toMatch(/^HTTP\/1\.1 4\d\d/)
  expect((await studio.get('/api/state')).status).toBe(200)
})

describe('an upload', () => {
  const upload = (name: string, body: Uint8Array) =>
    fetch(`${studio.origin}/api/upload?name=${encodeURIComponent(name)}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${studio.token}`, 'Content-Type': 'application/octet-stream' },
      body: new Uint8Array(body),
    })

  test('is kept under a harmless name, and can be looked at', async () => {
    const image = readFileSync(join(studio.data, 'test/Maize/0004.png'))
    for (const name of [
      'my cat.PNG',
      '../../cat.png',
      '.hidden.png',
      '<b>.png',
      `${'x'.repeat(500)}.png`,
      'a\0b.png',
    ]) {
      const { path, bytes, kind } = await (await upload(name, image)).json()
      expect(path.startsWith(join(studio.folder, 'runs/.studio/uploads/'))).toBe(true)
      expect(path).toMatch(/\/[\p{L}\p{N} _-][\p{L}\p{N} _.-]*\.png$/u)
      expect([bytes, kind, readFileSync(path).equals(image)]).toEqual([image.length, 'image', true])
      expect((await studio.get(`/api/image/thumb?path=${encodeURIComponent(path)}`)).status).toBe(200)
    }
  })

  test('of another kind is refused', async () => {
    for (const name of ['run.sh', 'page.html', 'objective.ts', 'noname', 'x.png/..'])
      expect([name, (await upload(name, Buffer.from('x'))).status]).toEqual([name, 422])
  })

  test('that is too large or is broken off leaves nothing', async () => {
    const uploads = join(studio.folder, 'runs/.studio/uploads')
    const before = readdirSync(uploads).length
    const start = (length: number) =>
      `POST /api/upload?name=a.png HTTP/1.1\r\nHost: 127.0.0.1:${studio.port}\r\nAuthorization: Bearer ${studio.token}\r\nContent-Type: application/octet-stream\r\nContent-Length: ${length}\r\n\r\nabc`
    const { text } = await answerTo([start(2 ** 40)], 10)
    expect(text).toContain('413')
    const socket = connect(studio.port, '127.0.0.1')
    socket.write(start(1000))
    await new Promise(done => setTimeout(done, 300))
    socket.destroy()
    await expect.poll(() => readdirSync(uploads).length).toBe(before)
    expect(existsSync(uploads)).toBe(true)
  })
})
