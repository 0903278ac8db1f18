/** A sweep and an extraction on a real Slurm of two nodes: the same bytes as on this machine alone, whatever happens to the jobs. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { jobName } from '../src/runs/slurm/script.ts'
import { begin, metricsOf } from './command-line.ts'
import { contents, writeSmallSweep } from './elsewhere.ts'
import { seedlings } from './seedlings.ts'
import { hasSlurm, startSlurm, type TestSlurm } from './slurm-server.ts'
import { complete, gate } from './thorough.ts'

const built = existsSync(new URL('../dist/commands/worker.js', import.meta.url))

describe.skipIf(!gate || !built || !hasSlurm)(
  'Slurm (skipped where nothing is built, it is not installed, or this is not root)',
  () => {
    // Jobs see no folder that is private to this process.
    const folder = mkdtempSync(join('/tmp', 'glasshouse-slurm-results-'))
    const spec = join(folder, 'sweep.json')
    let slurm: TestSlurm
    let data = ''
    const embed = (out: string, ...more: string[]) =>
      begin(['embed', 'small', data, '--shard', '60', '--threads', '1', '--out', out, '--json', ...more])
    const sweep = (out: string, ...more: string[]) => begin(['sweep', spec, '--out', out, '--json', ...more])
    const running = () => slurm.ask('squeue', '-h', '-t', 'R', '-o', '%A').split('\n').length - 1
    const untilRunning = async (out: string) => {
      while (!running() || !existsSync(join(out, 'claims')) || !readdirSync(join(out, 'claims')).length)
        await setTimeout(100)
    }

    beforeAll(async () => {
      slurm = await startSlurm()
      process.env.SLURM_CONF = slurm.config
      data = await seedlings()
      writeSmallSweep(spec, data)
    }, 240_000)
    // Every test finds the environment as it was.
    beforeEach(() => {
      process.env.SLURM_CONF = slurm.config
    })
    afterAll(async () => {
      await slurm?.stop()
      rmSync(folder, { recursive: true, force: true })
    })

    it('refuses what it does not know, in words that say what to do', async () => {
      const { code, stderr } = await embed(join(folder, 'refused'), '--on', 'slurm', '--partition', 'nowhere')
        .ended
      expect(code).toBe(1)
      expect(stderr).toMatch(/Invalid partition name.*sinfo lists the partitions/s)
    }, 60_000)

    it('makes the same vectors; a command that was stopped is found again, and asks for nothing twice', async () => {
      const local = join(folder, 'local-shards')
      const out = join(folder, 'shards')
      expect((await embed(local).ended).code).toBe(0)
      const dry = await embed(out, '--on', 'slurm', '--at-most', '1', '--dry-run').ended
      const first = embed(out, '--on', 'slurm', '--at-most', '1')
      await untilRunning(out)
      // What was looked at is what runs.
      expect(metricsOf(dry).script).toBe(readFileSync(join(out, 'units', 'job.sh'), 'utf8'))
      first.stop()
      expect((await first.ended).code).toBe(130)
      const second = await embed(out, '--on', 'slurm', '--at-most', '1').ended
      expect(second.code, second.stderr).toBe(0)
      // It submits nothing where jobs are there.
      expect(second.stderr).not.toMatch(/job \d+: /)
      expect(contents(out)).toEqual(contents(local))
      expect(readdirSync(out).sort()).toEqual(['manifest.json', 'result.json', 'shards'])
    }, 240_000)

    it('leaves no job behind, not even one that is queued again as the command ends', async () => {
      const out = join(folder, 'ends')
      expect((await embed(out).ended).code).toBe(0)
      const job = ['-J', jobName(out), '-o', '/dev/null', '--requeue', '--wrap', 'trap "" TERM; sleep 100']
      const id = slurm.ask('sbatch', '--parsable', ...job).trim()
      while (!running()) await setTimeout(100)
      // It takes no hint, so it is at its end for as long as Slurm waits before it kills.
      slurm.ask('scontrol', 'requeue', id)
      const { code, stderr } = await embed(out, '--on', 'slurm').ended
      expect(code, stderr).toBe(0)
      expect(slurm.ask('squeue', '-h', '-n', jobName(out))).toBe('')
    }, 120_000)

    it.skipIf(!complete)(
      'trains the same sweep, although its jobs are cancelled and a node fails',
      async () => {
        const local = join(folder, 'local-sweep')
        const out = join(folder, 'sweep')
        const asking = sweep(out, '--on', 'slurm')
        await untilRunning(out)
        slurm.ask('scancel', '-u', 'root')
        await setTimeout(5000)
        await untilRunning(out)
        // It comes back by itself when its daemon reports again.
        slurm.ask('scontrol', 'update', 'nodename=n0', 'state=down', 'reason=test')
        const asked = await asking.ended
        expect(asked.code, asked.stderr).toBe(0)
        expect((await sweep(local).ended).code).toBe(0)
        const statuses = metricsOf(asked).runs.map(({ status }: { status: string }) => status)
        expect(statuses).toEqual(['finished', 'diverged'])
        expect(contents(out)).toEqual(contents(local))
        expect(readdirSync(out)).not.toContain('units')
      },
      300_000,
    )
  },
)
