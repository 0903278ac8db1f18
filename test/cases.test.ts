/**
 * The cases of ../shared/cases, on the command line: what people report publicly about tools of this kind, and what a
 * user would rightly expect. Every folder of them is walked. The folder is not part of this repository; tests of each
 * kind, with inputs of their own, stand beside the code. Uses the built program; `GLASSHOUSE_THOROUGH=1` runs it.
 */
import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decodeModel } from '../src/graph/onnx/decode.ts'
import { float32 } from '../src/graph/tensor.ts'
import { createEngine } from '../src/runtime/engine.node.ts'
import { examine } from './examine-model.ts'

const program = new URL('../bin/glasshouse.js', import.meta.url).pathname
const source = new URL('../../shared/cases/', import.meta.url).pathname
const runs = existsSync(source) && process.env.GLASSHOUSE_THOROUGH === '1'

const folder = mkdtempSync(join(tmpdir(), 'glasshouse-cases-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const reports = join(folder, 'reports')
const env = { ...process.env, GLASSHOUSE_CACHE: join(folder, 'cache') }

interface Expected {
  code: number
  says: RegExp
  not?: RegExp
}

const small = '--net small --size 16 --epochs 1 --batch 4 --quiet'
const good = (says: RegExp, not?: RegExp): Expected => ({ code: 0, says, not })
const refused = (says: RegExp): Expected => ({ code: 2, says })
const threeClasses = good(/24 images of 3 classes: 18 train, 6 test/)
const image = '22/00_base.png'

/** Each line as it is typed; the first two digits are the case's number. */
const cases: readonly [line: string, expected: Expected][] = [
  ['data inspect 01/split_Train_Test', threeClasses],
  ...['TRAIN TEST', 'Training Testing', 'training validation', 'Train val'].map(
    pair => [`data inspect 01/${pair.replace(' ', '_')}`, threeClasses] as [string, Expected],
  ),
  ['data inspect 01/val_test', good(/18 val, 6 test/)],
  [`train 01/val_test ${small} --out made/01`, refused(/no images in this split/)],
  [`train 03/triple ${small} --json --out made/03`, good(/"val":/)],
  ['data inspect 04/wrapped', good(/the one class 'plants' has the folders 'blue', 'green', 'red'/)],
  [`train 05/kaggle ${small.replace(' --quiet', '')} --out made/05`, good(/no labels/)],
  ['data inspect 07/links2', good(/12 images of 2 classes/)],
  ['data inspect 08/latin_merge.csv', refused(/line 2: the text is not UTF-8/)],
  ['data inspect 09/utf16.csv', good(/12 images of 2 classes/)],
  ['evaluate 11/x.npy --labels 11/lab.npy', good(/recall at 1 +77.50 %/)],
  ['evaluate 11/x.npy --labels 11/lab_space.txt', good(/recall at 1 +77.50 %/)],
  ['evaluate 12/x.npy --labels 12/lab_csv.csv', refused(/several columns/)],
  ['evaluate 12/x.npy --labels 12/lab_tsv.tsv', refused(/several columns/)],
  ['evaluate 13/x.npy --labels 13/lab_str.npy', good(/recall at 1 +77.50 %/)],
  ['evaluate 13/x.npy --labels 13/lab_obj.npy', refused(/Python objects.*astype\(str\)/s)],
  [`train 15/dupabs.csv ${small} --out made/15`, refused(/names an image twice/)],
  ['data inspect 17/back.csv', good(/12 images of 2 classes/)],
  [
    `train 18/nomates --objective triplet --per-class 2 ${small} --out made/18`,
    refused(/too few images in a class/),
  ],
  [
    `train 19/plain --objective epshn --per-class 4 ${small} --out made/19`,
    refused(/images of one class only/),
  ],
  [`train 20/plain ${small.replace('--epochs 1', '--epochs 0')} --out made/20`, refused(/at least 1/)],
  [`classify 22/sigmoid.onnx ${image}`, good(/class 3 +56.40 %/)],
  [`classify 23/binary_sigmoid.onnx ${image}`, good(/48.69 %/, /100.00 %/)],
  [`classify 25/two_pool_first.onnx ${image}`, good(/logits is used[\s\S]*class 3/)],
  [`classify 26/ultra_bare.onnx ${image}`, good(/from the metadata of Ultralytics[\s\S]*dog/)],
  [`classify 28/dynq.onnx ${image}`, good(/class 3 +33/)],
  [`classify 28/dynq_matmul.onnx ${image}`, good(/class 3 +33/)],
  [`classify 29/nhwc_dyn.onnx ${image}`, good(/class 3 +33/)],
  [`classify 29/nhwc_alldyn.onnx ${image}`, good(/class 3 +33/)],
  ['evaluate 30/dupnames.onnx 30/plain', good(/several outputs have the same class name/)],
  [`classify 31/hfjson.onnx ${image}`, good(/hfjson.json is not used/)],
  [`train 37/two ${small} --out made/37`, good(/Results/)],
  [`classify 22/sigmoid.onnx 40/x.jp2`, refused(/of the kind JPEG 2000, which is not read/)],
]

/** Of checkpoints that `make-checkpoints.py` writes, where Python has PyTorch. */
const checkpoints: readonly [line: string, expected: Expected][] = [
  ...['lightning.ckpt', 'lightning-loss.ckpt', 'net.ckpt', 'backbone.ckpt', 'encoder.ckpt', 'swa.pth'].map(
    name => [`classify resnet18:32/${name} ${image}`, good(/%/)] as [string, Expected],
  ),
  [`classify resnet18:34/nan.pth ${image}`, refused(/layer1.0.conv1.weight/)],
  ['embed resnet18:35/no-fc.pth 37/two --out made/35a --json', good(/"dim": 512/)],
  ['embed resnet18:35/embedder-64.pth 37/two --out made/35b --json', good(/"dim": 64/)],
]

const glasshouse = (line: string): SpawnSyncReturns<string> =>
  spawnSync(process.execPath, [program, ...line.split(' ')], { cwd: reports, env, encoding: 'utf8' })

function expectOf(line: string, { code, says, not }: Expected): void {
  const { status, stdout, stderr } = glasshouse(line)
  // Notes come first, as on a terminal.
  const said = stderr + stdout
  expect(said).toMatch(says)
  if (not) expect(said).not.toMatch(not)
  expect(said).not.toMatch(/fault of glasshouse/)
  expect(status).toBe(code)
}

const python = ['python3', '/usr/bin/python3'].find(
  one => runs && spawnSync(one, ['-c', 'import torch, torchvision']).status === 0,
)

describe.skipIf(!runs)('cases on the command line (skipped without ../shared/cases)', () => {
  beforeAll(() => {
    cpSync(source, folder, { recursive: true, verbatimSymlinks: true })
    for (const pair of ['TRAIN TEST', 'Training Testing', 'training validation', 'Train val', 'val test']) {
      const [one, other] = pair.split(' ')
      const place = join(reports, '01', `${one}_${other}`)
      cpSync(join(reports, '01', 'split_Train_Test'), place, { recursive: true })
      renameSync(join(place, 'Train'), join(place, 'moved'))
      renameSync(join(place, 'Test'), join(place, other))
      renameSync(join(place, 'moved'), join(place, one))
    }
    for (const script of ['07/links.txt', '15/make-list.sh']) spawnSync('sh', [script], { cwd: reports })
    if (python) spawnSync(python, ['make-checkpoints.py'], { cwd: reports })
  })

  it('every folder is walked', () => {
    const lines = [...cases, ...checkpoints].map(([line]) => line).join(' ')
    const alone = ['36', '38']
    const numbers = readdirSync(reports).filter(name => /^\d\d$/.test(name))
    for (const number of numbers)
      expect(alone.includes(number) || new RegExp(`[ :]${number}/`).test(lines), number).toBe(true)
  })

  it.each(cases)('%s', (line, expected) => expectOf(line, expected))
  it.skipIf(!python).each(checkpoints)('%s', (line, expected) => expectOf(line, expected))

  it('36: of two trainings in one folder, one trains and the other is refused', async () => {
    const both = ['0', '1'].map(seed =>
      spawn(
        process.execPath,
        [program, ...`train 36/plain ${small} --seed ${seed} --out made/36`.split(' ')],
        { cwd: reports, env, stdio: 'ignore' },
      ),
    )
    const codes = await Promise.all(
      both.map(child => new Promise<number | null>(resolve => void child.on('exit', resolve))),
    )
    expect(codes.sort()).toEqual([0, 2])
    const log = readFileSync(join(reports, 'made/36/log.ndjson'), 'utf8')
    expect(new Set(log.match(/"step":\d+,"loss"/g)).size).toBe(log.match(/"step":\d+,"loss"/g)!.length)
  })

  it('38: stopped before anything is finished, it says that nothing is kept', async () => {
    const words = `train 38/plain ${small.replace(' --quiet', '')} --out made/38`.split(' ')
    const child = spawn(process.execPath, [program, ...words], { cwd: reports, env })
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => {
      if (said === '') child.kill('SIGINT')
      said += chunk
    })
    const code = await new Promise<number | null>(resolve => void child.on('close', resolve))
    expect(code).toBe(130)
    expect(said).toMatch(/nothing is kept|Kept in/)
    const kept = existsSync(join(reports, 'made/38'))
    expect(/Kept in/.test(said)).toBe(kept)
  })
})

describe.skipIf(!runs)('graphs of the cases (skipped without ../shared/cases)', async () => {
  const engine = await createEngine({ threads: 1 })
  const names = runs ? readdirSync(join(source, 'graphs')).filter(name => name.endsWith('.onnx')) : []
  const inputFor = (shape: number[]) =>
    float32(
      shape,
      Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, k) => ((37 * k) % 101) / 50 - 1),
    )
  it.each(names)('%s: forward and gradient are right', async name => {
    const bytes = readFileSync(join(source, 'graphs', name))
    const [{ name: fed, extents }] = decodeModel(bytes, name).inputs
    const shape = extents.map((extent, axis) => extent ?? [1, 3, 14, 14][axis])
    const { forward, gradient } = await examine(bytes, { [fed]: inputFor(shape) }, engine)
    expect(forward, forward.detail).toMatchObject({ outcome: 'right' })
    // A gradient is right, or refused by the operator's name.
    expect(gradient.outcome, gradient.detail).toMatch(/right|none|undecided|refused/)
  })
})
