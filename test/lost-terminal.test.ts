/**
 * A training whose terminal goes away, or whose streams cannot be written: it keeps what it has trained, and resumed
 * it ends with the bytes of an undisturbed run. Uses the built program. `GLASSHOUSE_THOROUGH=1` tries more ways.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeSeedlings } from '../src/data/seedlings/draw.node.ts'
import { complete, gate, thorough } from './thorough.ts'

const program = new URL('../bin/glasshouse.js', import.meta.url).pathname
const built = existsSync(new URL('../dist/cli/main.js', import.meta.url))
const hasTerminals = existsSync('/usr/bin/script')
const hasFullDevice = existsSync('/dev/full')

const folder = mkdtempSync(join(tmpdir(), 'glasshouse-terminal-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const data = join(folder, 'data')
const calm = join(folder, 'calm')

/** No checkpoint is due within an epoch: what is kept of one is kept because the program was stopped. */
const training = (out: string) =>
  `train ${data} --net small --size 16 --batch 6 --epochs 2 --lr 0.05 --threads 1 --checkpoint-every 3600 --out ${out}`.split(
    ' ',
  )

const ended = (child: ChildProcess) =>
  new Promise<number | null>(resolve => void child.on('exit', code => resolve(code)))

const stepsIn = (run: string): string[] => {
  const log = join(run, 'log.ndjson')
  const lines = existsSync(log) ? readFileSync(log, 'utf8').split('\n') : []
  return lines.filter(line => line.includes('"kind":"step"'))
}

/** Half an epoch is trained. */
async function underWay(run: string): Promise<void> {
  while (stepsIn(run).length < 4) await setTimeout(2)
}

function expectSameBytes(run: string): void {
  const files = readdirSync(join(calm, 'checkpoints')).sort()
  expect(readdirSync(join(run, 'checkpoints')).sort()).toEqual(files)
  for (const file of files) {
    const [one, other] = [calm, run].map(place => readFileSync(join(place, 'checkpoints', file)))
    expect(one.equals(other), file).toBe(true)
  }
  expect(stepsIn(run)).toEqual(stepsIn(calm))
}

/** Goes on with a run; nothing that it has trained is trained again. */
async function resumeFrom(run: string): Promise<void> {
  const before = stepsIn(run).length
  expect(before).toBeLessThan(stepsIn(calm).length)
  const child = spawn(process.execPath, [program, 'train', '--resume', run, '--threads', '1'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let fewest = before
  const watch = setInterval(() => (fewest = Math.min(fewest, stepsIn(run).length)), 2)
  expect(await ended(child)).toBe(0)
  clearInterval(watch)
  expect(fewest).toBe(before)
  expectSameBytes(run)
}

describe.skipIf(!gate || !built)('a training', () => {
  beforeAll(async () => {
    await writeSeedlings(data, { perClass: 5, size: 24 })
    expect(await ended(spawn(process.execPath, [program, ...training(calm)], { stdio: 'ignore' }))).toBe(0)
  })

  it.skipIf(!complete)('that gets SIGHUP writes a checkpoint, exits with 130 and can go on', async () => {
    const run = join(folder, 'hung-up')
    const child = spawn(process.execPath, [program, ...training(run)], { stdio: 'ignore' })
    await underWay(run)
    child.kill('SIGHUP')
    expect(await ended(child)).toBe(130)
    await resumeFrom(run)
  })

  it.skipIf(!hasTerminals)('whose terminal is closed does the same', async () => {
    const run = join(folder, 'closed')
    const line = [process.execPath, program, ...training(run)].join(' ')
    const terminal = spawn('script', ['--quiet', '--command', `exec ${line}`, '/dev/null'], {
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    await underWay(run)
    terminal.kill('SIGKILL')
    await ended(terminal)
    // The program outlives its terminal by what it takes to write a checkpoint; then its lock is gone.
    while (readdirSync(run).some(name => /lock/i.test(name))) await setTimeout(20)
    await resumeFrom(run)
  })

  it.skipIf(!hasFullDevice || !complete)(
    'whose standard error is a full disk trains to its end',
    async () => {
      const run = join(folder, 'full')
      const child = spawn(process.execPath, [program, ...training(run)], {
        stdio: ['ignore', 'ignore', openSync('/dev/full', 'w')],
      })
      expect(await ended(child)).toBe(0)
      expectSameBytes(run)
    },
  )

  it.skipIf(!hasFullDevice)('whose standard output is full too says so by its exit code', async () => {
    const run = join(folder, 'both-full')
    const full = openSync('/dev/full', 'w')
    const child = spawn(process.execPath, [program, ...training(run)], { stdio: ['ignore', full, full] })
    expect(await ended(child)).toBe(1)
    expectSameBytes(run)
    JSON.parse(readFileSync(join(run, 'result.json'), 'utf8'))
  })

  it.skipIf(!thorough)('whose readers go away trains to its end', async () => {
    const run = join(folder, 'unread')
    const child = spawn(process.execPath, [program, ...training(run)], { stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout.destroy()
    child.stderr.destroy()
    expect(await ended(child)).toBe(0)
    expectSameBytes(run)
  })

  it.skipIf(!thorough)('that was started without standard streams trains to its end', async () => {
    const run = join(folder, 'no-streams')
    const line = [process.execPath, program, ...training(run)].join(' ')
    expect(await ended(spawn('sh', ['-c', `exec ${line} <&- >&- 2>&-`], { stdio: 'ignore' }))).toBe(0)
    expectSameBytes(run)
  })
})
