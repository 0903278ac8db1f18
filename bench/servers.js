// Real servers of queues for measurements and faults, each with a folder and a port of its own.
import { execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { endAll, isRoot } from './disturb.js'

/** A Redis that keeps what it was given, on this address and the machine's own. */
export async function startRedis(host = '127.0.0.1') {
  const port = await freePort()
  const home = mkdtempSync(join(tmpdir(), 'glasshouse-faults-redis-'))
  const addresses = [...new Set([host, '127.0.0.1'])]
  const kept = ['--dir', home, '--appendonly', 'yes', '--save', '']
  const words = ['--port', String(port), '--bind', ...addresses, '--protected-mode', 'no', ...kept]
  const begin = () => spawn('redis-server', words, { stdio: 'ignore' })
  let server = begin()
  await setTimeout(1000)
  return {
    server,
    url: `redis://${host}:${port}`,
    /** for those who are not behind the network that is cut */
    here: `redis://127.0.0.1:${port}`,
    async restart() {
      server.kill('SIGKILL')
      await setTimeout(1000)
      server = begin()
      await setTimeout(500)
    },
    async stop() {
      await endAll([server])
      rmSync(home, { recursive: true, force: true })
    },
  }
}

/** A PostgreSQL with its usual settings; undefined where it is not installed. As root it runs as the user postgres. */
export async function startPostgres() {
  const root = '/usr/lib/postgresql'
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : []
  const bin = versions
    .map(version => join(root, version, 'bin'))
    .find(path => existsSync(join(path, 'initdb')))
  if (bin === undefined) return undefined
  const id = flag => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  const owner = isRoot ? { uid: id('-u'), gid: id('-g') } : undefined
  const home = mkdtempSync(join('/tmp', 'glasshouse-bench-postgres-'))
  if (owner) chownSync(home, owner.uid, owner.gid)
  const as = { ...owner, cwd: home, stdio: /** @type {const} */ ('ignore') }
  const data = join(home, 'data')
  execFileSync(join(bin, 'initdb'), ['-D', data, '-U', 'lab', '-A', 'trust'], as)
  const port = await freePort()
  const settings = ['-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=${home}`]
  const server = spawn(join(bin, 'postgres'), ['-D', data, '-p', String(port), ...settings], as)
  await setTimeout(3000)
  return {
    server,
    url: `postgres://lab@127.0.0.1:${port}/postgres`,
    async stop() {
      await endAll([server])
      rmSync(home, { recursive: true, force: true })
    },
  }
}

function freePort() {
  return new Promise(done => {
    const server = createServer().listen(0, () => {
      const address = server.address()
      server.close(() => done(typeof address === 'object' ? address?.port : undefined))
    })
  })
}
