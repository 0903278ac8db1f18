/**
 * Classification models of torchvision as PyTorch exports them in each version of the standard from 11 to 17: logits to
 * 1e-4, gradients to 1e-3 of the largest entry, of what PyTorch computes in float64, or three times as far as PyTorch's own
 * float32 is from that. Every night, with PyTorch on the spot, some of them; all with `GLASSHOUSE_ZOO=all`, others by name:
 * `GLASSHOUSE_ZOO=vgg11,swin_t`. `GLASSHOUSE_ZOO_REPORT` names a file for the findings.
 */
import { spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { gradient } from '../src/graph/gradient.ts'
import { slice } from '../src/graph/ops/layout.ts'
import { reduceSum } from '../src/graph/ops/reduce.ts'
import { float32, floats } from '../src/graph/tensor.ts'
import { buildNetwork } from '../src/nets/network.ts'
import { openModel } from '../src/runs/open-model.node.ts'
import { createEngine } from '../src/runtime/engine.node.ts'
import { evaluate } from '../src/runtime/engine.ts'
import { thorough } from './thorough.ts'

interface Recorded {
  size: number
  logits: number[]
  gradient: number[]
  /** of PyTorch's own float32, of logits and gradient: largest difference over largest entry */
  spread: [number, number]
  /** why PyTorch did not export a version */
  failures: Record<string, string>
}

const opsets = [11, 12, 13, 14, 15, 16, 17]
const script = new URL('oracles/onnx_zoo.py', import.meta.url).pathname
const python = (...words: string[]) =>
  spawnSync('/usr/bin/python3', [script, ...words], {
    encoding: 'utf8',
    env: { ...process.env, OMP_WAIT_POLICY: 'PASSIVE' },
  })

const asked = process.env.GLASSHOUSE_ZOO
const usual = ['squeezenet1_1', 'shufflenet_v2_x0_5', 'mobilenet_v3_small', 'regnet_x_400mf', 'resnet18']
const wanted = asked === 'all' ? python('list').stdout?.split('\n') : (asked?.split(',') ?? usual)
const names =
  (thorough || asked !== undefined) && python('list').status === 0 ? (wanted ?? []).filter(Boolean) : []

const engine = await createEngine()

/** Largest difference over largest entry. */
const apart = (value: Float32Array, truth: readonly number[]) =>
  Math.max(...truth.map((each, index) => Math.abs(value[index] - each))) / Math.max(...truth.map(Math.abs))

async function answersOf(path: string, size: number): Promise<[Float32Array, Float32Array]> {
  const { network } = await openModel(path)
  const built = buildNetwork({ ...network, preprocessing: { ...network.preprocessing, size } }, { batch: 2 })
  const chosen = slice(built.output, [
    { axis: 0, start: 0, end: 1 },
    { axis: 1, start: 1, end: 2 },
  ])
  const [slope] = gradient(reduceSum(chosen), [built.images])
  const images = Float32Array.from({ length: 6 * size * size }, (_, k) => ((37 * k) % 101) / 50 - 1)
  const { logits, slope: found } = await evaluate(
    engine,
    { graph: built.graph, outputs: { logits: built.output, slope }, parameters: network.parameters },
    { images: float32([2, 3, size, size], images) },
  )
  return [floats(logits), floats(found).filter((_, index) => index % 37 === 0)]
}

describe.skipIf(names.length === 0)('exports of torchvision (nightly, with PyTorch)', () => {
  test.each(names)(
    '%s',
    async name => {
      const folder = mkdtempSync(join(tmpdir(), `onnx-zoo-${name}-`))
      try {
        const { status, stderr } = python('export', name, folder, ...opsets.map(String))
        expect(status, stderr).toBe(0)
        const record: Recorded = JSON.parse(readFileSync(join(folder, 'record.json'), 'utf8'))
        const [logitsWithin, gradientWithin] = [1e-4, 1e-3].map((usual, at) =>
          Math.max(usual, 3 * record.spread[at]),
        )
        for (const opset of opsets) {
          const path = join(folder, `${opset}.onnx`)
          const note = (words: object) =>
            process.env.GLASSHOUSE_ZOO_REPORT &&
            appendFileSync(
              process.env.GLASSHOUSE_ZOO_REPORT,
              `${JSON.stringify({ name, opset, ...words })}\n`,
            )
          if (!existsSync(path)) {
            note({ notExported: record.failures[opset] })
            expect(record.failures[opset]).toBeTypeOf('string')
            continue
          }
          const [logits, slopes] = await answersOf(path, record.size)
          const found = { logits: apart(logits, record.logits), gradient: apart(slopes, record.gradient) }
          note({ ...found, spread: record.spread })
          expect(found.logits, `${name}, version ${opset}`).toBeLessThan(logitsWithin)
          expect(found.gradient, `${name}, version ${opset}`).toBeLessThan(gradientWithin)
        }
      } finally {
        rmSync(folder, { recursive: true })
      }
    },
    1_800_000,
  )
})
