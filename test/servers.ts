/** Real servers for tests, each with a folder and a port of its own; undefined where the program is not installed. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { connect, createServer } from 'node:net'
import { hostname, tmpdir, userInfo } from 'node:os'
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

/** Its servers read the configuration of a test only where they may start jobs as this user. */
export const hasSlurm = ['slurmctld', 'slurmd', 'sbatch', 'munged'].every(finds) && userInfo().uid === 0

function finds(program: string): boolean {
  return (process.env.PATH ?? '').split(':').some(folder => existsSync(join(folder, program)))
}

function newestPostgres(): string | undefined {
  const root = '/usr/lib/postgresql'
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : []
  return versions.map(version => join(root, version, 'bin')).find(path => existsSync(join(path, 'initdb')))
}

/** PostgreSQL refuses to run as root. */
function idOf(user: string): { uid: number; gid: number } | undefined {
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

export interface TestSlurm {
  /** of slurm.conf, for SLURM_CONF */
  config: string
  /** asks scontrol, scancel and the like */
  ask(program: string, ...words: string[]): string
  stop(): Promise<void>
}

/** A cluster of two nodes on this machine, with one core each as far as jobs are concerned, and no accounting. */
export async function startSlurm(): Promise<TestSlurm> {
  const folder = mkdtempSync(join('/tmp', 'glasshouse-slurm-'))
  const inside = (name: string) => join(folder, name)
  const [controller, ...nodes] = [await freePort(), await freePort(), await freePort()]
  for (const name of ['state', 'spool-n0', 'spool-n1']) mkdirSync(inside(name))
  // Munge trusts no folder and no key that others can write.
  chmodSync(folder, 0o755)
  writeFileSync(inside('munge.key'), randomBytes(1024), { mode: 0o400 })
  const config = inside('slurm.conf')
  const host = hostname()
  const settings = {
    ClusterName: 'test',
    SlurmctldHost: `${host}(127.0.0.1)`,
    SlurmUser: 'root',
    AuthInfo: `socket=${inside('munge.socket')}`,
    SlurmctldPort: controller,
    StateSaveLocation: inside('state'),
    SlurmctldPidFile: inside('slurmctld.pid'),
    SlurmdPidFile: inside('slurmd-%n.pid'),
    SlurmdSpoolDir: inside('spool-%n'),
    SlurmctldLogFile: inside('slurmctld.log'),
    SlurmdLogFile: inside('slurmd-%n.log'),
    ProctrackType: 'proctrack/linuxproc',
    TaskPlugin: 'task/none',
    SelectType: 'select/cons_tres',
    SelectTypeParameters: 'CR_Core_Memory',
    SchedulerParameters: 'sched_interval=1,batch_sched_delay=0,bf_interval=2',
    JobAcctGatherType: 'jobacct_gather/none',
    AccountingStorageType: 'accounting_storage/none',
    ReturnToService: 2,
    MaxArraySize: 100,
    // Ended jobs are forgotten, and nodes that are silent given up, sooner than anywhere else.
    MinJobAge: 10,
    KillWait: 5,
    SlurmdTimeout: 10,
    MailProg: '/bin/true',
  }
  const lines = [
    ...Object.entries(settings).map(([key, value]) => `${key}=${value}`),
    ...nodes.map(
      (port, index) =>
        `NodeName=n${index} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${port} CPUs=1 RealMemory=2000`,
    ),
    'PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP',
  ]
  writeFileSync(config, `${lines.join('\n')}\n`)
  const env = { ...process.env, SLURM_CONF: config }
  const begin = (program: string, ...words: string[]) => spawn(program, words, { stdio: 'ignore', env })
  const files = ['key', 'socket', 'pid', 'log', 'seed']
  const munge = begin(
    'munged',
    '--foreground',
    ...files.map(kind => `--${kind}${kind === 'socket' ? '' : '-file'}=${inside(`munge.${kind}`)}`),
  )
  await untilUp(munge, () => existsSync(inside('munge.socket')))
  const master = begin('slurmctld', '-D', '-c')
  const daemons = nodes.map((_, index) => begin('slurmd', '-D', '-c', '-N', `n${index}`))
  const ask = (program: string, ...words: string[]) =>
    execFileSync(program, words, { encoding: 'utf8', stdio: 'pipe', env })
  const isIdle = () => {
    try {
      return ask('sinfo', '-h', '-o', '%T %D').trim() === 'idle 2'
    } catch {
      return false
    }
  }
  await untilUp(master, isIdle)
  return {
    config,
    ask,
    async stop() {
      ask('scancel', '-u', 'root', '--signal=KILL', '--full')
      for (const daemon of [...daemons, master, munge]) await ended(daemon)
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

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        typeof address === 'object' && address ? done(address.port) : fail(new Error('no port')),
      )
    })
  })
}

/** Waits for a server to be up; one that is not in half a minute is ended. */
async function untilUp(
  server: ReturnType<typeof spawn>,
  isUp: () => boolean | Promise<boolean>,
): Promise<void> {
  for (const end = Date.now() + 30_000; Date.now() < end; ) {
    if (await isUp()) return
    await new Promise(done => setTimeout(done, 100))
  }
  await ended(server)
  throw new Error(`${server.spawnfile} does not come up`)
}

const listens = (port: number): Promise<boolean> =>
  new Promise(done => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      done(true)
    }).on('error', () => done(false))
  })
