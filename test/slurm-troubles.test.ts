/**
 * What happens to jobs on a real Slurm, with accounting: they are queued again, pre-empted, cancelled, out of time, refused,
 * or nobody answers. The sweep ends with the bytes of this machine alone.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { lastCheckpoint } from '../src/runs/record.ts'
import { begin } from './command-line.ts'
import { contents, writeSmallSweep } from './elsewhere.ts'
import { seedlings } from './seedlings.ts'
import { hasAccounting, startSlurm, type TestSlurm } from './slurm-server.ts'
import { complete } from './thorough.ts'

const built = existsSync(new URL('../dist/commands/worker.js', import.meta.url))

describe.skipIf(!complete || !built || !hasAccounting)(
  'jobs of Slurm (skipped where nothing is built, or slurmdbd and MariaDB are not installed)',
  () => {
    // Jobs see no folder that is private to this process.
    const folder = mkdtempSync(join('/tmp', 'glasshouse-slurm-results-'))
    const [spec, local] = ['sweep.json', 'local'].map(name => join(folder, name))
    let slurm: TestSlurm
    const sweep = (out: string, ...more: string[]) =>
      begin(['sweep', spec, '--out', out, '--threads', '1', '--json', ...more])
    const onSlurm = (name: string, ...more: string[]) => {
      const out = join(folder, name)
      return { out, ...sweep(out, '--on', 'slurm', ...more) }
    }
    const jobs = (format: string) =>
      slurm.ask('squeue', '-h', '-r', '-o', format).trim().split('\n').filter(Boolean)
    /** Until a training has come to a checkpoint, which it has to go on from. */
    const untilCheckpoint = async (out: string) => {
      const attempts = join(out, 'attempts')
      const isThere = () =>
        existsSync(attempts) &&
        readdirSync(attempts).some(name => existsSync(join(attempts, name, lastCheckpoint)))
      while (!isThere()) await setTimeout(100)
    }
    const limit = (...words: string[]) =>
      slurm.ask('sacctmgr', '-i', 'modify', 'qos', 'normal', 'set', ...words)

    beforeAll(async () => {
      slurm = await startSlurm({ accounting: true })
      process.env.SLURM_CONF = slurm.config
      writeSmallSweep(spec, await seedlings(), [0], 12)
      const { code, stderr } = await sweep(local).ended
      expect(code, stderr).toBe(0)
    }, 600_000)
    // Every test finds the environment as it was.
    beforeEach(() => {
      process.env.SLURM_CONF = slurm.config
    })
    afterAll(async () => {
      await slurm?.stop()
      rmSync(folder, { recursive: true, force: true })
    })

    const troubles: Record<string, { happens: () => Promise<unknown>; said?: RegExp }> = {
      // The sweep need not notice: it asks Slurm every 15 seconds at the calmest, and they may wait for less.
      'are queued again': {
        async happens() {
          for (const id of new Set(jobs('%F'))) slurm.ask('scontrol', 'requeue', id)
          while (jobs('%r').some(reason => reason !== 'BeginTime')) await setTimeout(200)
        },
      },
      'make way for others': {
        async happens() {
          slurm.ask('sbatch', '-p', 'urgent', '-N', '2', '-o', '/dev/null', '--wrap', 'sleep 2')
          while (!jobs('%P %T').includes('urgent RUNNING')) await setTimeout(200)
        },
      },
      'are cancelled': {
        happens: async () => slurm.ask('scancel', '-u', 'root'),
        said: /have ended \(.*CANCELLED/,
      },
      'are near their time limit': {
        // What --signal=B:TERM asks Slurm to do by itself, up to a minute earlier than said.
        async happens() {
          for (const id of new Set(jobs('%F'))) slurm.ask('scancel', '--batch', '--signal=TERM', id)
        },
        said: /have ended \(.*(FAILED|COMPLETED)/,
      },
      'run while nobody answers': { happens: () => slurm.restart(6000) },
    }

    it.each(Object.keys(troubles))(
      'that %s leave nothing undone',
      async name => {
        const { happens, said = /job \d+: / } = troubles[name]
        const asking = onSlurm(name)
        await untilCheckpoint(asking.out)
        await happens()
        const { code, stderr } = await asking.ended
        expect(code, stderr).toBe(0)
        expect(stderr).toMatch(said)
        expect(contents(asking.out)).toEqual(contents(local))
        expect(readdirSync(asking.out)).not.toContain('units')
      },
      600_000,
    )

    const lengthen = (id: string) => {
      try {
        slurm.ask('scontrol', 'update', `jobid=${id}`, 'timelimit=60')
      } catch {
        // It has ended meanwhile.
      }
    }
    /** Slurm looks twice a minute which jobs are near their limit, or beyond it. */
    it.each([
      { what: 'warned of', signal: 'B:TERM@15', state: 'FAILED' },
      { what: 'killed at', signal: 'B:CONT@15', state: 'TIMEOUT' },
    ])(
      'that are $what their time limit leave the rest to the next ones',
      async ({ signal, state }) => {
        const [cluster, long] = ['cluster.json', 'long.json'].map(name => join(folder, name))
        writeFileSync(cluster, JSON.stringify({ time: '1', options: [`--signal=${signal}`] }))
        // Minutes, where the limit is one.
        writeSmallSweep(long, await seedlings(), [0], 240, [0.05])
        const words = ['sweep', long, '--threads', '1', '--json', '--out']
        const out = join(folder, state)
        const asking = begin([...words, out, '--on', 'slurm', '--cluster', cluster])
        let first: string | undefined
        let isDone = false
        const ended = asking.ended.finally(() => {
          isDone = true
        })
        // The first job is cut short, and those after it may take their time.
        while (!isDone) {
          const [id] = jobs('%F')
          first ??= id
          if (id !== undefined && id !== first) lengthen(id)
          await setTimeout(1000)
        }
        const { code, stderr } = await ended
        expect(code, stderr).toBe(0)
        expect(stderr).toContain(`the jobs have ended (1 ${state}), and 1 units are left`)
        const undisturbed = join(folder, 'long')
        if (!existsSync(undisturbed)) expect((await begin([...words, undisturbed]).ended).code).toBe(0)
        expect(contents(out)).toEqual(contents(undisturbed))
      },
      1_800_000,
    )

    it('that were forgotten are submitted again by the same command, for what is missing', async () => {
      const first = onSlurm('forgotten', '--at-most', '1')
      await untilCheckpoint(first.out)
      first.stop()
      await first.ended
      slurm.ask('scancel', '-u', 'root')
      while (jobs('%A').length) await setTimeout(500)
      const second = await onSlurm('forgotten').ended
      expect(second.code, second.stderr).toBe(0)
      expect(second.stderr).toMatch(/job \d+: \d workers? for \d units/)
      expect(contents(first.out)).toEqual(contents(local))
    }, 600_000)

    it('that are too many are fewer, and those that may never run are refused', async () => {
      limit('MaxSubmitJobsPerUser=1')
      const few = await onSlurm('few').ended
      limit('MaxSubmitJobsPerUser=-1', 'MaxWall=00:01:00', 'Flags=DenyOnLimit')
      expect(few.code, few.stderr).toBe(0)
      expect(few.stderr).toMatch(/job \d+: 1 worker for 2 units/)
      expect(contents(join(folder, 'few'))).toEqual(contents(local))
      const long = await onSlurm('refused', '--time', '2:00:00').ended
      limit('MaxWall=-1', 'Flags=-1')
      expect(long.code, long.stderr).toBe(1)
      expect(long.stderr).toMatch(/MaxWallDuration.*shorter --time/s)
    }, 600_000)
  },
)
