import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { gate } from '../../test/thorough.ts'
import {
  type Behaviour,
  elsewhere,
  serve,
  stalled,
  status,
  truncated,
  type UnreliableServer,
  wholly,
  withoutRanges,
} from '../../test/unreliable-server.ts'
import { GlasshouseError } from '../base/errors.ts'
import { random } from '../base/random.ts'
import { createWork, type WorkEvent } from '../base/work.ts'
import { type DownloadOptions, download } from './download.node.ts'

const fileOf = (seed: number, size = 200_000) => {
  const { integer } = random(seed, 'download')
  return Uint8Array.from({ length: size }, () => integer(256))
}
const file = fileOf(1)
const other = fileOf(2)
const sha256 = createHash('sha256').update(file).digest('hex')

let folder = ''
let server: UnreliableServer | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'glasshouse-download-'))
})
afterEach(() => server?.close())

const target = () => join(folder, 'weights.pth')

async function fetchFrom(
  behaviours: [Behaviour, ...Behaviour[]],
  options: Partial<DownloadOptions> = {},
): Promise<string> {
  server = await serve(...behaviours)
  return again(options)
}

/** Once more, from the same server. */
const again = (options: Partial<DownloadOptions> = {}) =>
  download({
    url: server!.url,
    path: target(),
    sha256,
    largest: 1e6,
    patience: 1,
    // Longer than a busy machine keeps a good server waiting.
    stall: 20_000,
    attempts: 3,
    ...options,
  })

async function failure(promise: Promise<unknown>): Promise<GlasshouseError> {
  const error = await promise.then(
    () => undefined,
    reason => reason,
  )
  expect(error).toBeInstanceOf(GlasshouseError)
  return error as GlasshouseError
}

function watched() {
  const events: WorkEvent[] = []
  return { events, work: createWork({ emit: event => events.push(event) }) }
}

const arrived = () => {
  expect(readFileSync(target()).equals(file)).toBe(true)
  expect(readdirSync(folder)).toEqual(['weights.pth'])
}

describe('a download', () => {
  it('from a good server gives the file, and nothing beside it', async () => {
    expect(await fetchFrom([wholly(file)])).toBe(sha256)
    arrived()
    expect(server!.asked).toHaveLength(1)
  })

  it('tells how far it is, and of how much', async () => {
    const { work, events } = watched()
    await fetchFrom([wholly(file)], { work })
    const { length } = file
    expect(events[0]).toMatchObject({
      kind: 'stage',
      stage: 'weights.pth',
      total: length,
      from: 0,
      unit: 'bytes',
    })
    expect(events.at(-2)).toMatchObject({ kind: 'progress', done: length, total: length })
    expect(events.at(-1)).toMatchObject({ kind: 'end' })
  })

  it('is known by the first digits of its digest, where no more is published', async () => {
    expect(await fetchFrom([wholly(file)], { sha256: sha256.slice(0, 8) })).toBe(sha256)
    arrived()
  })

  it('goes on where a broken connection stopped, if the file is still the same', async () => {
    await fetchFrom([truncated(file, 50_000), truncated(file, 70_000), wholly(file)])
    arrived()
    expect(server!.asked).toEqual([
      {},
      { range: 'bytes=50000-', ifRange: '"1"' },
      { range: 'bytes=120000-', ifRange: '"1"' },
    ])
  })

  it('goes on where an earlier command gave up', async () => {
    const error = await failure(
      fetchFrom([truncated(file, 50_000), status(503), status(503), status(503), wholly(file)]),
    )
    expect(error).toMatchObject({ code: 'download-failed', fault: 'machine' })
    expect(error.message).toContain('503')
    expect(readdirSync(folder).sort()).toEqual(['weights.pth.part', 'weights.pth.part.json'])
    const { work, events } = watched()
    await again({ work })
    arrived()
    expect(events.find(({ kind }) => kind === 'stage')).toMatchObject({ from: 50_000 })
  })

  it('takes a part that is whole already without asking anyone', async () => {
    writeFileSync(`${target()}.part`, file)
    await fetchFrom([status(500)])
    expect(existsSync(target())).toBe(true)
    expect(server!.asked).toEqual([])
  })

  it('starts again where the file has changed meanwhile', async () => {
    await fetchFrom([truncated(other, 50_000, '"old"'), wholly(file, '"new"')])
    arrived()
    expect(server!.asked[1].ifRange).toBe('"old"')
  })

  it('makes nothing of a part that came from another address', async () => {
    await fetchFrom([truncated(other, 50_000), status(404)]).catch(() => {})
    await server!.close()
    server = await serve(wholly(file))
    await again()
    arrived()
    expect(server.asked).toEqual([{}])
  })

  it('starts again where what was pieced together is wrong', async () => {
    await failure(fetchFrom([truncated(other, 50_000), status(404), wholly(file)]))
    await again()
    arrived()
    expect(server!.asked.at(-2)?.range).toBe('bytes=50000-')
    expect(server!.asked.at(-1)?.range).toBeUndefined()
  })

  it('takes the whole file where a server ignores ranges', async () => {
    await fetchFrom([truncated(file, 50_000), withoutRanges(file)])
    arrived()
  })

  it('refuses a part from another place than it asked for', async () => {
    const error = await failure(fetchFrom([truncated(file, 50_000), elsewhere(file, 10)]))
    expect(error.message).toContain('another part')
    expect(existsSync(target())).toBe(false)
  })

  it('starts again where the part is longer than the file', async () => {
    await fetchFrom([truncated(fileOf(3, 300_000), 250_000), wholly(file)])
    arrived()
  })

  it.runIf(gate)('gives a connection up that stalls, and goes on with another', async () => {
    const { work, events } = watched()
    await fetchFrom([stalled(file, 50_000), wholly(file)], { work, stall: 1000 })
    arrived()
    const notes = events.flatMap(event => (event.kind === 'note' ? [event.text] : []))
    expect(notes).toEqual(['weights.pth: nothing came for 1 s; trying again in 1 s'])
  })

  it.runIf(gate)('gives up a server that never says anything', async () => {
    const error = await failure(fetchFrom([() => {}], { attempts: 2, stall: 1000 }))
    expect(error).toMatchObject({ code: 'download-failed' })
    expect(server!.asked).toHaveLength(2)
  })

  it('throws wrong bytes away', async () => {
    const error = await failure(fetchFrom([wholly(other)]))
    expect(error).toMatchObject({ code: 'download-wrong', expected: `SHA-256 ${sha256}` })
    expect(error.message).toContain('(200000 bytes)')
    expect(readdirSync(folder)).toEqual([])
  })

  it('throws a file of another length away, however the server counts', async () => {
    const short = file.subarray(0, 1000)
    expect(await failure(fetchFrom([wholly(short)]))).toMatchObject({ code: 'download-wrong' })
    await server!.close()
    const without: Behaviour = ({ response }) => void response.writeHead(200).end(short)
    expect(await failure(fetchFrom([without]))).toMatchObject({ code: 'download-wrong' })
    expect(readdirSync(folder)).toEqual([])
  })

  it('stops listening to a server that sends without end', async () => {
    const endless: Behaviour = ({ response }) => {
      response.writeHead(200)
      const more = () => {
        if (!response.destroyed) response.write(file, more)
      }
      more()
    }
    expect(await failure(fetchFrom([endless]))).toMatchObject({ code: 'download-wrong' })
    expect(readdirSync(folder)).toEqual([])
    await server!.close()
    const boasts: Behaviour = ({ response }) =>
      void response.writeHead(200, { 'content-length': 5e9 }).write(file)
    expect(await failure(fetchFrom([boasts]))).toMatchObject({ code: 'download-wrong', got: '5000000000' })
  })

  it.each([401, 403, 404, 410])('tells a %i at once, with a way out', async code => {
    const error = await failure(fetchFrom([status(code)]))
    expect(error).toMatchObject({ code: 'download-refused', fault: 'user' })
    expect(error.message).toContain(String(code))
    expect(error.message).toContain(target())
    expect(server!.asked).toHaveLength(1)
  })

  it.each([500, 502, 503, 429])('tries again after a %i', async code => {
    await fetchFrom([status(code), status(code, { 'retry-after': '0' }), wholly(file)])
    arrived()
  })

  it('does not wait for a server that asks for an hour', async () => {
    const error = await failure(fetchFrom([status(429, { 'retry-after': '3600' })]))
    expect(error.code).toBe('download-failed')
    expect(server!.asked).toHaveLength(1)
  })

  it('tells that nobody answers', async () => {
    server = await serve(wholly(file))
    await server.close()
    const error = await failure(again())
    expect(error).toMatchObject({ code: 'download-failed' })
    expect(error.message).toMatch(/ECONNREFUSED/)
  })

  it('stops when it is cancelled, keeps what is here, and goes on later', async () => {
    const stop = new AbortController()
    const reason = new GlasshouseError({ code: 'stopped', what: 'stopped' })
    const cancelled = fetchFrom([stalled(file, 50_000), wholly(file)], {
      stall: 60_000,
      work: createWork({
        signal: stop.signal,
        emit: event => event.kind === 'progress' && event.done >= 50_000 && stop.abort(reason),
      }),
    })
    expect(await failure(cancelled)).toBe(reason)
    expect(readdirSync(folder)).toContain('weights.pth.part')
    await again()
    arrived()
    expect(server!.asked[1].range).toBe('bytes=50000-')
  })

  it('can be cancelled while it waits', async () => {
    const stop = new AbortController()
    const reason = new GlasshouseError({ code: 'stopped', what: 'stopped' })
    const cancelled = fetchFrom([status(500)], {
      patience: 50_000,
      work: createWork({
        signal: stop.signal,
        emit: ({ kind }) => kind === 'note' && setTimeout(() => stop.abort(reason), 10),
      }),
    })
    expect(await failure(cancelled)).toBe(reason)
  })
})

describe('several downloads of one file at once', () => {
  it('do not disturb each other, whichever ends first', async () => {
    const slow: Behaviour = ({ response }) => {
      response.writeHead(200, { 'content-length': file.length })
      response.write(file.subarray(0, 50_000))
      setTimeout(() => response.end(file.subarray(50_000)), 100)
    }
    server = await serve(slow, wholly(file), slow, wholly(file), truncated(file, 10_000), slow)
    const digests = await Promise.all(Array.from({ length: 5 }, () => again()))
    expect(new Set(digests)).toEqual(new Set([sha256]))
    arrived()
  })

  it('leave no claim behind where one was killed', async () => {
    // No process has this number.
    writeFileSync(`${target()}.part.lock`, '4194305')
    expect(await fetchFrom([wholly(file)])).toBe(sha256)
    arrived()
  })

  it('of another process that still runs get a part of their own', async () => {
    writeFileSync(`${target()}.part`, other.subarray(0, 1000))
    writeFileSync(`${target()}.part.lock`, String(process.ppid))
    expect(await fetchFrom([wholly(file)])).toBe(sha256)
    expect(readdirSync(folder).sort()).toEqual(['weights.pth', 'weights.pth.part', 'weights.pth.part.lock'])
    expect(readFileSync(`${target()}.part`)).toHaveLength(1000)
  })
})

it.runIf(gate)('a server that drips a byte at a time is given up', async () => {
  const drip: Behaviour = ({ response }) => {
    response.writeHead(200, { 'content-length': file.length })
    let sent = 0
    const timer = setInterval(() => response.write(file.subarray(sent, ++sent)), 20)
    response.on('close', () => clearInterval(timer))
  }
  const error = await failure(fetchFrom([drip], { stall: 1000, slowest: 10_000, attempts: 2 }))
  expect(error).toMatchObject({ code: 'download-failed', fault: 'machine' })
  expect(error.message).toMatch(/(only \d+ bytes|nothing) came for 1 s/)
})
