/** Published weights, where they are at hand: recorded answers of other implementations, and accuracy on labelled photographs. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readPicture } from '../src/data/decode.node.ts'
import { fillPrepared, viewOf } from '../src/data/prepare/prepare.ts'
import { reduceMean } from '../src/graph/ops/reduce.ts'
import { forward } from '../src/models/forward.ts'
import { layerNamed } from '../src/nets/network.ts'
import { openModel } from '../src/runs/open-model.node.ts'
import { createEngine } from '../src/runtime/engine.node.ts'
import { gate } from './thorough.ts'

const shared = new URL('../../shared/data/', import.meta.url).pathname
const weights = (file: string) => `${shared}weights/${file}.safetensors`
const engine = await createEngine()

/** Logits of images, each prepared as the network wants it. */
async function logitsOf(source: string, paths: readonly string[], size?: number) {
  const { network: opened } = await openModel(source)
  const { preprocessing } = opened
  const network = size ? { ...opened, preprocessing: { ...preprocessing, size } } : opened
  const { output } = await forward(
    engine,
    network,
    paths.length,
    async (index, target, offset) => {
      const view = viewOf(await readPicture(paths[index]), network.preprocessing, size !== undefined)
      fillPrepared(view, network.preprocessing, target, offset)
    },
    ({ output }) => ({ output }),
    { batch: 8 },
  )
  const width = output.length / paths.length
  return paths.map((_, row) => output.subarray(row * width, (row + 1) * width))
}

const rankOf = (logits: Float32Array, index: number) => logits.filter(logit => logit > logits[index]).length

describe.skipIf(!gate || !existsSync(shared))('published weights (skipped without ../shared/data)', () => {
  it.each([
    ['googlenet', 'bvlc_googlenet_logits'],
    ['squeezenet1_1', 'squeezenet1_1_caffe_logits'],
    ['mobilenet_v2-tf', 'mobilenet_v2_dequant_logits_1001_no_clamp', 'mobilenet_v2_1.0_224.dequant'],
  ])('%s answers as recorded', async (net, key, file = key.replace('_logits', '')) => {
    const recorded = JSON.parse(readFileSync(`${shared}weights/ref_outputs.json`, 'utf8'))
    const [logits] = await logitsOf(`${net}:${weights(file)}`, [`${shared}weights/${recorded.image}`], 224)
    const truth: number[] = recorded[key]
    const largest = Math.max(...truth.map(Math.abs))
    truth.forEach((value, index) => {
      expect(Math.abs(logits[index] - value)).toBeLessThan(1e-3 * largest)
    })
  })

  it('the trunk of a pre-activation ResNet-50 has the channel means recorded', async () => {
    const recorded = JSON.parse(readFileSync(`${shared}weights/ref_outputs.json`, 'utf8'))
    const { network } = await openModel(`resnet50v2-trunk:${weights('resnet50v2_trunk_stage1-3.mixed_f16')}`)
    const view = viewOf(
      await readPicture(`${shared}weights/${recorded.image}`),
      { ...network.preprocessing, size: 224 },
      true,
    )
    const found = await forward(
      engine,
      network,
      1,
      (_, target, offset) => fillPrepared(view, network.preprocessing, target, offset),
      built =>
        Object.fromEntries(
          Object.keys(recorded.resnet50v2_trunk_channel_means).map(name => [
            name,
            reduceMean(layerNamed(built, name.replace('_', '.')), [2, 3]),
          ]),
        ),
      { batch: 1 },
    )
    for (const [name, truth] of Object.entries<number[]>(recorded.resnet50v2_trunk_channel_means)) {
      const largest = Math.max(...truth.map(Math.abs))
      truth.forEach((value, channel) => {
        expect(Math.abs(found[name][channel] - value)).toBeLessThan(1e-3 * largest)
      })
    }
  })

  it.each([
    ['googlenet', 'bvlc_googlenet', 155, 188, 200],
    ['squeezenet1_1', 'squeezenet1_1_caffe', 130, 177, 200],
    ['mobilenet_v2-tf', 'mobilenet_v2_1.0_224.dequant', 88, 98, 100],
  ])(
    '%s is right about the photographs of ImageNet as often as elsewhere',
    async (net, file, first, fifth, count) => {
      const folder = `${shared}imagenet_samples/`
      const photographs = readdirSync(folder)
        .filter(name => name.endsWith('.jpg'))
        .sort()
        .slice(0, count)
      const background = net.endsWith('-tf') ? 1 : 0
      const all = await logitsOf(
        `${net}:${weights(file)}`,
        photographs.map(name => folder + name),
      )
      const ranks = photographs.map((name, row) => rankOf(all[row], Number(name.slice(0, 3)) + background))
      const within = (top: number) => ranks.filter(rank => rank < top).length
      // One pixel of the crop decides a few.
      expect(Math.abs(within(1) - first)).toBeLessThanOrEqual(4)
      expect(Math.abs(within(5) - fifth)).toBeLessThanOrEqual(4)
    },
    120_000,
  )

  it.each([
    [20, 0.814],
    [56, 0.832],
  ])(
    'cifar-resnet%i is right about small images as often as elsewhere',
    async (depth, accuracy) => {
      const folder = `${shared}cifar10_test_subset/`
      const pictures = readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter(name => /\.(jpe?g|png)$/.test(name))
        .filter((_, index) => index % 4 === 0)
      const source = `cifar-resnet${depth}:${weights(`cifar10_resnet${depth}`)}`
      const all = await logitsOf(
        source,
        pictures.map(name => folder + name),
      )
      const { network } = await openModel(source)
      const classes = network.head.kind === 'classes' ? network.head.classes : []
      const right = pictures.filter((name, row) => {
        const truth = classes.findIndex(label => name.includes(label))
        return rankOf(all[row], truth) === 0
      })
      expect(right.length / pictures.length).toBeCloseTo(accuracy, 1)
    },
    120_000,
  )
})
