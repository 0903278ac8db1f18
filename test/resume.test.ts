/** A run that is killed at any moment and resumed ends with the bytes of an undisturbed one. Uses the built program. */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { writeSeedlings } from '../src/data/seedlings/draw.node.ts'
import { random } from '../src/random.ts'

const program = new URL('../bin/glasshouse.js', import.meta.url).pathname
const built = existsSync(new URL('../dist/cli/main.js', import.meta.url))
const kills = 20

/** Resolves with the exit code, or null where the process was killed after `life` milliseconds. */
function run(words: string[], life?: number): Promise<number | null> {
  const child = spawn(process.execPath, [program, ...words, '--threads', '1', '--quiet'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const timer = life === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), life)
  return new Promise(resolve => {
    child.on('exit', code => {
      clearTimeout(timer)
      resolve(code)
    })
  })
}

describe.skipIf(!built)('a run that is killed and resumed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'glasshouse-resume-'))
  const data = join(folder, 'data')
  const options = [
    '--net',
    'small',
    '--size',
    '16',
    '--batch',
    '12',
    '--epochs',
    '6',
    '--lr',
    '0.05',
    '--checkpoint-every',
    '0.1',
  ]

  beforeAll(async () => {
    await writeSeedlings(data, { perClass: 20, size: 24 })
  })

  it(`at ${kills} random moments ends with the same checkpoints, byte for byte`, {
    timeout: 600_000,
  }, async () => {
    const [calm, troubled] = ['calm', 'troubled'].map(name => join(folder, name))
    const started = performance.now()
    expect(await run(['train', data, ...options, '--out', calm])).toBe(0)
    const whole = performance.now() - started

    const stream = random(1, 'kills')
    let killed = 0
    for (let attempt = 0; attempt < kills; attempt++) {
      const words = existsSync(join(troubled, 'run.json'))
        ? ['train', '--resume', troubled]
        : ['train', data, ...options, '--out', troubled]
      // From the first moment to past the end of what is left: at start, in a step, while writing.
      const code = await run(
        [...words, '--checkpoint-every', '0.1'].filter((word, i, all) => all.indexOf(word) === i),
        stream.uniform(0.2, 0.75) * whole,
      )
      if (code === null) killed++
    }
    expect(await run(['train', '--resume', troubled])).toBe(0)
    expect(killed).toBeGreaterThan(kills / 4)

    const files = readdirSync(join(calm, 'checkpoints')).sort()
    expect(files).toEqual([
      'epoch-0000.safetensors',
      ...[1, 2, 3, 4, 5, 6].map(n => `epoch-000${n}.safetensors`),
      'last.safetensors',
    ])
    for (const file of files) {
      const [one, other] = [calm, troubled].map(run => readFileSync(join(run, 'checkpoints', file)))
      expect(one.equals(other), file).toBe(true)
    }
    const steps = (run: string) =>
      readFileSync(join(run, 'log.ndjson'), 'utf8')
        .split('\n')
        .filter(line => line.includes('"step"') && line.includes('"kind":"step"'))
    expect(steps(troubled)).toEqual(steps(calm))
  })
})
