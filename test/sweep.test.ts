/** A sweep as a user runs it: processes, a run that diverges, one that fails, a kill, a second start. */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { seedlings } from './seedlings.ts'
import { gate } from './thorough.ts'

const program = new URL('../bin/glasshouse.js', import.meta.url).pathname
const built = existsSync(new URL('../dist/commands/sweep.js', import.meta.url))

describe.skipIf(!gate || !built)('a sweep (skipped where nothing is built)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'glasshouse-sweep-'))
  const out = join(folder, 'out')
  const spec = join(folder, 'sweep.json')
  let data = ''
  const train = { net: 'small', size: 16, batch: 12, epochs: 2, dim: 8, holdOutClasses: 0.5 }
  const logOf = (run: string) => join(out, 'runs', run, 'log.ndjson')
  const result = () => JSON.parse(readFileSync(join(out, 'result.json'), 'utf8'))

  const sweep = () => {
    const child = spawn(process.execPath, [program, 'sweep', spec, '--out', out, '--quiet', '--json'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let told = ''
    child.stderr.on('data', text => {
      told += text
    })
    const ended = new Promise<{ code: number | null; told: string }>(done => {
      child.on('close', code => done({ code, told }))
    })
    return { child, ended }
  }

  beforeAll(async () => {
    data = await seedlings()
    const grid = { objective: ['epshn'], lr: [0.05, 1e30], perClass: [4, 8] }
    writeFileSync(spec, JSON.stringify({ data, train, grid }))
  })

  it('that is killed leaves no run behind, and goes on where it stood', async () => {
    const { child, ended } = sweep()
    const first = logOf('epshn_lr-0.05_perClass-4')
    while (!existsSync(first) || !readFileSync(first, 'utf8').includes('"step"'))
      await new Promise(done => setTimeout(done, 20))
    child.kill('SIGKILL')
    await ended
    // What a sweep locked is free when it was killed.
    // A run ends at its next step; then its log grows no more.
    let size = -1
    while (statSync(first).size !== size) {
      size = statSync(first).size
      await new Promise(done => setTimeout(done, 700))
    }
    expect(readFileSync(first, 'utf8')).not.toContain('"epoch":2')

    expect(await sweep().ended).toEqual({ code: 0, told: '' })
    expect(
      result()
        .metrics.runs.map((run: { status: string }) => run.status)
        .slice(0, 1),
    ).toEqual(['finished'])
  }, 120_000)

  it('records a diverged and a failed run as such, and the rest is unharmed', () => {
    const { runs, best } = result().metrics
    const [good, failed, wild, failedToo] = runs
    expect(good).toMatchObject({ status: 'finished', series: 'epshn, perClass 4', reduction: 'mean' })
    expect(good.score).toBeGreaterThan(0)
    expect(good.gradientNorm).toBeGreaterThan(0)
    expect(good.anchors).toBeGreaterThan(4)
    expect(wild).toMatchObject({ status: 'diverged', error: expect.stringContaining('no longer a number') })
    for (const run of [failed, failedToo])
      expect(run).toMatchObject({ status: 'failed', error: expect.stringContaining('divided evenly') })
    expect(best).toMatchObject({ name: good.name, score: good.score })
  })

  it('leaves one page with its images', () => {
    expect(result().files).toEqual(expect.arrayContaining(['rates.svg', 'steps.svg', 'index.html']))
    const page = readFileSync(join(out, 'index.html'), 'utf8')
    for (const words of ['1 finished', '1 diverged', '2 failed', 'averaged', 'norm of the gradient'])
      expect(page).toContain(words)
  })

  it('refuses to mix runs of other options', async () => {
    writeFileSync(
      spec,
      JSON.stringify({
        data,
        train: { ...train, objective: 'epshn', epochs: 3 },
        grid: { lr: [0.05] },
      }),
    )
    const { code, told } = await sweep().ended
    expect(code).toBe(2)
    expect(told).toContain('other data or other options')
  })
})
