/** Real servers for tests, each with a folder and a port of its own; undefined where the program is not installed. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'

export interface TestServer {
  url: string
  stop(): Promise<void>
}

export const password = 'open-sesame-471'

export const hasRedis = finds('redis-server')
const postgresPrograms = newestPostgres()
export const hasPostgres =
  postgresPrograms !== undefined && (userInfo().uid !== 0 || idOf('postgres') !== undefined)

export function finds(program: string): boolean {
  return (process.env.PATH ?? '').split(':').some(folder => existsSync(join(folder, program)))
}

function newestPostgres(): string | undefined {
  const root = '/usr/lib/postgresql'
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : []
  return versions.map(version => join(root, version, 'bin')).find(path => existsSync(join(path, 'initdb')))
}

/** PostgreSQL refuses to run as root. */
export function idOf(user: string): { uid: number; gid: number } | undefined {
  try {
    const id = (flag: string) => Number(execFileSync('id', [flag, user], { encoding: 'utf8', stdio: 'pipe' }))
    return { uid: id('-u'), gid: id('-g') }
  } catch {
    return undefined
  }
}

export async function startRedis(): Promise<TestServer> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'glasshouse-redis-'))
  const words = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--requirepass',
    password,
    '--save',
    '',
  ]
  const child = spawn('redis-server', [...words, '--appendonly', 'yes'], { stdio: 'ignore' })
  await untilUp(child, () => listens(port))
  return {
    url: `redis://:${password}@127.0.0.1:${port}`,
    stop: () => ended(child),
  }
}

export async function startPostgres(): Promise<TestServer> {
  const port = await freePort()
  const owner = userInfo().uid === 0 ? idOf('postgres') : undefined
  // The folder of the tests is closed to other users.
  const folder = mkdtempSync(join(owner ? '/tmp' : tmpdir(), 'glasshouse-postgres-'))
  const secret = join(folder, 'password')
  writeFileSync(secret, password)
  if (owner) chownSync(folder, owner.uid, owner.gid)
  const as = { ...owner, cwd: folder }
  const data = join(folder, 'data')
  const bin = postgresPrograms ?? ''
  execFileSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'lab', '-A', 'scram-sha-256', '--pwfile', secret, '--no-sync'],
    {
      ...as,
      stdio: 'pipe',
    },
  )
  const settings = [
    '-c',
    'listen_addresses=127.0.0.1',
    '-c',
    'fsync=off',
    '-c',
    `unix_socket_directories=${folder}`,
  ]
  const child = spawn(join(bin, 'postgres'), ['-D', data, '-p', String(port), ...settings], {
    ...as,
    stdio: 'ignore',
  })
  // It listens before it answers.
  await untilUp(child, () => isReady(join(bin, 'pg_isready'), port))
  return {
    url: `postgres://lab:${password}@127.0.0.1:${port}/postgres`,
    async stop() {
      await ended(child)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function isReady(program: string, port: number): boolean {
  try {
    execFileSync(program, ['-h', '127.0.0.1', '-p', String(port)], { stdio: 'pipe' })
    return true
  } catch {
    return false
  }
}

/** Ends a process as Ctrl-C does, and waits until it is gone; at once where it is gone already. */
export function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  const gone = new Promise<void>(done => child.once('exit', () => done()))
  child.kill('SIGINT')
  return gone
}

export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        typeof address === 'object' && address ? done(address.port) : fail(new Error('no port')),
      )
    })
  })
}

/** Waits for a server to be up; one that is not in two minutes, on a machine with other work, is ended. */
export async function untilUp(
  server: ReturnType<typeof spawn>,
  isUp: () => boolean | Promise<boolean>,
): Promise<void> {
  for (const end = Date.now() + 120_000; Date.now() < end; ) {
    if (await isUp()) return
    await new Promise(done => setTimeout(done, 100))
  }
  await ended(server)
  throw new Error(`${server.spawnfile} does not come up`)
}

export const listens = (port: number): Promise<boolean> =>
  new Promise(done => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      done(true)
    }).on('error', () => done(false))
  })
