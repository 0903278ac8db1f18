/**
 * Hostile images of every format: each is read or refused with a reason, in less than 10 CPU seconds, by a process that
 * never holds 2 GB. GLASSHOUSE_FUZZ sets how many are tried per format, and has the figures printed.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { random } from '../src/base/random.ts'
import { type HostileFormat, hostileFormats, hostileImage, samplesOf } from './hostile-images.ts'
import { attempts, complete, gate } from './thorough.ts'

const built = existsSync(new URL('../dist/data/decode.node.js', import.meta.url))
const reader = new URL('read-images.js', import.meta.url).pathname
const tried = attempts(complete ? 20 : 6)

interface Line {
  path: string
  outcome?: string
  seconds?: number
  peak?: number
}

/** Reads the files in one process and says what came of each; one that it never came back from has no outcome. */
function readAll(folder: string, paths: readonly string[]): Line[] {
  writeFileSync(join(folder, 'list'), paths.join('\n'))
  const { stdout } = spawnSync(process.execPath, [reader, join(folder, 'list')], {
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
    timeout: 600_000,
  })
  const lines = stdout
    .split('\n')
    .filter(Boolean)
    .map((line): Line => JSON.parse(line))
  return paths.map(path => lines.findLast(line => line.path === path) ?? { path })
}

async function attack(format: HostileFormat): Promise<Line[]> {
  const folder = mkdtempSync(join(tmpdir(), `glasshouse-hostile-${format}-`))
  const samples = await samplesOf(format)
  const paths = Array.from({ length: tried }, (_, i) => {
    const path = join(folder, `${i}.${format}`)
    writeFileSync(path, hostileImage(format, samples, random('hostile', format, i)))
    return path
  })
  const lines = readAll(folder, paths)
  if (process.env.GLASSHOUSE_KEEP === undefined) rmSync(folder, { recursive: true })
  return lines
}

describe.skipIf(!built)('hostile images', () => {
  it.each(gate ? hostileFormats : hostileFormats.slice(0, 2))('%s', { timeout: 3_600_000 }, async format => {
    const lines = await attack(format)
    const seconds = Math.max(0, ...lines.map(line => line.seconds ?? 0))
    const peak = lines.reduce((most, line) => Math.max(most, line.peak ?? 0), 0)
    if (process.env.GLASSHOUSE_FUZZ) {
      const read = lines.filter(({ outcome }) => outcome === 'read').length
      const figures = `slowest ${seconds.toFixed(1)} CPU s, peak memory ${(peak / 2 ** 20).toFixed(0)} MiB`
      process.stdout.write(
        `${format}: ${tried} tried, ${read} read, ${tried - read} refused or worse, ${figures}\n`,
      )
      for (const line of lines)
        if ((line.seconds ?? 99) > 3 || !line.outcome || line.outcome.startsWith('fault'))
          process.stdout.write(`  ${JSON.stringify(line)}\n`)
    }
    expect(lines.filter(({ outcome }) => outcome === undefined || outcome.startsWith('fault'))).toEqual([])
    expect(seconds).toBeLessThan(10)
    expect(peak).toBeLessThan(2e9)
  })
})
