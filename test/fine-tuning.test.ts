/** Fine-tuning by the command `train`: from a model that PyTorch exported, and with a frozen trunk. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { float32 } from '../src/graph/tensor.ts'
import { buildNetwork } from '../src/nets/network.ts'
import { readLog } from '../src/runs/log.node.ts'
import { openModel } from '../src/runs/open-model.node.ts'
import { createEngine } from '../src/runtime/engine.node.ts'
import { evaluate } from '../src/runtime/engine.ts'
import { readWeights } from '../src/weights/file.node.ts'
import { commandLine } from './command-line.ts'
import { differing } from './differing.ts'
import { seedlings } from './seedlings.ts'
import { gate } from './thorough.ts'

const densenet = new URL('fixtures/onnx/densenet.onnx', import.meta.url).pathname
const root = mkdtempSync(join(tmpdir(), 'fine-tuning-'))
const at = (...path: string[]) => join(root, ...path)
let data = ''

const glasshouse = (...words: string[]) => commandLine()(...words, '--threads', '1')

const train = (name: string, ...words: string[]) =>
  glasshouse('train', data, ...recipe, ...words, '--out', at(name))
const recipe = '--size 32 --batch 16 --optimizer adam --lr 0.003 --weight-decay 0'.split(' ')

const checkpoint = (name: string, epoch: number) =>
  readWeights(at(name, 'checkpoints', `epoch-000${epoch}.safetensors`))

beforeAll(async () => {
  process.env.GLASSHOUSE_CACHE = at('cache')
  data = await seedlings()
})

describe('a model that PyTorch exported', () => {
  beforeAll(async () => {
    const { code, stderr } = await train('tuned', '--net', densenet, '--epochs', '4', '--head-rate', '3')
    expect(code, stderr).toBe(0)
  })

  it('learns, with a new head, and keeps the statistics of its normalisations', async () => {
    const losses = (await readLog(at('tuned'))).flatMap(line => (line.kind === 'epoch' && line.loss) || [])
    expect(losses.length).toBe(4)
    expect(losses[3]).toBeLessThan(losses[0] - 0.05)
    const [before, after] = [await checkpoint('tuned', 0), await checkpoint('tuned', 4)]
    expect(before.get('new_head.weight')!.shape[0]).toBe(12)
    expect(before.has('classifier.weight')).toBe(false)
    const kept = [...before.keys()].filter(name => !differing(before, after).includes(name))
    expect(kept.length).toBeGreaterThan(0)
    for (const name of kept) expect(name).toMatch(/running_(mean|var)$/)
  })

  const answers = async (source: string) => {
    const { network } = await openModel(source)
    expect(network.head).toMatchObject({ kind: 'classes', classes: expect.arrayContaining(['Charlock']) })
    const { graph, output } = buildNetwork(network, { batch: 2 })
    const images = float32(
      [2, 3, 32, 32],
      Float32Array.from({ length: 6144 }, (_, i) => Math.sin(i)),
    )
    const request = { graph, outputs: { output }, parameters: network.parameters }
    const result = await evaluate(await createEngine({ threads: 1 }), request, { images })
    return Array.from(result.output.data as Float32Array)
  }

  it.runIf(gate)(
    'leaves its best epoch as a file, with the same answers, and that need not be its last',
    async () => {
      const record = JSON.parse(readFileSync(at('tuned', 'run.json'), 'utf8'))
      for (const epoch of [1, 4]) {
        writeFileSync(at('tuned', 'run.json'), JSON.stringify({ ...record, best: { ...record.best, epoch } }))
        const { code, stderr } = await glasshouse('train', '--resume', at('tuned'))
        expect(code, stderr).toBe(0)
        const [run, file] = [
          await answers(`${at('tuned')}@${epoch}`),
          await answers(at('tuned', 'model.onnx')),
        ]
        expect(run.length).toBe(24)
        run.forEach((value, i) => {
          expect(file[i]).toBeCloseTo(value, 4)
        })
        expect(await answers(at('tuned'))).toEqual(run)
      }
      expect(differing(await checkpoint('tuned', 1), await checkpoint('tuned', 4)).length).toBeGreaterThan(0)
    },
  )

  it.runIf(gate)('can be tuned again, from what the run leaves', async () => {
    const again = await train('again', '--net', at('tuned', 'model.onnx'), '--epochs', '1')
    expect(again.code, again.stderr).toBe(0)
    expect([...(await checkpoint('again', 1)).keys()]).toContain('new_head2.weight')
  })

  it.runIf(gate)('goes on after a stop from the copy that the run keeps', async () => {
    const { code, stderr } = await glasshouse('train', '--resume', at('tuned'))
    expect(code, stderr).toBe(0)
    expect(existsSync(at('tuned', 'network.onnx'))).toBe(true)
  })

  it('takes no weights besides, and has to be there', async () => {
    expect((await train('none', '--net', densenet, '--weights', 'x.pth')).stderr).toContain(
      'brings its own weights',
    )
    expect((await train('none', '--net', at('none.onnx'))).stderr).toContain('no such file')
  })
})

describe('a frozen trunk', () => {
  const files = () => (existsSync(at('cache', 'features')) ? readdirSync(at('cache', 'features')) : [])
  const freeze = ['--net', 'small', '--epochs', '2', '--freeze', 'pool']

  it.runIf(gate)('is run once where every epoch shows it the same images, and keeps every bit', async () => {
    const { code, stderr } = await train('frozen', ...freeze, '--augment', 'none')
    expect(code, stderr).toBe(0)
    expect(files().length).toBe(1)
    expect(stderr).toContain('features of pool')
    expect(differing(await checkpoint('frozen', 0), await checkpoint('frozen', 2))).toEqual([
      'fc.bias',
      'fc.weight',
    ])

    const again = await train('frozen-again', ...freeze, '--augment', 'none')
    expect(again.stderr).not.toContain('features of pool')
    const last = (name: string) => readFileSync(at(name, 'checkpoints', 'epoch-0002.safetensors'))
    expect(last('frozen-again').equals(last('frozen'))).toBe(true)
  })

  it('is run in every step where images are cropped at random', async () => {
    const before = files().length
    const { code } = await train('cut', ...freeze)
    expect(code).toBe(0)
    expect(files().length).toBe(before)
    expect(differing(await checkpoint('cut', 0), await checkpoint('cut', 2))).toEqual([
      'fc.bias',
      'fc.weight',
    ])
  })

  it('is named by a layer that is there', async () => {
    const { code, stderr } = await train('wrong', '--net', 'small', '--freeze', 'stage9')
    expect(code).toBe(2)
    expect(stderr).toContain('--freeze: the network has no such layer')
  })
})
