/**
 * A real Slurm for tests: a cluster of two nodes on this machine, with one core each as far as jobs are concerned; with
 * accounting where it is asked for, which needs slurmdbd and a MariaDB.
 */
import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import { ended, finds, freePort, idOf, listens, untilUp } from './servers.ts'

/** Its servers read the configuration of a test only where they may start jobs as this user. */
export const hasSlurm = ['slurmctld', 'slurmd', 'sbatch', 'munged'].every(finds) && userInfo().uid === 0

export const hasAccounting =
  hasSlurm &&
  ['slurmdbd', 'sacctmgr', 'mariadbd', 'mariadb-install-db'].every(finds) &&
  idOf('mysql') !== undefined

export interface TestSlurm {
  /** of slurm.conf, for SLURM_CONF */
  config: string
  /** asks scontrol, scancel and the like */
  ask(program: string, ...words: string[]): string
  /** ends the controller, and starts it `milliseconds` later */
  restart(milliseconds: number): Promise<void>
  stop(): Promise<void>
}

interface Server {
  settings: Record<string, string | number>
  stop(): Promise<void>
}

export async function startSlurm({ accounting = false } = {}): Promise<TestSlurm> {
  const folder = mkdtempSync(join('/tmp', 'glasshouse-slurm-'))
  const inside = (name: string) => join(folder, name)
  const [controller, ...nodes] = [await freePort(), await freePort(), await freePort()]
  for (const name of ['state', 'spool-n0', 'spool-n1']) mkdirSync(inside(name))
  // Munge trusts no folder and no key that others can write.
  chmodSync(folder, 0o755)
  writeFileSync(inside('munge.key'), randomBytes(1024), { mode: 0o400 })
  const config = inside('slurm.conf')
  const env = { ...process.env, SLURM_CONF: config }
  const begin = (program: string, ...words: string[]) => spawn(program, words, { stdio: 'ignore', env })
  const files = ['key', 'socket', 'pid', 'log', 'seed']
  const munge = begin(
    'munged',
    '--foreground',
    ...files.map(kind => `--${kind}${kind === 'socket' ? '' : '-file'}=${inside(`munge.${kind}`)}`),
  )
  await untilUp(munge, () => existsSync(inside('munge.socket')))
  const accounts = accounting ? await startAccounting(folder) : undefined
  const host = hostname()
  const settings = {
    ClusterName: 'test',
    SlurmctldHost: `${host}(127.0.0.1)`,
    SlurmUser: 'root',
    // A job that is queued again waits until its credential has run out, two minutes unless this says otherwise.
    AuthInfo: `socket=${inside('munge.socket')},cred_expire=5`,
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
    ...accounts?.settings,
    PreemptType: 'preempt/partition_prio',
    PreemptMode: 'REQUEUE',
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
    'PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP PriorityTier=1',
    'PartitionName=urgent Nodes=ALL MaxTime=INFINITE State=UP PriorityTier=2 PreemptMode=OFF',
  ]
  writeFileSync(config, `${lines.join('\n')}\n`)
  const ask = (program: string, ...words: string[]) =>
    execFileSync(program, words, { encoding: 'utf8', stdio: 'pipe', env })
  if (accounting) ask('sacctmgr', '-i', 'add', 'cluster', 'test')
  let master = begin('slurmctld', '-D', '-c')
  const daemons = nodes.map((_, index) => begin('slurmd', '-D', '-c', '-N', `n${index}`))
  const isIdle = () => {
    try {
      return ask('sinfo', '-h', '-p', 'main', '-o', '%T %D').trim() === 'idle 2'
    } catch {
      return false
    }
  }
  await untilUp(master, isIdle)
  return {
    config,
    ask,
    async restart(milliseconds) {
      await ended(master)
      await new Promise(done => setTimeout(done, milliseconds))
      master = begin('slurmctld', '-D')
    },
    async stop() {
      ask('scancel', '-u', 'root', '--signal=KILL', '--full')
      for (const daemon of [...daemons, master]) await ended(daemon)
      await accounts?.stop()
      await ended(munge)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A database, and the daemon between it and Slurm. */
async function startAccounting(folder: string): Promise<Server> {
  const inside = (name: string) => join(folder, name)
  const [port, dbPort] = [await freePort(), await freePort()]
  const data = inside('mariadb')
  const owner = idOf('mysql')
  mkdirSync(data)
  if (owner) chownSync(data, owner.uid, owner.gid)
  // The folder of the tests is closed to other users.
  const common = ['--no-defaults', '--user=mysql', `--datadir=${data}`, `--tmpdir=${data}`]
  execFileSync(
    'mariadb-install-db',
    [...common, '--skip-test-db', '--auth-root-authentication-method=normal'],
    {
      stdio: 'pipe',
    },
  )
  const socket = join(data, 'mariadb.sock')
  const network = [`--port=${dbPort}`, '--bind-address=127.0.0.1', `--socket=${socket}`]
  const database = spawn('mariadbd', [...common, ...network, `--pid-file=${join(data, 'pid')}`], {
    stdio: 'ignore',
  })
  await untilUp(database, () => listens(dbPort))
  const user = "CREATE USER slurm@'127.0.0.1'; GRANT ALL ON *.* TO slurm@'127.0.0.1';"
  execFileSync('mariadb', ['--no-defaults', '-u', 'root', `--socket=${socket}`, '-e', user], {
    stdio: 'pipe',
  })
  const settings = {
    AuthType: 'auth/munge',
    AuthInfo: `socket=${inside('munge.socket')}`,
    DbdHost: 'localhost',
    DbdAddr: '127.0.0.1',
    DbdPort: port,
    SlurmUser: 'root',
    StorageType: 'accounting_storage/mysql',
    StorageHost: '127.0.0.1',
    StoragePort: dbPort,
    StorageUser: 'slurm',
    StorageLoc: 'slurm',
    LogFile: inside('slurmdbd.log'),
    PidFile: inside('slurmdbd.pid'),
  }
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`)
  writeFileSync(inside('slurmdbd.conf'), lines.join(''), { mode: 0o600 })
  // It looks for its own file beside this one.
  const env = { ...process.env, SLURM_CONF: inside('slurm.conf') }
  const daemon = spawn('slurmdbd', ['-D'], { stdio: 'ignore', env })
  await untilUp(daemon, () => listens(port))
  return {
    settings: {
      AccountingStorageType: 'accounting_storage/slurmdbd',
      AccountingStorageHost: '127.0.0.1',
      AccountingStoragePort: port,
      // So it calls the socket of a munge that is not the usual one.
      AccountingStoragePass: inside('munge.socket'),
      AccountingStorageEnforce: 'limits,qos',
    },
    async stop() {
      await ended(daemon)
      database.kill('SIGTERM')
      await ended(database)
    },
  }
}
