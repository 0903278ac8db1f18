/**
 * Hostile ONNX files are opened, built and differentiated as every lens does: each ends within 10 seconds and little
 * memory, read or refused with a reason. GLASSHOUSE_FUZZ sets how many files are tried, and has the figures printed.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { GlasshouseError } from '../src/base/errors.ts'
import { random } from '../src/base/random.ts'
import { gradient } from '../src/graph/gradient.ts'
import { isFloat } from '../src/graph/graph.ts'
import { reduceSum } from '../src/graph/ops/reduce.ts'
import { buildNetwork } from '../src/nets/network.ts'
import { openModel } from '../src/runs/open-model.node.ts'
import { hostile } from './hostile-onnx.ts'
import { attempts, gate } from './thorough.ts'

const count = attempts(64)
const longest = 10_000
const largest = 2 * 2 ** 30

const folder = mkdtempSync(join(tmpdir(), 'glasshouse-hostile-'))
afterAll(() => rmSync(folder, { recursive: true }))

const fixture = (name: string) =>
  new Uint8Array(readFileSync(new URL(`fixtures/onnx/${name}.onnx`, import.meta.url)))
const networks = [
  'resnet',
  'vgg',
  'mobilenet_v3',
  'shufflenet',
  'densenet',
  'convnext',
  'vit',
  'functions',
].map(name => [name, fixture(name)] as const)

async function openAndLay(path: string): Promise<'read' | 'refused'> {
  try {
    const { network } = await openModel(path)
    const { output, images } = buildNetwork(network, { batch: 1 })
    if (isFloat(output)) gradient(reduceSum(output), [images])
    return 'read'
  } catch (error) {
    if (error instanceof GlasshouseError) return 'refused'
    throw error
  }
}

describe('hostile ONNX files', () => {
  it.runIf(gate)(
    `${count} of them are read or refused, soon and in little memory`,
    async () => {
      const outcomes = { read: 0, refused: 0 }
      const bad: string[] = []
      let slowest = 0
      let peak = 0
      for (let k = 0; k < count; k++) {
        const [name, bytes] = networks[k % networks.length]
        const path = join(folder, `${name}-${k}.onnx`)
        writeFileSync(path, hostile(bytes, random('hostile', name, k)))
        const start = process.cpuUsage()
        const before = process.resourceUsage().maxRSS * 1024
        try {
          outcomes[await openAndLay(path)]++
        } catch (error) {
          bad.push(`${name}-${k}: ${error instanceof Error ? error.stack : error}`)
        }
        // Of the processor's time: a busy machine is not a fault of the file.
        const { user, system } = process.cpuUsage(start)
        const milliseconds = (user + system) / 1000
        const grown = process.resourceUsage().maxRSS * 1024 - before
        if (milliseconds > longest || grown > largest)
          bad.push(`${name}-${k}: ${milliseconds} ms, grew by ${grown} bytes`)
        slowest = Math.max(slowest, milliseconds)
        peak = Math.max(peak, grown)
        rmSync(path)
      }
      if (process.env.GLASSHOUSE_FUZZ)
        process.stdout.write(
          `hostile ONNX: ${outcomes.read} read, ${outcomes.refused} refused, ${bad.length} bad, slowest ${slowest.toFixed(0)} ms, memory grew by at most ${(peak / 2 ** 20).toFixed(0)} MiB for one\n`,
        )
      expect(bad).toEqual([])
      expect(outcomes.refused).toBeGreaterThan(count / 10)
    },
    3_600_000,
  )
})
