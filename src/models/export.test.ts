import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fill, fillNetwork } from '../../test/fill.ts'
import { complete, gate, thorough } from '../../test/thorough.ts'
import { writeFileAtomic } from '../base/files.node.ts'
import { decodeModel } from '../graph/onnx/decode.ts'
import type { Tensor } from '../graph/tensor.ts'
import { architectureNamed } from '../nets/architectures.ts'
import { buildNetwork, type Network, type NetworkPlan } from '../nets/network.ts'
import { openModel, settingsOfWeights } from '../runs/open-model.node.ts'
import { createEngine } from '../runtime/engine.node.ts'
import { evaluate } from '../runtime/engine.ts'
import { encodeSafetensors } from '../weights/safetensors.ts'
import { type ExportOptions, exportedPlan, exportMetadata, networkModel } from './export.ts'

const engine = await createEngine({ threads: 1 })

function networkNamed(net: string): Network {
  const size = Math.max(64, architectureNamed(net).minimumSize)
  const plan: NetworkPlan = {
    net,
    head: { kind: 'classes', classes: ['ash', 'oak', 'elm'] },
    preprocessing: { size, resize: size, mean: [0.5, 0.5, 0.5], deviation: [0.2, 0.2, 0.2] },
  }
  return { ...plan, parameters: fillNetwork(plan) }
}

const pictures = (count: number, size: number) => fill('pictures', [count, 3, size, size], 2)

async function run(model: Uint8Array, images: Tensor): Promise<Tensor> {
  const program = await engine.load(model)
  try {
    return (await program.run({ images })).logits
  } finally {
    await program.dispose()
  }
}

async function expected(network: Network, images: Tensor): Promise<Tensor> {
  const { graph, output } = buildNetwork(network, { batch: images.shape[0] })
  return (
    await evaluate(engine, { graph, outputs: { logits: output }, parameters: network.parameters }, { images })
  ).logits
}

function expectClose(got: Tensor, wanted: Tensor, tolerance: number): void {
  expect(got.shape).toEqual(wanted.shape)
  const [values, references] = [got.data as Float32Array, wanted.data as Float32Array]
  const largest = Math.max(...references.map(Math.abs))
  const worst = Math.max(...values.map((value, i) => Math.abs(value - references[i])))
  expect(worst / largest).toBeLessThan(tolerance)
}

const operators = (model: Uint8Array) => decodeModel(model, 'model').nodes.map(node => node.op)

const forms: ExportOptions[] = [
  { batch: 2 },
  { batch: 2, foldBatchNorm: true },
  { batch: 'dynamic' },
  { batch: 'dynamic', foldBatchNorm: true },
]
/** Networks of few weights, which are tried in every form. */
const light = new Set(['small', 'squeezenet1_1', 'mobilenet_v2', 'cifar-resnet20', 'googlenet'])

/** The deep ones are made of the same units as the shallow ones. */
const shallow = [
  ...['small', 'squeezenet1_1', 'mobilenet_v2', 'mobilenet_v2-tf'],
  ...(gate ? ['resnet18', 'resnet18v2', 'googlenet'] : []),
  ...[
    'cifar-resnet20',
    'mobilenet_v3_small',
    'shufflenet_v2_x0_5',
    'mnasnet0_5',
    'vit_tiny_patch16_224',
    ...(gate ? ['swin_t'] : []),
  ],
]
const nets = thorough
  ? [
      ...shallow,
      'densenet121',
      'efficientnet_b0',
      'convnext_tiny',
      'regnet_y_400mf',
      'alexnet',
      'inception_v3',
    ]
  : shallow

test.each(nets)(
  '%s as an ONNX model gives what the network gives: folded, and for any number of images',
  async net => {
    const network = networkNamed(net)
    const images = pictures(2, network.preprocessing.size)
    const wanted = await expected(network, images)
    const first = { ...wanted, shape: [1, 3], data: wanted.data.slice(0, 3) } as Tensor
    for (const options of thorough || (complete && light.has(net)) ? forms : forms.slice(-1)) {
      const model = networkModel(network, options)
      expectClose(await run(model, images), wanted, 1e-5)
      if (options.batch === 'dynamic')
        expectClose(await run(model, pictures(1, network.preprocessing.size)), first, 1e-5)
    }
  },
)

test('a model keeps the names of layers, folded or not, ours and those of a file', async () => {
  const network = networkNamed('small')
  const folder = mkdtempSync(join(tmpdir(), 'names-'))
  const layersOf = async (model: Uint8Array) => {
    const path = join(folder, 'model.onnx')
    await writeFileAtomic(path, model)
    const opened = (await openModel(path)).network
    return { opened, names: [...buildNetwork(opened, { batch: 1 }).graph.layers.keys()] }
  }
  const folded = await layersOf(networkModel(network, { foldBatchNorm: true, batch: 'dynamic' }))
  for (const name of ['stem', 'stage1.unit1.sum', 'stage2', 'pool', 'logits'])
    expect(folded.names).toContain(name)
  const fixture = new URL('../../test/fixtures/onnx/mobilenet_v3.onnx', import.meta.url).pathname
  const { network: foreign } = await openModel(fixture)
  const before = [...buildNetwork(foreign, { batch: 1 }).graph.layers.keys()]
  const { names } = await layersOf(networkModel(foreign))
  expect(before.filter(name => !names.includes(name) && name !== 'output')).toEqual([])
})

test.runIf(gate)(
  'folding leaves no normalisation in a network that normalises after its convolutions, and keeps names',
  () => {
    const network = networkNamed('resnet18')
    expect(operators(networkModel(network))).toContain('BatchNormalization')
    const folded = networkModel(network, { foldBatchNorm: true })
    expect(operators(folded)).not.toContain('BatchNormalization')
    const { initialisers: parameters } = decodeModel(folded, 'model')
    expect([...parameters.keys()]).toContain('layer1.0.conv1.weight')
    expect(parameters.get('layer1.0.conv1.bias')!.shape).toEqual([64])
    expect([...parameters.keys()].filter(name => /running_|bn1/.test(name))).toEqual([])
  },
)

test.runIf(gate)('folding leaves what stands before a convolution, as in a pre-activation network', () => {
  const network = networkNamed('resnet18v2')
  const count = (model: Uint8Array) => operators(model).filter(op => op === 'BatchNormalization').length
  const [plain, folded] = [networkModel(network), networkModel(network, { foldBatchNorm: true })].map(count)
  expect(folded).toBeGreaterThan(0)
  expect(folded).toBeLessThan(plain)
})

test('the model tells its network, its preprocessing and its classes', () => {
  const { metadata } = decodeModel(networkModel(networkNamed('small'), { size: 96 }), 'model')
  expect(metadata.net).toBe('small')
  expect(JSON.parse(metadata.preprocessing)).toMatchObject({ size: 96, mean: [0.5, 0.5, 0.5] })
  expect(JSON.parse(metadata.classes)).toEqual(['ash', 'oak', 'elm'])
})

test('a file that was written here opens with its own head, classes and preprocessing, and tells its colours', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'glasshouse-'))
  const classifier = networkNamed('small')
  const plan: NetworkPlan = { ...classifier, head: { kind: 'embedding', dim: 5 } }
  const embedding: Network = { ...plan, parameters: fillNetwork(plan) }
  for (const network of [classifier, embedding]) {
    const files: Record<string, Uint8Array | Uint8Array[]> = {
      'a.onnx': networkModel(network),
      'a.safetensors': encodeSafetensors(network.parameters, exportMetadata(network)),
    }
    for (const [name, content] of Object.entries(files)) {
      await writeFileAtomic(join(folder, name), content)
      const { network: opened } = await openModel(`small:${join(folder, name)}`)
      expect(opened).toMatchObject({ head: network.head, preprocessing: network.preprocessing })
      expect((await settingsOfWeights('small', join(folder, name), async () => engine)).colours).toEqual({
        mean: network.preprocessing.mean,
        deviation: network.preprocessing.deviation,
      })
      expect([...opened.parameters.keys()].sort()).toEqual([...network.parameters.keys()].sort())
    }
  }
})

test('what a file tells is not believed where it makes no sense', () => {
  const metadata = exportMetadata(networkNamed('small'))
  expect(exportedPlan(metadata)).toMatchObject({ net: 'small' })
  expect(exportedPlan({})).toBeUndefined()
  for (const [key, value] of [
    ['preprocessing', '{'],
    ['preprocessing', '{"size":-1}'],
    ['head', '{"kind":"embedding","dim":0}'],
    ['classes', '"ash"'],
  ])
    expect(exportedPlan({ ...metadata, [key]: value })).toBeUndefined()
})
