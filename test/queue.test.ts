/**
 * A sweep and an extraction over a queue, on real servers: the same bytes as on this machine alone, also where workers
 * and their processes are killed at random moments.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { random } from '../src/base/random.ts'
import { queueAddress } from '../src/runs/queue/address.ts'
import { openQueue } from '../src/runs/queue/connection.node.ts'
import { begin, metricsOf } from './command-line.ts'
import { contents, writeSmallSweep } from './elsewhere.ts'
import { seedlings } from './seedlings.ts'
import { hasPostgres, hasRedis, password, startPostgres, startRedis, type TestServer } from './servers.ts'
import { complete, gate, thorough } from './thorough.ts'

const program = new URL('../bin/glasshouse.js', import.meta.url).pathname
const built = existsSync(new URL('../dist/commands/worker.js', import.meta.url))

const folder = mkdtempSync(join(tmpdir(), 'glasshouse-queue-'))
const spec = join(folder, 'sweep.json')
let data = ''
let local: { sweep: string; shards: string }

const children = new Set<ChildProcess>()

/** A worker that can be killed. */
function workerProcess(): { child: ChildProcess; ended: Promise<void> } {
  const child = spawn(process.execPath, [program, ...workerWords(3)], { stdio: 'ignore' })
  children.add(child)
  const ended = new Promise<void>(done => {
    child.on('close', () => {
      children.delete(child)
      done()
    })
  })
  return { child, ended }
}

const sweepWords = (out: string, ...more: string[]) => ['sweep', spec, '--out', out, '--json', ...more]
const embedWords = (out: string, ...more: string[]) => [
  ...['embed', 'small', data, '--shard', '50', '--threads', '1', '--out', out, '--json'],
  ...more,
]
const workerWords = (lease = 20) => ['worker', '--folder', tmpdir(), '--lease', String(lease)]

beforeAll(async () => {
  if (!built || !(hasRedis || hasPostgres)) return
  data = await seedlings()
  writeSmallSweep(spec, data, complete ? [0, 1] : [0])
  local = { sweep: join(folder, 'local-sweep'), shards: join(folder, 'local-shards') }
  const ends = [await begin(sweepWords(local.sweep)).ended, await begin(embedWords(local.shards)).ended]
  for (const { code, stderr } of ends) expect(code, stderr).toBe(0)
}, 240_000)

afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
})

const servers = [
  { name: 'Redis', isThere: hasRedis, start: startRedis },
  { name: 'PostgreSQL', isThere: hasPostgres, start: startPostgres },
]

for (const { name, isThere, start } of servers)
  describe.skipIf(!gate || !built || !isThere)(
    `a queue on ${name} (skipped where nothing is built or it is not installed)`,
    () => {
      let server: TestServer
      beforeAll(async () => {
        server = await start()
        process.env.GLASSHOUSE_QUEUE = server.url
      })
      afterAll(() => server.stop())

      it('gives the same vectors as this machine alone, and never shows its password', async () => {
        const out = join(folder, `shards-${name}`)
        const asking = begin(embedWords(out, '--on', 'queue'))
        const worker = begin(workerWords())
        const asked = await asking.ended
        worker.stop()
        const worked = await worker.ended
        expect(asked.code, asked.stderr + worked.stderr).toBe(0)
        expect(worked.code, worked.stderr).toBe(130)
        expect(metricsOf(asked)).toMatchObject({ images: 120, units: 3, attempts: 3 })
        expect(contents(out)).toEqual(contents(local.shards))
        const jobs = await begin(['jobs', '--json']).ended
        expect(metricsOf(jobs).jobs).toHaveLength(3)
        expect(metricsOf(jobs).jobs[0]).toMatchObject({ kind: 'shard', state: 'finished', attempts: 1 })
        const logs = await begin(['jobs', 'logs', metricsOf(jobs).jobs[0].id.slice(0, 12)]).ended
        expect(logs.stdout).toContain('images')
        for (const { stdout, stderr } of [asked, worked, jobs, logs])
          expect(stdout + stderr).not.toContain(password)
        expect(readFileSync(join(out, 'result.json'), 'utf8')).not.toContain(password)
        expect(readdirSync(out).sort()).toEqual(['manifest.json', 'result.json', 'shards'])
      }, 240_000)

      it('sets aside what it does not know or may not touch, with the reason, and goes on', async () => {
        const queue = await openQueue(queueAddress(undefined))
        const unit = { kind: 'run', folder: '/etc', name: 'x', data: '/etc', seed: 0, threads: 1, asked: {} }
        const add = (id: string, content: unknown) => ({
          name: 'run',
          data: { unit: content },
          opts: { jobId: id, attempts: 5 },
        })
        await queue.addBulk([add('shell', { kind: 'shell', command: 'touch /tmp/x' }), add('outside', unit)])
        await begin(['worker', '--folder', folder, '--once', '--idle', '1']).ended
        const { stdout } = await begin(['jobs', '--json']).ended
        const found = (id: string) =>
          JSON.parse(stdout).metrics.jobs.find((job: { id: string }) => job.id === id)
        expect(found('shell')).toMatchObject({ kind: 'unknown', state: 'failed', attempts: 1 })
        expect(found('outside')).toMatchObject({
          state: 'failed',
          note: expect.stringContaining('outside the agreed folders'),
        })
        await queue.close()
      }, 120_000)
    },
  )

describe.skipIf(!gate || !built || !hasRedis)(
  'a queue (skipped where nothing is built or Redis is not installed)',
  () => {
    let server: TestServer
    beforeAll(async () => {
      server = await startRedis()
      process.env.GLASSHOUSE_QUEUE = server.url
    })
    afterAll(() => server.stop())

    it(
      'gives the same sweep as this machine alone, whoever is killed on the way',
      async () => {
        const out = join(folder, 'sweep')
        const asking = begin(sweepWords(out, '--on', 'queue'))
        let isDone = false
        const done = asking.ended.finally(() => {
          isDone = true
        })
        const kills = thorough ? 50 : complete ? 4 : 2
        const { uniform, chance } = random(7, 'kills')
        let worker = workerProcess()
        for (let killed = 0; killed < kills && !isDone; killed++) {
          while (!isDone && childOf(worker.child.pid) === undefined) await setTimeout(50)
          await setTimeout(uniform(0, 1500))
          const computing = childOf(worker.child.pid)
          if (computing !== undefined && chance(0.5)) process.kill(computing, 'SIGKILL')
          else {
            worker.child.kill('SIGKILL')
            await worker.ended
            worker = workerProcess()
          }
        }
        const asked = await done
        worker.child.kill('SIGKILL')
        expect(asked.code, asked.stderr).toBe(0)
        const { runs, units, attempts } = metricsOf(asked)
        expect(units).toBe(complete ? 4 : 2)
        expect(attempts).toBeGreaterThan(units)
        expect(new Set(runs.map(({ status }: { status: string }) => status))).toEqual(
          new Set(['finished', 'diverged']),
        )
        expect(contents(out)).toEqual(contents(local.sweep))
        expect(readdirSync(out)).not.toContain('attempts')
      },
      thorough ? 1_800_000 : 300_000,
    )

    it('stops a unit that is cancelled, and tries it again when asked to', async () => {
      const out = join(folder, 'cancelled')
      const asking = begin(embedWords(out, '--on', 'queue'))
      const jobs = async () =>
        metricsOf(await begin(['jobs', '--json']).ended).jobs.filter(
          ({ kind }: { kind: string }) => kind === 'shard',
        )
      let listed = await jobs()
      while (listed.length < 3) listed = await jobs()
      const [{ id }] = listed
      await begin(['jobs', 'cancel', id]).ended
      const worker = begin(workerWords())
      const asked = await asking.ended
      expect(asked.code).toBe(1)
      expect(asked.stderr).toContain('1 of 3 shards were set aside')
      expect((await jobs()).find((job: { id: string }) => job.id === id)).toMatchObject({
        state: 'failed',
        note: expect.stringContaining('cancelled'),
      })
      expect((await begin(['jobs', 'retry', id]).ended).code).toBe(0)
      while (contents(out).size < 3) await setTimeout(200)
      worker.stop()
      await worker.ended
      expect(contents(out)).toEqual(contents(local.shards))
    }, 240_000)
  },
)

/** The process that computes for a worker; undefined where it has none at the moment. */
function childOf(pid: number | undefined): number | undefined {
  try {
    return (
      Number(
        execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
          .trim()
          .split('\n')[0],
      ) || undefined
    )
  } catch {
    return undefined
  }
}
