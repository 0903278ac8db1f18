// node bench/faults.js [FAULT...]: disturbs workers as machines and people do, and counts. After each fault every unit
// has to be there once, with the bytes of an undisturbed run; `replaced` counts results that were written over.
// Some need root (full disk, cut network), redis-server, or faketime, and are skipped without.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { random } from '../dist/base/random.js'
import { createWork } from '../dist/base/work.js'
import { shardName } from '../dist/embedding/vector-shards.node.js'
import { queueAddress } from '../dist/runs/queue/address.js'
import { openQueueSubmitter } from '../dist/runs/queue/submit.node.js'
import { writeList } from '../dist/runs/units/list.node.js'
import { contentOf, unitsIn } from './no-op-units.js'

const workerFile = new URL('./no-op-worker.js', import.meta.url).pathname
const has = program => (process.env.PATH ?? '').split(':').some(folder => existsSync(join(folder, program)))
const isRoot = process.getuid?.() === 0

/**
 * A place with units, workers that can be disturbed, and what is found in the end.
 *
 * @param {{ count: number, milliseconds: number, lease?: number, folder?: string, queue?: string }} wishes
 */
function createPlace({
  count,
  milliseconds,
  lease = 3,
  folder = mkdtempSync(join(tmpdir(), 'glasshouse-faults-')),
  queue,
}) {
  const units = unitsIn(folder, count)
  const seen = new Map()
  const said = []
  let replaced = 0
  const look = () => {
    for (let index = 0; index < count; index++) {
      const stats = statSync(join(folder, shardName(index)), { throwIfNoEntry: false })
      if (!stats) continue
      const now = `${stats.ino} ${stats.mtimeMs}`
      if (seen.has(index) && seen.get(index) !== now) replaced++
      seen.set(index, now)
    }
    return seen.size
  }
  return {
    folder,
    units,
    said,
    look,
    worker(...before) {
      const words = [
        process.execPath,
        workerFile,
        folder,
        count,
        milliseconds,
        lease,
        ...(queue ? [queue] : []),
      ]
      const [program, ...rest] = [...before, ...words.map(String)]
      const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] })
      child.stdout.on('data', text => said.push(String(text)))
      return child
    },
    /** Until all is done, in at most so many seconds. */
    async untilDone(seconds = 300) {
      for (const end = Date.now() + 1000 * seconds; Date.now() < end && look() < count; )
        await setTimeout(100)
    },
    result() {
      look()
      const right = units.filter(
        (_, index) =>
          existsSync(join(folder, shardName(index))) &&
          readFileSync(join(folder, shardName(index)), 'utf8') === contentOf(index),
      ).length
      return { units: count, right, replaced }
    },
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
  }
}

const alive = child => child.exitCode === null && child.signalCode === null
const childrenOf = pid => {
  try {
    return execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map(Number)
  } catch {
    return []
  }
}
const endAll = children =>
  Promise.all(
    children.filter(alive).map(child => {
      const gone = new Promise(done => child.on('exit', done))
      child.kill('SIGKILL')
      return gone
    }),
  )

const faults = {
  async 'SIGKILL at random moments'() {
    const place = createPlace({ count: 250, milliseconds: 200, lease: 2 })
    await writeList(place.folder, place.units)
    const workers = [place.worker(), place.worker(), place.worker()]
    const { uniform, chance, integer } = random(11, 'kills')
    const killed = { parents: 0, children: 0 }
    while (killed.parents + killed.children < 50 && place.look() < 250) {
      await setTimeout(uniform(20, 250))
      const wantsChild = chance(0.5)
      let at = integer(workers.length)
      let [computing] = childrenOf(workers[at].pid)
      // A worker computes only some of the time: the next one that does is hit.
      for (let looks = 0; wantsChild && !computing && looks < 100; looks++) {
        await setTimeout(20)
        at = integer(workers.length)
        computing = childrenOf(workers[at].pid)[0]
      }
      if (computing && wantsChild) {
        try {
          process.kill(computing, 'SIGKILL')
          killed.children++
        } catch {
          // It had ended already.
        }
      } else {
        if (alive(workers[at])) killed.parents++
        workers[at].kill('SIGKILL')
        workers[at] = place.worker()
      }
    }
    for (let at = 0; at < workers.length; at++) if (!alive(workers[at])) workers[at] = place.worker()
    await place.untilDone()
    await endAll(workers)
    return { ...killed, ...place.result(), place }
  },

  async 'frozen past its lease, then continued'() {
    const place = createPlace({ count: 20, milliseconds: 1500, lease: 2 })
    await writeList(place.folder, place.units)
    const workers = [place.worker(), place.worker(), place.worker()]
    let frozen = 0
    while (frozen < 5 && place.look() < 20) {
      while (childrenOf(workers[0].pid).length === 0 && place.look() < 20) await setTimeout(50)
      workers[0].kill('SIGSTOP')
      frozen++
      await setTimeout(4500)
      workers[0].kill('SIGCONT')
      await setTimeout(1500)
    }
    await place.untilDone()
    await setTimeout(500)
    await endAll(workers)
    const refused = place.said.join('').split('the lease ran out').length - 1
    return { frozen, refused, ...place.result(), place }
  },

  async 'full disk'() {
    if (!isRoot) return 'skipped: needs root, to mount a small disk'
    const folder = mkdtempSync(join(tmpdir(), 'glasshouse-full-'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder])
    try {
      const place = createPlace({ count: 12, milliseconds: 100, lease: 3, folder })
      await writeList(folder, place.units)
      try {
        writeFileSync(join(folder, 'filler'), Buffer.alloc(2 ** 20))
      } catch {
        // It is full now.
      }
      const workers = [place.worker(), place.worker()]
      await setTimeout(4000)
      const whileFull = place.look()
      rmSync(join(folder, 'filler'))
      await place.untilDone(60)
      // What was set aside while nothing could be written is asked for again by the same command.
      const setAside = 12 - place.look()
      await endAll(workers)
      return { whileFull, setAside, ...place.result(), place: { remove() {} } }
    } finally {
      execFileSync('umount', ['-l', folder])
      rmSync(folder, { recursive: true, force: true })
    }
  },

  async 'clocks an hour off'() {
    if (!has('faketime')) return 'skipped: faketime is not installed'
    const place = createPlace({ count: 12, milliseconds: 800, lease: 2 })
    await writeList(place.folder, place.units)
    const off = time => ['faketime', '--exclude-monotonic', '-f', time]
    const workers = [place.worker(), place.worker(...off('+1h')), place.worker(...off('-1h'))]
    await place.untilDone(120)
    await endAll(workers)
    const refused = place.said.join('').split('the lease ran out').length - 1
    return { clocks: 'right, +1 h, -1 h', refused, ...place.result(), place }
  },

  async 'queue killed and started again'() {
    if (!has('redis-server')) return 'skipped: redis-server is not installed'
    return overRedis('127.0.0.1', [], async ({ place, restart }) => {
      let restarts = 0
      while (restarts < 3 && place.look() < 30) {
        await setTimeout(1500)
        await restart()
        restarts++
      }
      return { restarts }
    })
  },

  async 'network cut between worker and queue'() {
    if (!has('redis-server') || !has('ip') || !isRoot) return 'skipped: needs root, ip and redis-server'
    const name = `gh${process.pid}`.slice(0, 12)
    const ip = (...words) => execFileSync('ip', words, { stdio: 'pipe' })
    try {
      ip('netns', 'add', name)
      ip('link', 'add', `${name}a`, 'type', 'veth', 'peer', 'name', `${name}b`, 'netns', name)
      ip('addr', 'add', '10.213.7.1/24', 'dev', `${name}a`)
      ip('link', 'set', `${name}a`, 'up')
      ip('-n', name, 'addr', 'add', '10.213.7.2/24', 'dev', `${name}b`)
      ip('-n', name, 'link', 'set', `${name}b`, 'up')
      return await overRedis('10.213.7.1', ['ip', 'netns', 'exec', name], async ({ place }) => {
        let cuts = 0
        while (cuts < 3 && place.look() < 30) {
          await setTimeout(1000)
          ip('link', 'set', `${name}a`, 'down')
          await setTimeout(4000)
          ip('link', 'set', `${name}a`, 'up')
          cuts++
        }
        return { cuts }
      })
    } catch (error) {
      return `skipped: ${String(error.message).split('\n')[0]}`
    } finally {
      try {
        ip('netns', 'del', name)
      } catch {
        // It was not made.
      }
    }
  },

  async 'two commands at once'() {
    const { lockFolder } = await import('../dist/runs/lock.node.js')
    const folder = mkdtempSync(join(tmpdir(), 'glasshouse-two-'))
    let refused = 0
    let held = 0
    const all = await Promise.allSettled(Array.from({ length: 50 }, () => lockFolder(folder)))
    for (const one of all)
      if (one.status === 'fulfilled') held++
      else if (one.reason.code === 'run-locked') refused++
    for (const one of all) if (one.status === 'fulfilled') one.value.release()
    rmSync(folder, { recursive: true, force: true })
    return { asked: 50, held, refused }
  },
}

async function overRedis(host, before, disturb) {
  const port = await freePort()
  const home = mkdtempSync(join(tmpdir(), 'glasshouse-faults-redis-'))
  const words = [
    '--port',
    port,
    '--bind',
    ...new Set([host, '127.0.0.1']),
    '--protected-mode',
    'no',
    '--dir',
    home,
    '--appendonly',
    'yes',
    '--save',
    '',
  ]
  const begin = () => spawn('redis-server', words.map(String), { stdio: 'ignore' })
  let server = begin()
  await setTimeout(1000)
  const place = createPlace({ count: 30, milliseconds: 600, lease: 3, queue: `redis://${host}:${port}` })
  const submitter = await openQueueSubmitter(queueAddress(`redis://127.0.0.1:${port}`), createWork())
  const workers = [place.worker(...before), place.worker(...before)]
  const ends = Promise.all(place.units.map(unit => submitter.ask(unit)))
  const counted = await disturb({
    place,
    async restart() {
      server.kill('SIGKILL')
      await setTimeout(1000)
      server = begin()
      await setTimeout(500)
    },
  })
  await place.untilDone(120)
  const late = setTimeout(30_000, [])
  const failed = (await Promise.race([ends, late])).filter(({ status }) => status === 'failed').length
  await submitter.close()
  await endAll([...workers, server])
  rmSync(home, { recursive: true, force: true })
  return { ...counted, failed, ...place.result(), place }
}

function freePort() {
  return new Promise(done => {
    const server = createServer().listen(0, () => {
      const address = server.address()
      server.close(() => done(typeof address === 'object' ? address?.port : undefined))
    })
  })
}

const asked = process.argv.slice(2)
for (const [name, make] of Object.entries(faults)) {
  if (asked.length && !asked.some(word => name.includes(word))) continue
  const started = performance.now()
  const found = await make()
  const seconds = Math.round((performance.now() - started) / 1000)
  if (typeof found === 'string') console.log(`${name}: ${found}`)
  else {
    const { place, ...counts } = found
    place?.remove()
    console.log(
      `${name}: ${Object.entries(counts)
        .map(([key, value]) => `${key} ${value}`)
        .join(', ')}; ${seconds} s`,
    )
  }
}
process.exit(0)
