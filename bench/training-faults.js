// node bench/training-faults.js DATA [FAULT...]: the faults of `faults.js` with real trainings of images of DATA, a folder
// of class folders. Six runs go through a queue by real workers, which are disturbed; in the end every number that the
// runs have written has to be that of the same sweep undisturbed. KILLS says how many there are (50 unless given).
// Some faults need root (full disk, cut network), redis-server, or faketime, and are skipped without.
import { spawn } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { random } from '../dist/base/random.js'
import { isRunFolder, readRecord } from '../dist/runs/folder.node.js'
import { alive, childrenOf, clockOff, endAll, has, onSmallDisk, overNetwork, runFaults } from './disturb.js'
import { startRedis } from './servers.js'

const program = new URL('../bin/glasshouse.js', import.meta.url).pathname
const [source, ...asked] = process.argv.slice(2)
if (source === undefined || !has('redis-server')) {
  console.error('node bench/training-faults.js DATA [FAULT...], where redis-server is installed')
  process.exit(2)
}
/** Seconds. */
const lease = 5
const seeds = [0, 1, 2, 3, 4, 5]

const home = mkdtempSync(join(tmpdir(), 'glasshouse-training-faults-'))
const data = join(home, 'images')
const spec = join(home, 'sweep.json')

/** Images of each class, few enough for a training of seconds. */
function takeImages(perClass = 24) {
  const folders = readdirSync(source, { withFileTypes: true }).filter(entry => entry.isDirectory())
  for (const { name } of folders) {
    mkdirSync(join(data, name), { recursive: true })
    for (const file of readdirSync(join(source, name)).sort().slice(0, perClass))
      cpSync(join(source, name, file), join(data, name, file))
  }
}

function writeSpec() {
  const sizes = { size: 32, batch: 12, epochs: 2, dim: 8, holdOutClasses: 0.5, checkpointEvery: 0.2 }
  const train = { net: 'small', ...sizes }
  writeFileSync(
    spec,
    JSON.stringify({ data, train, grid: { objective: ['epshn'], lr: [0.05], seed: seeds } }),
  )
}

/** The content of all files that hold numbers, by their paths. Times stand in the others. */
function contents(folder) {
  const names = readdirSync(folder, { recursive: true }).map(String)
  const found = names.filter(name => /^runs\/.*\.(safetensors|arrow|csv)$/.test(name)).sort()
  return new Map(found.map(name => [name, readFileSync(join(folder, name)).toString('base64')]))
}

const said = []
function begin(words, queue, before = []) {
  const [first, ...rest] = [...before, process.execPath, program, ...words]
  const env = { ...process.env, ...(queue && { GLASSHOUSE_QUEUE: queue }) }
  const child = spawn(first, rest, { env, stdio: ['ignore', 'ignore', 'pipe'] })
  child.stderr.on('data', text => said.push(String(text)))
  return child
}
const ended = child => (alive(child) ? new Promise(done => child.on('exit', done)) : child.exitCode)

/**
 * A sweep that is asked for over a queue, and its workers.
 *
 * @param {{ folder?: string, host?: string, before?: string[] }} [wishes]
 */
async function openPlace({ folder = mkdtempSync(join(home, 'sweep-')), host, before = [] } = {}) {
  const redis = await startRedis(host)
  const out = join(folder, 'out')
  const words = ['sweep', spec, '--out', out, '--on', 'queue', '--threads', '1']
  const ask = () => begin(words, redis.here)
  const place = {
    out,
    redis,
    asking: ask(),
    workers: [],
    askAgain() {
      place.asking = ask()
    },
    /** @param {string[]} [words] before its own */
    worker(words = before) {
      return begin(['worker', '--folder', tmpdir(), '--lease', String(lease)], redis.url, words)
    },
    /** Whether as many runs are there as that, or all. */
    done: (count = seeds.length) =>
      existsSync(join(out, 'runs')) && readdirSync(join(out, 'runs')).length >= count,
    /** Waits for the command; one that ends with something undone is given again. */
    async untilDone(most = 3) {
      let code = await ended(place.asking)
      for (let again = 1; again < most && code !== 0; again++) {
        place.askAgain()
        code = await ended(place.asking)
      }
      return code
    },
    async end() {
      const code = await place.untilDone()
      await endAll(place.workers)
      await redis.stop()
      const own = contents(out)
      const files = expected.size
      const right = [...expected].filter(([name, content]) => own.get(name) === content).length
      const left = readdirSync(out).filter(name => ['attempts', 'claims', 'units'].includes(name)).length
      const attempts = JSON.parse(readFileSync(join(out, 'result.json'), 'utf8')).metrics.attempts
      rmSync(out, { recursive: true, force: true, maxRetries: 5 })
      return { code, units: seeds.length, attempts, files, right, other: own.size - right, left }
    },
  }
  return place
}

const computing = worker => childrenOf(worker.pid)[0]
/** What a worker under `ip` or `faketime` is: the child of that program, or the process itself. */
/** One that is there now or soon. */
async function someTraining(workers) {
  for (let looks = 0; looks < 100; looks++) {
    const found = workers.map(computing).filter(pid => pid !== undefined)
    if (found.length) return found[looks % found.length]
    await setTimeout(50)
  }
}
async function untilComputing(worker) {
  while (alive(worker) && computing(worker) === undefined) await setTimeout(50)
  return computing(worker)
}
/** The folder in which a training works; it is moved when another worker takes the unit over. */
const attemptOf = pid => {
  const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  return words[words.indexOf('--out') + 1]
}
/** Whether a training has come to its end. */
const isFinished = async attempt => isRunFolder(attempt) && (await readRecord(attempt)).status === 'finished'
/** What a worker says whose commit is refused. */
const tooLate = 'the lease ran out'
/** How often a text was said since then. */
const countSaid = (text, since) => said.slice(since).join('').split(text).length - 1
async function untilSaid(text, since, count) {
  for (const end = Date.now() + 60_000; Date.now() < end && countSaid(text, since) < count; )
    await setTimeout(100)
}
const send = (pid, signal) => {
  try {
    process.kill(pid, signal)
    return true
  } catch {
    return false
  }
}

const faults = {
  async 'SIGKILL at random moments'() {
    const wanted = Number(process.env.KILLS ?? 50)
    const killed = { workers: 0, trainings: 0, commands: 0 }
    const count = () => killed.workers + killed.trainings + killed.commands
    const total = { sweeps: 0, units: 0, attempts: 0, files: 0, right: 0, other: 0, left: 0 }
    const { uniform, integer } = random(13, 'kills')
    // A sweep may be done before all kills are: then there is another one.
    while (count() < wanted) {
      const place = await openPlace()
      place.workers = [place.worker(), place.worker()]
      while (count() < wanted && !place.done()) {
        await setTimeout(uniform(200, 5000))
        const at = integer(2)
        const kind = integer(3)
        const training = kind === 0 ? await someTraining(place.workers) : undefined
        if (training !== undefined && send(training, 'SIGKILL')) killed.trainings++
        else if (kind === 1 && alive(place.asking)) {
          await endAll([place.asking])
          killed.commands++
          place.askAgain()
        } else if (alive(place.workers[at])) {
          await endAll([place.workers[at]])
          killed.workers++
          place.workers[at] = place.worker()
        }
      }
      const { code, ...found } = await place.end()
      if (code !== 0) console.log(`the command ended with ${code}: ${said.slice(-5).join('')}`)
      total.sweeps++
      for (const key of Object.keys(found)) total[key] += found[key]
    }
    return { ...killed, ...total }
  },

  async 'queue killed and started again'() {
    const place = await openPlace()
    place.workers = [place.worker(), place.worker()]
    let restarts = 0
    for (; restarts < 5 && !place.done(); restarts++) {
      await setTimeout(4000)
      await place.redis.restart()
    }
    return { restarts, ...(await place.end()) }
  },

  async 'frozen past its lease, then continued'() {
    const place = await openPlace()
    place.workers = [place.worker(), place.worker(), place.worker()]
    let frozen = 0
    const before = said.length
    while (frozen < 4 && !place.done()) {
      const [worker] = place.workers
      const training = await Promise.race([untilComputing(worker), ended(place.asking)])
      if (place.done()) break
      await setTimeout(1500)
      // The whole machine stands still, so to speak: the worker and what computes for it.
      for (const pid of [worker.pid, training]) send(pid, 'SIGSTOP')
      frozen++
      // Until another worker has come to take the unit over, which it does between two of its own.
      const attempt = attemptOf(training)
      for (const end = Date.now() + 120_000; Date.now() < end && existsSync(attempt); ) await setTimeout(500)
      for (const pid of [training, worker.pid]) send(pid, 'SIGCONT')
      await setTimeout(3000)
    }
    const found = await place.end()
    return { frozen, refused: countSaid(tooLate, before), ...found }
  },

  async 'frozen while its training ends'() {
    const place = await openPlace()
    let frozen = 0
    const before = said.length
    for (; frozen < 4 && !place.done(seeds.length - 1); frozen++) {
      // Nobody else is there, so the training comes to its end, which its worker does not see.
      const worker = place.worker()
      const training = await untilComputing(worker)
      send(worker.pid, 'SIGSTOP')
      const attempt = attemptOf(training)
      while (!(await isFinished(attempt))) await setTimeout(200)
      const other = place.worker()
      while (existsSync(attempt)) await setTimeout(200)
      send(worker.pid, 'SIGCONT')
      await untilSaid(tooLate, before, frozen + 1)
      await endAll([worker, other])
    }
    place.workers = [place.worker(), place.worker()]
    const found = await place.end()
    return { frozen, refused: countSaid(tooLate, before), ...found }
  },

  async 'network cut between worker and queue'() {
    return overNetwork(async ({ host, before, cut }) => {
      const place = await openPlace({ host, before })
      place.workers = [place.worker(), place.worker()]
      let cuts = 0
      for (; cuts < 4 && !place.done(); cuts++) {
        await setTimeout(4000)
        // Longer than a lease, and then shorter.
        await cut(cuts % 2 ? 2000 : 2000 * lease)
      }
      return { cuts, ...(await place.end()) }
    })
  },

  async 'full disk'() {
    return onSmallDisk(512 * 2 ** 20, async ({ folder, fill, makeRoom }) => {
      const place = await openPlace({ folder })
      place.workers = [place.worker(), place.worker()]
      while (!place.done(1)) await setTimeout(200)
      fill()
      await setTimeout(20_000)
      makeRoom()
      return place.end()
    })
  },

  async 'clocks an hour off'() {
    if (!has('faketime')) return 'skipped: faketime is not installed'
    const place = await openPlace()
    place.workers = [place.worker(), place.worker(clockOff('+1h')), place.worker(clockOff('-1h'))]
    return { clocks: 'right, +1 h, -1 h', ...(await place.end()) }
  },

  async 'two commands at once'() {
    const place = await openPlace()
    const words = ['sweep', spec, '--out', place.out, '--on', 'queue', '--threads', '1']
    const others = [1, 2, 3].map(() => begin(words, place.redis.here))
    place.workers = [place.worker(), place.worker()]
    const all = [place.asking, ...others]
    const codes = await Promise.all(all.map(ended))
    place.asking = all[codes.indexOf(0)]
    const refused = codes.filter(code => code === 2).length
    return { asked: codes.length, refused, ...(await place.end()) }
  },
}

takeImages()
writeSpec()
const undisturbed = join(home, 'undisturbed')
if ((await ended(begin(['sweep', spec, '--out', undisturbed, '--threads', '1']))) !== 0)
  throw new Error(`the sweep fails undisturbed: ${said.slice(-5).join('')}`)
const expected = contents(undisturbed)
console.log(`${basename(source)}: ${seeds.length} runs, ${expected.size} files with numbers`)
await runFaults(faults, asked)
rmSync(home, { recursive: true, force: true, maxRetries: 5 })
process.exit(0)
