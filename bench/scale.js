// node bench/scale.js [WHAT...]: what runners cost beside the work. Units compute nothing, in the process of the worker.
//   list      10,000 units of one list, which is what jobs of Slurm take, by two workers
//   redis     10,000 units over Redis, where redis-server is installed
//   postgres  10,000 units over PostgreSQL, where it is installed
//   local     10,000 runs of a sweep that end at once
//   contend   1,000 workers for 2,000 units of one list
//   plan      embed of a list of 10,000,000 paths (PATHS) until the first shard would be made, twice: sorted, and in no order
import { spawn } from 'node:child_process'
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { createWork } from '../dist/base/work.js'
import { writeList } from '../dist/runs/units/list.node.js'
import { workOn } from '../dist/runs/units/pilot.node.js'
import { childrenOf, has } from './disturb.js'
import { computeFor, contentOf, unitsIn } from './no-op-units.js'
import { startPostgres, startRedis } from './servers.js'

const many = Number(process.env.UNITS ?? 10_000)
const worker = new URL('./no-op-worker.js', import.meta.url).pathname
const folderFor = what => mkdtempSync(join(tmpdir(), `glasshouse-scale-${what}-`))
const begin = words => spawn(process.execPath, words.map(String), { stdio: ['ignore', 'ignore', 'inherit'] })
const ended = child => new Promise(done => child.on('close', done))
const made = folder => (existsSync(join(folder, 'shards')) ? readdirSync(join(folder, 'shards')).length : 0)

const measures = {
  async list() {
    const folder = folderFor('list')
    await writeList(folder, unitsIn(folder, many))
    const workers = [0, 1].map(() => begin([worker, folder, many, 0, 30]))
    let processor = 0
    const seconds = await timed(async () => {
      while (made(folder) < many) {
        await setTimeout(100)
        processor = Math.max(processor, processorSeconds(workers))
      }
    })
    for (const child of workers) child.kill('SIGKILL')
    return `${done(folder, seconds)}, ${perUnit(processor)}`
  },

  async redis() {
    if (!has('redis-server')) return 'skipped: redis-server is not installed'
    return overQueue(await startRedis())
  },

  async postgres() {
    const postgres = await startPostgres()
    return postgres ? overQueue(postgres) : 'skipped: PostgreSQL is not installed'
  },

  async local() {
    const [{ runAll }, { planSweep, readSpec }] = await Promise.all([
      import('../dist/runs/sweep/queue.node.js'),
      import('../dist/runs/sweep/plan.js'),
    ])
    const folder = folderFor('local')
    const spec = {
      data: folder,
      grid: {
        lr: Array.from({ length: 100 }, (_, i) => 0.001 * (i + 1)),
        seed: Array.from({ length: many / 100 }, (_, i) => i),
      },
    }
    const planned = planSweep(readSpec(JSON.stringify(spec), 'spec'), 'spec')
    const runner = { run: async () => ({ status: /** @type {const} */ ('finished') }) }
    const place = { folder, data: folder, threads: 1, parallel: 2, runner, work: createWork(), changed() {} }
    const seconds = await timed(() => runAll(planned, place))
    rmSync(folder, { recursive: true, force: true })
    return `${many} runs, ${seconds.toFixed(1)} s, ${((1000 * seconds) / many).toFixed(2)} ms each`
  },

  async contend() {
    const [workers, units] = [Number(process.env.WORKERS ?? 1000), 2000]
    const folder = folderFor('contend')
    const compute = computeFor(units, 0)
    const counts = new Map()
    const counting = async (words, signal) => {
      const index = words[words.indexOf('--part') + 1]
      counts.set(index, (counts.get(index) ?? 0) + 1)
      return compute(words, signal)
    }
    await writeList(folder, unitsIn(folder, units))
    const wishes = { parallel: 1, folders: [folder], lease: 600, idle: 0, compute: counting }
    const seconds = await timed(() =>
      Promise.all(Array.from({ length: workers }, () => workOn(folder, createWork(), wishes))),
    )
    const twice = [...counts.values()].filter(count => count > 1).length
    return `${workers} workers, ${twice} units done twice, ${done(folder, seconds, units)}`
  },

  async plan() {
    const paths = Number(process.env.PATHS ?? 10_000_000)
    const folder = folderFor('plan')
    const said = []
    for (const order of ['sorted', 'in no order']) {
      const list = join(folder, 'list.csv')
      writePaths(list, paths, order === 'sorted' ? 1 : 7919)
      // The whole command, up to the jobs that it would submit.
      const words = [
        'embed',
        'small',
        list,
        '--shard',
        1000,
        '--on',
        'slurm',
        '--partition',
        'cpu',
        '--dry-run',
      ]
      const program = new URL('../bin/glasshouse.js', import.meta.url).pathname
      const child = spawn(
        process.execPath,
        ['--import', sayUsage, program, ...words.map(String), '--out', join(folder, 'out')],
        { stdio: ['ignore', 'ignore', 'pipe'] },
      )
      let last = ''
      child.stderr.on('data', part => {
        last = String(part).trim().split('\n').at(-1)
      })
      const seconds = await timed(() => ended(child))
      said.push(`${order}: ${last}, ${seconds.toFixed(0)} s by the clock`)
    }
    rmSync(folder, { recursive: true, force: true })
    return `${paths} paths, ${said.join('; ')}`
  },
}

async function overQueue({ url, server, stop }) {
  const [{ queueAddress }, { openQueueSubmitter }] = await Promise.all([
    import('../dist/runs/queue/address.js'),
    import('../dist/runs/queue/submit.node.js'),
  ])
  const folder = folderFor('queue')
  const submitter = await openQueueSubmitter(queueAddress(url), createWork())
  const workers = [0, 1].map(() => begin([worker, folder, many, 0, 30, url]))
  const before = process.cpuUsage()
  const seconds = await timed(() => Promise.all(unitsIn(folder, many).map(unit => submitter.ask(unit))))
  const { user, system } = process.cpuUsage(before)
  const parts = {
    workers: processorSeconds(workers),
    command: (user + system) / 1e6,
    server: serverSeconds(server),
  }
  for (const child of workers) child.kill('SIGKILL')
  await submitter.close()
  await stop()
  const cost = Object.entries(parts).map(([part, spent]) => `${perUnit(spent)} of the ${part}`)
  return `${done(folder, seconds)}, ${cost.join(', ')}`
}

/** PostgreSQL has a process for each connection. */
const serverSeconds = server => processorSeconds([server, ...childrenOf(server.pid).map(pid => ({ pid }))])

const sayUsage = `data:text/javascript,process.on('exit',()=>{const{userCPUTime:u,systemCPUTime:s,maxRSS}=process.resourceUsage();console.error(((u+s)/1e6).toFixed(1)+' s of the processor, '+(maxRSS/1024).toFixed(0)+' MB')})`

/** @param step without a common divisor with `count`; 1 for paths in their order */
function writePaths(list, count, step) {
  const file = openSync(list, 'w')
  let lines = ['path,label']
  for (let i = 0; i < count; i++) {
    const at = (i * step) % count
    const folder = String(Math.floor(at / 10_000)).padStart(4, '0')
    lines.push(`images/${folder}/${String(at).padStart(8, '0')}.jpg,class${folder}`)
    if (lines.length < 10_000 && i < count - 1) continue
    writeSync(file, `${lines.join('\n')}\n`)
    lines = []
  }
  closeSync(file)
}

/** What the system counts, in hundredths of a second, of processes that are running. */
const processorSeconds = children =>
  children.reduce((sum, { pid }) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    return sum + (Number(fields[11]) + Number(fields[12])) / 100
  }, 0)

const perUnit = seconds => `${((1000 * seconds) / many).toFixed(1)} ms of the processor`

async function timed(work) {
  const started = performance.now()
  await work()
  return (performance.now() - started) / 1000
}

function done(folder, seconds, units = many) {
  const count = made(folder)
  const bytes = contentOf(0).length
  rmSync(folder, { recursive: true, force: true })
  return `${count} of ${units} units, ${seconds.toFixed(1)} s, ${((1000 * seconds) / units).toFixed(2)} ms each (${bytes} bytes written by each)`
}

const asked = process.argv.slice(2)
for (const [name, measure] of Object.entries(measures))
  if (!asked.length || asked.includes(name)) console.log(`${name}: ${await measure()}`)
process.exit(0)
