/**
 * Server-sent events: one stream for each reader, with what happens to jobs and in the runs that it watches. Progress
 * that a reader has not taken yet is replaced by newer progress; one who reads too slowly for the rest is let go, and
 * its browser comes back by itself.
 */
import type { StudioEvents } from './api.ts'

export type EventName = keyof StudioEvents

export interface Events {
  /** sends to everybody who reads */
  publish<Name extends EventName>(name: Name, data: StudioEvents[Name]): void
  /** says that runs came, went or changed their state */
  noteRuns(): void
  /** how many read */
  readonly readers: number
  /** a stream of events, which begins with the turn of the runs; undefined where there are too many readers */
  open(): Reader | undefined
  /** says goodbye and ends all streams */
  close(): void
}

export interface Reader {
  readonly stream: ReadableStream<Uint8Array>
  /** `id` comes back in `Last-Event-ID` when the browser connects again */
  send<Name extends EventName>(name: Name, data: StudioEvents[Name], id?: string): void
  /** whether everything that was sent has been taken */
  readonly isIdle: boolean
  /** aborted when the stream ends, whoever ended it */
  readonly signal: AbortSignal
}

/** Streams at once, all tabs of all readers. */
const mostReaders = 512
/** Bytes that wait for one reader. */
const mostWaiting = 8 * 2 ** 20
/** Milliseconds between two signs of life, so that neither side holds a dead connection for long. */
const beatEvery = 15_000

export function createEvents(): Events {
  const readers = new Set<OpenReader>()
  const encoder = new TextEncoder()
  // Another server has other turns, so that a page which outlives a server asks for the list again.
  const started = Date.now().toString(36)
  let changes = 0
  const turn = () => ({ turn: `${started}.${changes}` })
  const beat = setInterval(() => {
    for (const reader of readers) reader.beat()
  }, beatEvery)
  beat.unref()

  const open = (): Reader | undefined => {
    if (readers.size >= mostReaders) return undefined
    const stop = new AbortController()
    let controller: ReadableStreamDefaultController<Uint8Array>
    const end = () => {
      if (!readers.delete(reader)) return
      stop.abort()
      try {
        controller.close()
      } catch {
        // The other side was faster.
      }
    }
    const write = (text: string) => {
      if (!readers.has(reader)) return
      controller.enqueue(encoder.encode(text))
      if ((controller.desiredSize ?? 0) < 0) end()
    }
    const stream = new ReadableStream<Uint8Array>(
      {
        start(given) {
          controller = given
        },
        cancel: end,
      },
      new ByteLengthQueuingStrategy({ highWaterMark: mostWaiting }),
    )
    const reader: OpenReader = {
      stream,
      signal: stop.signal,
      get isIdle() {
        return controller.desiredSize === mostWaiting
      },
      send: (name, data, id) =>
        write(`event: ${name}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`),
      beat: () => write(': \n\n'),
      end,
    }
    readers.add(reader)
    write('retry: 2000\n\n')
    reader.send('runs', turn())
    return reader
  }

  const publish: Events['publish'] = (name, data) => {
    for (const reader of readers) reader.send(name, data)
  }
  return {
    get readers() {
      return readers.size
    },
    open,
    publish,
    noteRuns() {
      changes++
      publish('runs', turn())
    },
    close() {
      clearInterval(beat)
      for (const reader of [...readers]) {
        reader.send('goodbye', {})
        reader.end()
      }
    },
  }
}

interface OpenReader extends Reader {
  beat(): void
  end(): void
}
