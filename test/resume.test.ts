/** A run that is killed at any moment and resumed ends with the bytes of an undisturbed one. Uses the built program. */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { random } from '../src/base/random.ts'
import { seedlings } from './seedlings.ts'
import { complete, gate, thorough } from './thorough.ts'

const program = new URL('../bin/glasshouse.js', import.meta.url).pathname
const built = existsSync(new URL('../dist/cli/main.js', import.meta.url))
const kills = thorough ? 20 : complete ? 6 : 3

/** Steps that a run folder's log tells of. */
function stepsIn(run: string): string[] {
  const log = join(run, 'log.ndjson')
  if (!existsSync(log)) return []
  return readFileSync(log, 'utf8')
    .split('\n')
    .filter(line => line.includes('"kind":"step"'))
}

/** What the log's last words on every epoch are, without how long it took. */
function epochsIn(run: string): object[] {
  const lines = readFileSync(join(run, 'log.ndjson'), 'utf8').split('\n').filter(Boolean)
  return lines
    .map(line => JSON.parse(line))
    .filter(({ kind }) => kind === 'epoch')
    .map(({ seconds, imagesPerSecond, ...rest }) => rest)
}

/** When to kill: `delay` milliseconds after `steps` further steps stand in the log of `run`. */
interface Death {
  run: string
  steps: number
  delay: number
}

/** Resolves with the exit code, or null where the process was killed. */
function run(words: string[], death?: Death): Promise<number | null> {
  const child = spawn(process.execPath, [program, ...words, '--threads', '1', '--quiet'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  let alive = true
  const ended = new Promise<number | null>(resolve => {
    child.on('exit', code => {
      alive = false
      resolve(code)
    })
  })
  if (death) void killAt(death)
  return ended

  async function killAt({ run, steps, delay }: Death): Promise<void> {
    // A resumed run first cuts its log back to its checkpoint, so the fewest lines seen are where it began.
    let fewest = Number.POSITIVE_INFINITY
    while (alive) {
      const now = stepsIn(run).length
      fewest = Math.min(fewest, now)
      if (now >= fewest + steps) break
      await setTimeout(2)
    }
    await setTimeout(delay)
    child.kill('SIGKILL')
  }
}

describe.skipIf(!gate || !built)('a run that is killed and resumed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'glasshouse-resume-'))
  let data = ''
  const epochs = thorough ? 6 : complete ? 4 : 3
  const recipe = ['--net', 'small', '--size', '16', '--batch', '12', '--epochs', `${epochs}`, '--lr', '0.05']
  const often = ['--checkpoint-every', '0.1']

  beforeAll(async () => {
    data = await seedlings(thorough ? { perClass: 40 } : {})
  })

  it(`at ${kills} random moments ends with the same checkpoints, byte for byte`, {
    timeout: 600_000,
  }, async () => {
    const [calm, troubled] = ['calm', 'troubled'].map(name => join(folder, name))
    expect(await run(['train', data, ...recipe, ...often, '--out', calm])).toBe(0)

    const stream = random(1, 'kills')
    let killed = 0
    for (let attempt = 0; attempt < kills; attempt++) {
      const words = existsSync(join(troubled, 'run.json'))
        ? ['train', '--resume', troubled, ...often]
        : ['train', data, ...recipe, ...often, '--out', troubled]
      // Every third dies at its start, the others some steps on: within a step, an evaluation, a checkpoint.
      const code = await run(
        words,
        attempt % 3 === 0
          ? { run: troubled, steps: 0, delay: stream.uniform(0, 800) }
          : { run: troubled, steps: 1 + stream.integer(8), delay: stream.uniform(0, 60) },
      )
      if (code === null) killed++
    }
    expect(await run(['train', '--resume', troubled])).toBe(0)
    expect(killed).toBeGreaterThanOrEqual(kills / 2)

    const files = readdirSync(join(calm, 'checkpoints')).sort()
    expect(files).toEqual([
      ...Array.from({ length: epochs + 1 }, (_, epoch) => `epoch-000${epoch}.safetensors`),
      'last.safetensors',
    ])
    for (const file of files) {
      const [one, other] = [calm, troubled].map(run => readFileSync(join(run, 'checkpoints', file)))
      expect(one.equals(other), file).toBe(true)
    }
    expect(stepsIn(troubled)).toEqual(stepsIn(calm))
    expect(epochsIn(troubled)).toEqual(epochsIn(calm))
  })
})
