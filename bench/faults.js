// node bench/faults.js [FAULT...]: disturbs workers as machines and people do, and counts. After each fault every unit
// has to be there once, with the bytes of an undisturbed run; `replaced` counts results that were written over.
// Some need root (full disk, cut network), redis-server, or faketime, and are skipped without.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { random } from '../dist/base/random.js'
import { createWork } from '../dist/base/work.js'
import { shardName } from '../dist/embedding/vector-shards.node.js'
import { queueAddress } from '../dist/runs/queue/address.js'
import { openQueueSubmitter } from '../dist/runs/queue/submit.node.js'
import { writeList } from '../dist/runs/units/list.node.js'
import { alive, childrenOf, clockOff, endAll, has, onSmallDisk, overNetwork, runFaults } from './disturb.js'
import { contentOf, unitsIn } from './no-op-units.js'
import { startRedis } from './servers.js'

const workerFile = new URL('./no-op-worker.js', import.meta.url).pathname
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
    /** The result, and nothing is left of it. */
    end() {
      const found = this.result()
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
      return found
    },
  }
}

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
    return { ...killed, ...place.end() }
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
    return { frozen, refused, ...place.end() }
  },

  async 'full disk'() {
    return onSmallDisk(2 ** 20, async ({ folder, fill, makeRoom }) => {
      const place = createPlace({ count: 12, milliseconds: 100, lease: 3, folder })
      await writeList(folder, place.units)
      fill()
      const workers = [place.worker(), place.worker()]
      await setTimeout(4000)
      const whileFull = place.look()
      makeRoom()
      await place.untilDone(60)
      // What was set aside while nothing could be written is asked for again by the same command.
      const setAside = 12 - place.look()
      await endAll(workers)
      return { whileFull, setAside, ...place.result() }
    })
  },

  async 'clocks an hour off'() {
    if (!has('faketime')) return 'skipped: faketime is not installed'
    const place = createPlace({ count: 12, milliseconds: 800, lease: 2 })
    await writeList(place.folder, place.units)
    const workers = [place.worker(), place.worker(...clockOff('+1h')), place.worker(...clockOff('-1h'))]
    await place.untilDone(120)
    await endAll(workers)
    const refused = place.said.join('').split('the lease ran out').length - 1
    return { clocks: 'right, +1 h, -1 h', refused, ...place.end() }
  },

  async 'queue killed and started again'() {
    if (!has('redis-server')) return 'skipped: redis-server is not installed'
    return overRedis('127.0.0.1', [], async (place, restart) => {
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
    if (!has('redis-server')) return 'skipped: redis-server is not installed'
    return overNetwork(({ host, before, cut }) =>
      overRedis(host, before, async place => {
        let cuts = 0
        while (cuts < 3 && place.look() < 30) {
          await setTimeout(1000)
          await cut(4000)
          cuts++
        }
        return { cuts }
      }),
    )
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
  const redis = await startRedis(host)
  const place = createPlace({ count: 30, milliseconds: 600, lease: 3, queue: redis.url })
  const submitter = await openQueueSubmitter(queueAddress(redis.here), createWork())
  const workers = [place.worker(...before), place.worker(...before)]
  const ends = Promise.all(place.units.map(unit => submitter.ask(unit)))
  const counted = await disturb(place, redis.restart)
  await place.untilDone(120)
  const late = setTimeout(30_000, [])
  const failed = (await Promise.race([ends, late])).filter(({ status }) => status === 'failed').length
  await submitter.close()
  await endAll(workers)
  await redis.stop()
  return { ...counted, failed, ...place.end() }
}

await runFaults(faults, process.argv.slice(2))
process.exit(0)
