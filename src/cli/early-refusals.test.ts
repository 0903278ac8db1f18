/**
 * What names, labels and options tell is refused before an image is opened. The images here are none, so whoever opens
 * them first ends with "no readable image".
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { glasshouse } from '../../test/command-line.ts'
import { networkModel } from '../models/export.ts'
import { initialParameters, type NetworkPlan } from '../nets/network.ts'

const folder = mkdtempSync(join(tmpdir(), 'glasshouse-early-'))
afterAll(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)
const resnet = new URL('../../test/fixtures/onnx/resnet.onnx', import.meta.url).pathname

/** Files that are named like images. */
function lay(data: string, ...paths: readonly string[]): void {
  for (const path of paths) {
    mkdirSync(dirname(at(`${data}/${path}`)), { recursive: true })
    writeFileSync(at(`${data}/${path}`), 'no image')
  }
}

function model(name: string, head: NetworkPlan['head']): void {
  const plan: NetworkPlan = {
    net: 'small',
    head,
    preprocessing: { size: 32, resize: 32, mean: [0, 0, 0], deviation: [1, 1, 1] },
  }
  writeFileSync(at(name), networkModel({ ...plan, parameters: initialParameters(plan, 0) }))
}

beforeAll(() => {
  process.env.GLASSHOUSE_CACHE = at('cache')
  model('classifier.onnx', { kind: 'classes', classes: ['oak', 'elm'] })
  model('embedding.onnx', { kind: 'embedding', dim: 4 })
  lay('known', 'oak/1.png', 'elm/1.png', 'oak/2.png')
  lay('unknown', 'oak/1.png', 'ash/1.png')
  lay('alone', 'oak/1.png', 'elm/1.png')
  lay('one', 'oak/1.png', 'oak/2.png')
  lay('split', 'train/oak/1.png', 'train/elm/1.png', 'test/oak/1.png', 'test/elm/2.png')
  writeFileSync(at('list.csv'), 'path,label\nknown/oak/1.png,oak\nunknown/ash/1.png,ash\n')
})

const inFolder = (words: string) =>
  words.split(' ').map(word => (/^@/.test(word) ? at(word.slice(1)) : word === 'RESNET' ? resnet : word))

describe('before an image is opened', () => {
  test.each([
    ['evaluate @classifier.onnx @unknown', /classes that the classifier does not know.*ash/s],
    ['evaluate @classifier.onnx @list.csv', /classes that the classifier does not know.*ash/s],
    ['evaluate @classifier.onnx @split --split val', /no images in the split 'val'/],
    ['evaluate @embedding.onnx @alone', /no query has a classmate/],
    ['evaluate @embedding.onnx @split --split test', /no query has a classmate/],
    ['evaluate @none.arrow --gallery-labels @labels.txt', /--gallery-labels.*no effect without --gallery/],
    ['evaluate @embedding.onnx @known --gallery-labels @labels.txt', /--gallery-labels.*no effect.*vectors/],
    ['embed @embedding.onnx @split --split val', /no images in the split 'val'/],
    ['embed @embedding.onnx @known --layer stage9', /no such layer/],
    ['train @one --net small --out @run', /too few classes/],
    ['train @split --net small --objective epshn --out @run', /too few images in a class/],
    [
      'train @known --net small --objective npair --batch 64 --per-class 2 --out @run',
      /too few images|more classes/,
    ],
    ['cam @classifier.onnx @known --class ash', /no such class/],
    ['cam @classifier.onnx @known --method grad-cam --layer stage9', /no such layer/],
    ['cam @embedding.onnx @known', /needs a network with classes/],
    ['mistakes @classifier.onnx @unknown', /classes that the classifier does not know/],
    ['mistakes @classifier.onnx @known --pair oak,ash', /no such class/],
    ['mistakes @classifier.onnx @known --method grad-cam --layer stage9', /no such layer/],
    ['neighbours @classifier.onnx @known RESNET --layer stage9', /no such layer/],
    ['neighbours @classifier.onnx @known @missing.png', /no such file/],
    ['layer-similarity @classifier.onnx @known --layers stage2,stage9', /no such layer/],
    ['anatomy @classifier.onnx @known --unit stage9.unit1', /no such residual unit/],
  ])('%s', async (words, refusal) => {
    const { code, stderr } = await glasshouse(...inFolder(words))
    expect(stderr).toMatch(refusal)
    expect(code).toBe(2)
  })

  test('what could be right is only refused when they are', async () => {
    for (const words of [
      'evaluate @classifier.onnx @known',
      'embed @embedding.onnx @known',
      'cam @classifier.onnx @known',
    ])
      expect((await glasshouse(...inFolder(words))).stderr).toMatch(/no readable image/)
    // Whether a file without an ending is an image shows only in its content.
    lay('doubtful', 'oak/1.png', 'ash/1')
    const { stderr } = await glasshouse(...inFolder('evaluate @classifier.onnx @doubtful'))
    expect(stderr).toMatch(/no readable image/)
  })
})
