/** `model inspect` and `model convert` as they are typed. */
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { glasshouse } from '../../test/command-line.ts'
import { gate } from '../../test/thorough.ts'
import type { Tensor } from '../graph/tensor.ts'
import { openModel } from '../runs/open-model.node.ts'
import { readWeights } from '../weights/file.node.ts'
import { encodeSafetensors } from '../weights/safetensors.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'glasshouse-'))
})

/** Tensors to be compared, millions of numbers at once: names, shapes, types and content in one text. */
const bytesOf = (tensors: ReadonlyMap<string, Tensor>) =>
  Buffer.concat(encodeSafetensors(tensors)).toString('latin1')

describe('model inspect', () => {
  test.runIf(gate)(
    'tells every layer with shape, parameters and multiply-adds, whose sums are the totals',
    async () => {
      const { code, stdout } = await glasshouse('model', 'inspect', 'resnet18', '--json')
      const { layers, parameters, multiplyAdds } = JSON.parse(stdout).metrics
      expect(code).toBe(0)
      const sum = (key: string) =>
        layers.reduce((total: number, layer: Record<string, number>) => total + layer[key], 0)
      expect([parameters, multiplyAdds]).toEqual([11_689_512, 1_814_073_344])
      expect([sum('parameters'), sum('multiplyAdds')]).toEqual([parameters, multiplyAdds])
      expect(layers.find(({ layer }: { layer: string }) => layer === 'stage2.unit1.sum')).toMatchObject({
        operator: 'Add',
        shape: [1, 128, 28, 28],
      })
    },
  )

  test('draws the network where files are wanted', async () => {
    const out = join(folder, 'drawn')
    const { code } = await glasshouse('model', 'inspect', 'small', '--out', out)
    expect(code).toBe(0)
    expect(readdirSync(out).sort()).toEqual(['index.html', 'network.png', 'network.svg', 'result.json'])
    expect(readFileSync(join(out, 'network.svg'), 'utf8')).toContain('stage1')
    expect(JSON.parse(readFileSync(join(out, 'result.json'), 'utf8')).files).toContain('network.svg')
  })

  test('makes nothing where none are', async () => {
    const before = existsSync('runs') ? readdirSync('runs') : []
    expect((await glasshouse('model', 'inspect', 'small')).stdout).toContain('stage1.unit1.sum')
    expect(existsSync('runs') ? readdirSync('runs') : []).toEqual(before)
  })
})

describe('model convert', () => {
  const fixture = (name: string) => join(import.meta.dirname, '..', 'weights', 'fixtures', name)
  const convert = (...words: string[]) =>
    glasshouse('model', 'convert', ...words, '--out', join(folder, 'out'), '--json')

  test('writes a network as weights that open again, and as a model', async () => {
    const weights = join(folder, 'small.safetensors')
    const first = await convert('small', weights, '--seed', '3')
    expect(first.code).toBe(0)
    const { metrics, files } = JSON.parse(first.stdout)
    expect(metrics).toMatchObject({ parameters: 1_483_400 })
    expect(metrics.layers).toContain('stage1.unit1.sum')
    expect(files).toEqual([weights])
    const [written, drawn] = [await openModel(`small:${weights}`), await openModel('small', { seed: 3 })]
    expect(bytesOf(written.network.parameters)).toBe(bytesOf(drawn.network.parameters))

    const model = join(folder, 'small.onnx')
    expect((await convert(`small:${weights}`, model, '--fold-bn', '--batch', 'dynamic')).code).toBe(0)
    const folded = await readWeights(model)
    expect([...folded.keys()]).toContain('fc.weight')
    expect([...folded.keys()].filter(name => name.includes('running_'))).toEqual([])
  })

  test('the initialisers of a model are weights like any others', async () => {
    const model = join(folder, 'small.onnx')
    await convert('small', model, '--seed', '4')
    const [opened, drawn] = [await openModel(`small:${model}`), await openModel('small', { seed: 4 })]
    expect(bytesOf(opened.network.parameters)).toBe(bytesOf(drawn.network.parameters))
    const weights = join(folder, 'small.safetensors')
    expect((await convert(model, weights)).code).toBe(0)
    expect(bytesOf(await readWeights(weights))).toBe(bytesOf(await readWeights(model)))
  })

  test.each(['types.zip.pth', 'types.stream.pth', 'checkpoint.zip.pth'])(
    'keeps names, shapes and element types of %s',
    async name => {
      const target = join(folder, 'weights.safetensors')
      expect((await convert(fixture(name), target)).code).toBe(0)
      const [before, after] = [await readWeights(fixture(name)), await readWeights(target)]
      expect(Object.fromEntries(after)).toEqual(Object.fromEntries(before))
    },
  )

  test('says what cannot be: another ending, weights as a model, a graph’s options for weights', async () => {
    const errors = [
      await convert('small', join(folder, 'small.pb')),
      await convert(fixture('types.zip.pth'), join(folder, 'weights.onnx')),
      await convert('small', join(folder, 'small.safetensors'), '--fold-bn'),
      await convert('small', join(folder, 'small.onnx'), '--batch', 'many'),
    ]
    expect(errors.map(({ code }) => code)).toEqual([2, 2, 2, 2])
    for (const [index, text] of ['.onnx or .safetensors', 'NET:', '--fold-bn', '--batch'].entries())
      expect(errors[index].stderr).toContain(text)
    expect(readdirSync(folder)).toEqual([])
  })
})
