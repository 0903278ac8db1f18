/** Starts the studio on a socket, and stops it in order. */
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { homedir } from 'node:os'
import { join, parse, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { getRequestListener } from '@hono/node-server'
import { GlasshouseError } from '../base/errors.ts'
import { requireFolder } from '../base/files.node.ts'
import { createWork } from '../base/work.ts'
import { type Lock, lockFolder } from '../runs/lock.node.ts'
import { createApp } from './app.ts'
import { createDataIndexes } from './data-index.ts'
import { errorOf } from './errors.ts'
import { createEvents } from './events.ts'
import { createFolders } from './folders.ts'
import { bracketed, type Guard, hostsOf, isLoopback } from './guard.ts'
import { closedQueue, openQueue } from './jobs/queue.ts'
import { uploadsFolder } from './routes/upload.ts'
import { createCatalogue } from './run-catalogue.ts'
import type { Studio } from './studio.ts'
import { watchList } from './watch.ts'

export interface StudioOptions {
  /** the runs folder; made where it is missing, unless read-only */
  folder: string
  /** 0 takes any free one */
  port: number
  /** the address or name to listen on */
  host: string
  readOnly: boolean
  /** folders that data, images and models may come from; see `rootsOf` where none is named */
  data?: readonly string[]
  /** where relative paths start, and jobs run */
  base?: string
  /** the built page */
  page?: string
  /** a line for whoever started the studio */
  note(text: string): void
}

export interface RunningStudio {
  /** with its token: whoever has it may do everything that the studio may */
  url: string
  port: number
  token: string
  /** ends event streams and jobs, answers what was asked, and closes; jobs go on when the studio starts again */
  close(): Promise<void>
}

const builtPage = fileURLToPath(new URL('../../dist/studio/', import.meta.url))

export async function startStudio({
  folder,
  port,
  host,
  readOnly,
  data,
  base = process.cwd(),
  page = builtPage,
  note,
}: StudioOptions): Promise<RunningStudio> {
  const runs = resolve(base, folder)
  const own = join(runs, '.studio')
  if (readOnly) requireFolder(runs)
  const roots = rootsOf(data, base, host, note)
  const lock = readOnly ? undefined : await lockStudio(own)
  const events = createEvents()
  try {
    const stop = new AbortController()
    const work = createWork({ signal: stop.signal })
    const folders = await createFolders(base, runs, roots, [uploadsFolder(own)])
    const studio: Studio = {
      readOnly,
      folders,
      indexes: createDataIndexes(folders),
      catalogue: createCatalogue(runs, work, readOnly ? undefined : join(own, 'runs.json')),
      queue: readOnly
        ? closedQueue()
        : await openQueue({ runs, own, base, within: folders.readable(), events, note }),
      events,
      page,
      own,
      work,
    }
    const token = await tokenIn(own, readOnly)
    const server = serverOf(studio, { token, hosts: hostsOf(host) }, note)
    const listening = await listen(server, host, port)
    studio.queue.start()
    // Read while the page is being opened: of a thousand runs that takes a second or more the first time.
    studio.catalogue.list().catch(() => {})
    void watchList(studio, stop.signal)
    return {
      port: listening,
      token,
      url: `http://${bracketed(shownHost(host))}:${listening}/?token=${token}`,
      async close() {
        events.close()
        await studio.queue.close()
        lock?.release()
        stop.abort(new GlasshouseError({ code: 'stopped', what: 'the studio was stopped' }))
        await closed(server)
      },
    }
  } catch (error) {
    events.close()
    lock?.release()
    throw error
  }
}

function serverOf(studio: Studio, guarded: Guard, note: StudioOptions['note']): Server {
  const app = createApp(studio, guarded, error =>
    note(`a fault while answering: ${error instanceof Error ? error.stack : error}`),
  )
  const server = createServer(
    {
      headersTimeout: 10_000,
      requestTimeout: 31 * 60_000,
      keepAliveTimeout: 65_000,
      connectionsCheckingInterval: 2000,
    },
    getRequestListener(app.fetch, {
      overrideGlobalObjects: false,
      // What is no request that can be understood: a bad Host, a backslash in the path.
      errorHandler: () => Response.json(errorOf(badRequest()).body, { status: 400 }),
    }),
  )
  server.maxConnections = 4096
  return server
}

const badRequest = () =>
  new GlasshouseError({ code: 'body-malformed', what: 'this is not a request that can be understood' })

/**
 * Where data may come from: what was named, else the folder that the studio was started in. That would be too much
 * where it is the user's home or the whole disk, or where others can ask.
 */
function rootsOf(
  data: readonly string[] | undefined,
  base: string,
  host: string,
  note: StudioOptions['note'],
): string[] {
  for (const root of data ?? []) requireFolder(resolve(base, root))
  if (data?.length) return data.map(root => resolve(base, root))
  const isWide = resolve(base) === resolve(homedir()) || resolve(base) === parse(resolve(base)).root
  if (!isWide && isLoopback(host)) return [base]
  const why = isWide ? `${base} is too much to show` : 'others on the network can ask'
  note(`Images outside the runs folder are not shown (${why}); --data DIR names folders to show them from.`)
  return []
}

/** One studio at a time carries jobs out in a folder; a killed one leaves no lock that holds. */
async function lockStudio(own: string): Promise<Lock> {
  await mkdir(own, { recursive: true })
  return lockFolder(own).catch(error => {
    if (!(error instanceof GlasshouseError) || error.code !== 'run-locked') throw error
    throw error.with({
      what: 'another studio serves this folder',
      hint: 'Open its link, or start this one with --read-only',
    })
  })
}

/** The same after a restart, so that an open page goes on; readable by its owner alone. */
async function tokenIn(own: string, readOnly: boolean): Promise<string> {
  const fresh = randomBytes(24).toString('base64url')
  if (readOnly) return fresh
  const path = join(own, 'token')
  const kept = await readFile(path, 'utf8').catch(() => '')
  if (/^[\w-]{32}$/.test(kept)) return kept
  await writeFile(path, fresh, { mode: 0o600 })
  return fresh
}

/** A browser cannot open the address that stands for all addresses. */
const shownHost = (host: string): string => (host === '0.0.0.0' || host === '::' ? 'localhost' : host)

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) => fail(listenError(error, host, port)))
    // A thousand may knock at once.
    server.listen({ port, host, backlog: 4096 }, () => {
      const address = server.address()
      done(typeof address === 'object' && address ? address.port : port)
    })
  })
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): unknown {
  const reasons: Record<string, { what: string; hint: string }> = {
    EADDRINUSE: {
      what: 'another program listens on this port',
      hint: 'Name another with --port, or 0 for any that is free',
    },
    EACCES: { what: 'this port needs more rights', hint: 'Name one above 1023 with --port' },
    EADDRNOTAVAIL: {
      what: 'this machine does not have this address',
      hint: 'Name one of its own with --host',
    },
    ENOTFOUND: {
      what: 'no machine of this name is known',
      hint: 'Name an address of this machine with --host',
    },
  }
  const reason = reasons[error.code ?? '']
  if (!reason) return error
  return new GlasshouseError({ code: 'listen-failed', where: `${host}:${port}`, cause: error, ...reason })
}

/** Answers that are under way may end; connections that are left after two seconds are cut. */
async function closed(server: Server): Promise<void> {
  const done = new Promise<void>(end => server.close(() => end()))
  server.closeIdleConnections()
  const cut = setTimeout(() => server.closeAllConnections(), 2000)
  await done
  clearTimeout(cut)
}
