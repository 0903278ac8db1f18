/** A local HTTP server that serves one file as badly as a test wants it. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'

export interface Answer {
  /** the range that was asked for begins here; 0 without one */
  from: number
  request: IncomingMessage
  response: ServerResponse
}

/** Answers to one request after the other; the last one stays. */
export type Behaviour = (answer: Answer) => void

export interface UnreliableServer {
  url: string
  /** what was asked: the Range and If-Range headers of every request */
  asked: { range?: string; ifRange?: string }[]
  close(): Promise<void>
}

export async function serve(...behaviours: [Behaviour, ...Behaviour[]]): Promise<UnreliableServer> {
  const asked: UnreliableServer['asked'] = []
  const server = createServer((request, response) => {
    const behaviour = behaviours[Math.min(asked.length, behaviours.length - 1)]
    const { range, 'if-range': ifRange } = request.headers
    asked.push({ range, ifRange: ifRange as string | undefined })
    behaviour({ from: Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0), request, response })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/weights.pth`,
    asked,
    close: () =>
      new Promise(resolve => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

const headersOf = (file: Uint8Array, etag: string, from: number) => ({
  etag,
  'content-length': file.length - from,
  ...(from > 0 && { 'content-range': `bytes ${from}-${file.length - 1}/${file.length}` }),
})

/** As it should be: ranges, and the whole file where it is no longer the one that If-Range names. */
export const wholly =
  (file: Uint8Array, etag = '"1"'): Behaviour =>
  ({ from, request, response }) => {
    const condition = request.headers['if-range']
    const start = condition === undefined || condition === etag ? from : 0
    if (start > 0 && start >= file.length) {
      response.writeHead(416, { 'content-range': `bytes */${file.length}` }).end()
      return
    }
    response.writeHead(start > 0 ? 206 : 200, headersOf(file, etag, start)).end(file.subarray(start))
  }

/** The next `bytes` of it, then the connection breaks. */
export const truncated =
  (file: Uint8Array, bytes: number, etag = '"1"'): Behaviour =>
  ({ from, response }) => {
    response.writeHead(from > 0 ? 206 : 200, headersOf(file, etag, from))
    response.write(file.subarray(from, from + bytes), async () => {
      // The client shares this event loop; what it has not read when the connection breaks is lost to it. On a busy
      // machine one pause may end before its turn to read has come.
      for (let turn = 0; turn < 10; turn++) await setTimeout(10)
      response.destroy()
    })
  }

/** The next `bytes` of it, then nothing, and the connection stays open. */
export const stalled =
  (file: Uint8Array, bytes: number, etag = '"1"'): Behaviour =>
  ({ from, response }) => {
    response.writeHead(from > 0 ? 206 : 200, headersOf(file, etag, from))
    response.write(file.subarray(from, from + bytes))
  }

/** The whole file, whatever part was asked for. */
export const withoutRanges =
  (file: Uint8Array): Behaviour =>
  ({ response }) =>
    void response.writeHead(200, { 'content-length': file.length }).end(file)

/** A part from somewhere else than asked. */
export const elsewhere =
  (file: Uint8Array, at: number): Behaviour =>
  ({ response }) =>
    void response.writeHead(206, headersOf(file, '"1"', at)).end(file.subarray(at))

export const status =
  (code: number, headers: Record<string, string> = {}): Behaviour =>
  ({ response }) =>
    void response.writeHead(code, headers).end('no')
