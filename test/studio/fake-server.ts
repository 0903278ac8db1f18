/**
 * A studio's server from memory: the page as it is built, and answers that a test makes up, such as a thousand runs or
 * names that hold markup. What the real server does is tested beside it and by the walk.
 */
import { existsSync, readFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import type { Job, StudioEvents, StudioState } from '../../src/server/api.ts'
import { pagePolicy } from '../../src/server/guard.ts'
import { mediaType } from '../../src/server/media-types.ts'

const built = join(import.meta.dirname, '../../dist/studio')

/** By path: what is answered as JSON, or bytes with their type. */
export type Answers = Record<string, (ask: URLSearchParams, body: unknown, bytes: Buffer) => unknown>
export class Raw {
  constructor(
    readonly type: string,
    readonly bytes: Uint8Array,
  ) {}
}

export const state: StudioState = {
  version: '0.1.0',
  readOnly: false,
  folder: '/home/ada',
  runs: '/home/ada/runs',
  dataRoots: ['/home/ada'],
  cores: 2,
  queue: { atOnce: 1 },
  limits: { upload: 2 ** 26 },
}

export interface FakeStudio {
  origin: string
  answers: Answers
  /** as they stand, with all that was said of them: a stream begins with them */
  jobs: Job[]
  /** what was asked for, in order */
  asked: string[]
  /** says it to the page, at once or, as the real server does, at the beginning of the stream that it opens next */
  emit<Name extends keyof StudioEvents>(name: Name, data: StudioEvents[Name]): void
  /** says that runs came or went */
  noteRuns(): void
  /** cuts all event streams, as a lost connection does */
  cut(): void
  close(): void
}

export function fakeStudio(answers: Answers): FakeStudio {
  const streams = new Set<ServerResponse>()
  const asked: string[] = []
  let changes = 0
  const all: Answers = {
    '/api/state': () => state,
    '/api/jobs': () => ({ jobs: studio.jobs }),
    '/api/runs': () => ({ runs: [] }),
    '/api/commands': () => ({ commands: [] }),
    ...answers,
  }
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    asked.push(`${request.method} ${pathname}`)
    if (pathname === '/api/events') {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' })
      streams.add(response)
      response.on('close', () => streams.delete(response))
      send(response, 'runs', { turn: String(changes) })
      send(response, 'jobs', { jobs: studio.jobs })
      return
    }
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const bytes = Buffer.concat(chunks)
    const text = bytes.subarray(0, 2 ** 20).toString()
    const answer = all[pathname] ?? all[`/${pathname.split('/')[1]}/*`]
    if (answer) {
      const value = await answer(searchParams, text.startsWith('{') ? JSON.parse(text) : undefined, bytes)
      if (value instanceof Raw) response.writeHead(200, { 'Content-Type': value.type }).end(value.bytes)
      else if (value === undefined)
        response
          .writeHead(404, { 'Content-Type': 'application/json' })
          .end(JSON.stringify({ error: { code: 'no-such-route', message: 'there is nothing here' } }))
      else response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(value))
      return
    }
    const file = join(built, pathname)
    const path = extname(pathname) && existsSync(file) ? file : join(built, 'index.html')
    response
      .writeHead(200, {
        'Content-Type': mediaType(path),
        'Content-Security-Policy': pagePolicy,
        'Cross-Origin-Opener-Policy': 'same-origin',
        'Cross-Origin-Embedder-Policy': 'require-corp',
        'Cross-Origin-Resource-Policy': 'same-origin',
      })
      .end(readFileSync(path))
  }).listen(0)
  server.unref()
  const studio: FakeStudio = {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    answers: all,
    jobs: [],
    asked,
    emit(name, data) {
      studio.jobs = after(studio.jobs, { [name]: data })
      for (const stream of streams) send(stream, name, data)
    },
    noteRuns: () => studio.emit('runs', { turn: String(++changes) }),
    cut() {
      for (const stream of streams) stream.destroy()
    },
    close() {
      for (const stream of streams) stream.destroy()
      server.close()
    },
  }
  return studio
}

function send<Name extends keyof StudioEvents>(
  to: ServerResponse,
  name: Name,
  data: StudioEvents[Name],
): void {
  to.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`)
}

function after(jobs: readonly Job[], { job, progress, forgotten }: Partial<StudioEvents>): Job[] {
  const known = job && jobs.every(({ id }) => id !== job.id) ? [job, ...jobs] : jobs
  return known
    .filter(({ id }) => id !== forgotten?.job)
    .map(one => {
      if (one.id === job?.id) return job
      if (one.id !== progress?.job) return one
      const { job: _, ...rest } = progress
      return { ...one, ...rest }
    })
}
