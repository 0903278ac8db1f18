/**
 * Fetching published weights, killed (SIGKILL) at random moments, in every second series with two processes on the
 * same file: the right file in the end, and nothing beside it. GLASSHOUSE_FUZZ makes it twenty series.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { random } from '../src/base/random.ts'
import { gate } from './thorough.ts'
import { type Behaviour, serve } from './unreliable-server.ts'

const module = new URL('../dist/weights/pulled-weights.node.js', import.meta.url)
const series = process.env.GLASSHOUSE_FUZZ ? 20 : 2

const folder = mkdtempSync(join(tmpdir(), 'glasshouse-download-kills-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const { bits } = random(1, 'content')
const file = new Uint8Array(Uint32Array.from({ length: 2 ** 17 }, bits).buffer)
const sha256 = createHash('sha256').update(file).digest('hex')

/** A part of the file every few milliseconds, from where it is asked for. */
const slowly: Behaviour = async ({ from, response }) => {
  const range = { 'content-range': `bytes ${from}-${file.length - 1}/${file.length}` }
  const headers = { etag: '"1"', 'content-length': file.length - from, ...(from > 0 && range) }
  response.on('error', () => {})
  response.writeHead(from > 0 ? 206 : 200, headers)
  for (let at = from; at < file.length && !response.destroyed; at += 2 ** 14) {
    response.write(file.subarray(at, at + 2 ** 14))
    await setTimeout(40)
  }
  response.end()
}

function pull(url: string, cache: string, killAfter?: number): Promise<number | null> {
  const weights = { name: 'mine', net: 'small', url, sha256, megabytes: 1, licence: '', about: '' }
  const program = `import { pullWeights } from ${JSON.stringify(module)}\nawait pullWeights(${JSON.stringify(weights)})`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, GLASSHOUSE_CACHE: cache },
  })
  if (killAfter !== undefined) void setTimeout(killAfter).then(() => child.kill('SIGKILL'))
  return new Promise(resolve => void child.on('exit', code => resolve(code)))
}

describe.skipIf(!existsSync(module))('a download that is killed', () => {
  it.runIf(gate)(
    `in ${series} series at random moments ends with the right file and nothing beside it`,
    async () => {
      const server = await serve(slowly)
      const { uniform } = random(2, 'kills')
      let killed = 0
      try {
        for (let one = 0; one < series; one++) {
          const cache = join(folder, String(one))
          const together = 1 + (one % 2)
          for (let attempt = 0; attempt < 6; attempt++) {
            const codes = await Promise.all(
              Array.from({ length: together }, () => pull(server.url, cache, uniform(100, 1000))),
            )
            killed += codes.filter(code => code === null).length
          }
          const codes = await Promise.all(Array.from({ length: together }, () => pull(server.url, cache)))
          expect(codes).toEqual(codes.map(() => 0))
          const place = join(cache, 'weights')
          expect(readdirSync(place)).toHaveLength(1)
          expect(readFileSync(join(place, readdirSync(place)[0])).equals(file)).toBe(true)
        }
      } finally {
        await server.close()
      }
      if (process.env.GLASSHOUSE_FUZZ) process.stdout.write(`${series} series, ${killed} kills\n`)
      expect(killed).toBeGreaterThanOrEqual(2 * series)
    },
    1_200_000,
  )
})
