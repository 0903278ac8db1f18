/**
 * Maps are painted where their cells look: for every architecture and for imported models, the centroid of
 * |d cell / d image| over random images lies within a tenth of a stride of the painted centre.
 *
 * Cells near the border see padding instead of image, which pulls their centroids inwards though their receptive fields
 * are centred as painted. So the images are as large as the networks' own, or larger, and the cells lie symmetrically
 * around the middle. Each figure is the mean over several cells, images and random weights: of a single one the centroid scatters.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { random } from '../src/base/random.ts'
import { encodeModel } from '../src/graph/onnx/encode.ts'
import { openBatch, withOpenBatch } from '../src/graph/passes/open-batch.ts'
import { cellsOf, type Grid } from '../src/graph/receptive-field/grid.ts'
import type { Point } from '../src/graph/receptive-field/places.ts'
import { float32, sizeOf, type Tensor } from '../src/graph/tensor.ts'
import { gridOf, mapsNamed, mapsOf, measuredGrid } from '../src/lenses/maps/layer-maps.ts'
import { measureCentres } from '../src/lenses/maps/measure.ts'
import { architectures } from '../src/nets/architectures.ts'
import {
  type BuiltNetwork,
  buildNetwork,
  buildOutline,
  initialParameters,
  type Network,
  type NetworkPlan,
} from '../src/nets/network.ts'
import { openModel } from '../src/runs/open-model.node.ts'
import { createEngine } from '../src/runtime/engine.node.ts'
import { complete, gate, thorough } from './thorough.ts'

const engine = await createEngine()

const planFor = (net: string, size: number, outputStride?: number): NetworkPlan => ({
  net,
  outputStride,
  head: { kind: 'classes', classes: Array.from({ length: 4 }, (_, index) => `class ${index}`) },
  preprocessing: { size, resize: size, mean: [0, 0, 0], deviation: [1, 1, 1] },
})
const withRandomWeights = (plan: NetworkPlan, seed = 0): Network => ({
  ...plan,
  parameters: initialParameters(plan, seed),
})

/** The same network with its weights shuffled: what a few thin kernels lean to is not where the network looks. */
function shuffled(network: Network, seed: number): Network {
  if (seed === 0) return network
  const parameters = [...network.parameters].map(([name, tensor]) => {
    const isKernel = tensor.dtype === 'float32' && tensor.shape.length > 1
    const data = isKernel ? random(seed, name).shuffle(tensor.data.slice()) : tensor.data
    return [name, { ...tensor, data } as Tensor] as const
  })
  return { ...network, parameters: new Map(parameters) }
}

/** Distances, in strides, of measured centroids from painted centres: of several cells, for each draw of the weights. */
async function* offsetsOf(network: Network, layer: string | undefined): AsyncGenerator<Point[]> {
  const grid = await gridOf(engine, network, layer)
  expect(grid.known).toBe('from the graph')
  // Cells to either side of the middle of the image. Padding pulls their centroids inwards, which cancels in the mean
  // of cells that lie symmetrically, while all are off to the same side where they are painted in the wrong place.
  const near = ([grid.height, grid.width] as const).map((count, side) => {
    const cell = ((network.preprocessing.size - 1) / 2 - grid.centre[side]) / grid.stride[side]
    const middle = Math.min(count - 1, Math.max(0, Math.round(2 * cell) / 2))
    const apart = count > 5 ? 1 : 0.5
    return [...new Set([Math.ceil(middle - apart), Math.floor(middle + apart)])]
  })
  const cells: Point[] = near[0].flatMap(y => near[1].map(x => [y, x] as const))
  for (let seed = 0; ; seed++) {
    const pick = (built: BuiltNetwork) => mapsOf(mapsNamed(built, layer))
    const centres = await measureCentres(engine, shuffled(network, seed), pick, cells, { images: 1, seed })
    // A cell that no image moves says nothing of where it looks.
    yield centres.flatMap((centre, k): Point[] => {
      if (!centre) return []
      const off = (side: 0 | 1) => (centre[side] - grid.centre[side]) / grid.stride[side] - cells[k][side]
      return [[off(0), off(1)]]
    })
  }
}

const meanOf = (points: readonly Point[]): Point => {
  const mean = (side: 0 | 1) => points.reduce((sum, each) => sum + each[side], 0) / points.length
  return [mean(0), mean(1)]
}

/**
 * The mean of as many draws as it takes until its interval, three standard errors to either side, lies within a tenth
 * of a stride, or beyond it. Draws of deep networks scatter by more than that tenth.
 */
async function offsetOf(network: Network, layer?: string): Promise<Point> {
  const draws: Point[] = []
  let drawn = 0
  for await (const points of offsetsOf(network, layer)) {
    if (++drawn === 150) throw new Error(`undecided after 150 draws: ${JSON.stringify(meanOf(draws))}`)
    if (points.length) draws.push(meanOf(points))
    if (draws.length < 4) continue
    const mean = meanOf(draws)
    const sides = ([0, 1] as const).map(side => {
      const variance =
        draws.reduce((sum, each) => sum + (each[side] - mean[side]) ** 2, 0) / (draws.length - 1)
      return { off: Math.abs(mean[side]), reach: 3 * Math.sqrt(variance / draws.length) }
    })
    if (sides.every(({ off, reach }) => off + reach < 0.1)) return mean
    if (sides.some(({ off, reach }) => off - reach > 0.1)) return mean
  }
  throw new Error('the draws never end')
}

const expectPainted = (offset: Point) => {
  for (const side of offset) expect(Math.abs(side)).toBeLessThan(0.1)
}

/** Sides where they are not the network's own. */
const sizes: Record<string, number> = {
  small: 160,
  'cifar-resnet20': 96,
  'cifar-resnet56': 96,
  inception_v3: 363,
}
/** What takes longest of the kinds that are always tried is left out. */
const thin = [
  'mobilenet_v3',
  ...(gate ? ['densenet', 'efficientnet'] : []),
  ...(complete ? ['resnet', 'shufflenet', 'functions'] : []),
]

/** Tried always. */
const light = [
  ...[
    'resnet18',
    'resnet18v2',
    'small',
    'squeezenet1_1',
    'mobilenet_v2',
    'mobilenet_v2-tf',
    'cifar-resnet20',
  ],
  ...(complete ? ['googlenet', 'mobilenet_v3_small', 'shufflenet_v2_x0_5', 'mnasnet0_5'] : []),
]

/** They take minutes each; `GLASSHOUSE_THOROUGH=1` tries them. */
const deep = new Set([
  'resnet50v2-trunk',
  'cifar-resnet56',
  'resnet34',
  'resnet50',
  'resnet101',
  'resnet34v2',
  'resnet50v2',
  'inception_v3',
  'googlenet-torchvision',
  'squeezenet1_0',
  'vgg11',
  'densenet121',
  'efficientnet_b0',
  'convnext_tiny',
  'regnet_x_400mf',
])

describe('the last maps', () => {
  // Without a number computed: every variant of every family.
  it.each([...architectures.keys()])('of %s have places that the graph alone tells', net => {
    const { size } = architectures.get(net)!
    const built = buildOutline(planFor(net, size))
    const cells = cellsOf(built.images, built.features)!
    const { stride, centre, height } = cells.grid
    expect(cells.settled).toBe(true)
    expect(stride[0]).toBe(stride[1])
    // The grid lies about the middle of the image, but for a stride where the end is padded more or a rest is cut off.
    const middle = centre[0] + (stride[0] * (height - 1)) / 2
    expect(Math.abs(middle - (size - 1) / 2)).toBeLessThan(stride[0])
  })

  it.each(gate ? light : ['small'])('of %s', async net => {
    const size = sizes[net] ?? architectures.get(net)!.size
    expectPainted(await offsetOf(withRandomWeights(planFor(net, size))))
  })

  it.each([
    ['small', 8],
    ...(gate
      ? ([
          ['mobilenet_v2', 16],
          ['squeezenet1_1', 8],
          ['resnet18', 16],
          ['resnet18', 8],
          ['resnet18v2', 16],
          ['mobilenet_v2-tf', 16],
          ['googlenet', 16],
        ] as const)
      : []),
  ] as const)('of %s with output stride %i', async (net, stride) => {
    const network = withRandomWeights(planFor(net, 160, stride))
    expect((await gridOf(engine, network, undefined)).stride).toEqual([stride, stride])
    expectPainted(await offsetOf(network))
  })
})

describe.runIf(thorough)('the last maps of deep networks', { timeout: 900_000 }, () => {
  it.each([...deep])('of %s', async net => {
    const size = sizes[net] ?? architectures.get(net)!.size
    expectPainted(await offsetOf(withRandomWeights(planFor(net, size))))
  })

  it.each([
    ['inception_v3', 16],
    ['resnet50v2-trunk', 8],
  ] as const)('of %s with output stride %i', async (net, stride) => {
    const network = withRandomWeights(planFor(net, 160, stride))
    expect((await gridOf(engine, network, undefined)).stride).toEqual([stride, stride])
    expectPainted(await offsetOf(network))
  })
})

describe('inner layers', () => {
  it.each([
    ['small', 'stage1'],
    ...(gate
      ? [
          ['resnet18', 'stage2'],
          ['googlenet', 'inception_3b/output'],
        ]
      : []),
  ])('of %s: %s', async (net, layer) => {
    expectPainted(await offsetOf(withRandomWeights(planFor(net, 160)), layer))
  })
})

const folder = mkdtempSync(join(tmpdir(), 'glasshouse-fields-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Of another size, where the model takes one. */
const resized = (network: Network, size: number): Network => ({
  ...network,
  preprocessing: { ...network.preprocessing, size },
})

describe('imported models', () => {
  it.runIf(gate).each(['small', 'mobilenet_v2-tf', 'squeezenet1_1'])('such as an exported %s', async net => {
    const network = withRandomWeights(planFor(net, 160))
    const path = join(folder, `${net}.onnx`)
    // The bare graph, which says nothing of the architecture.
    const { graph, output } = buildNetwork(network, { batch: openBatch })
    const request = { graph, outputs: { logits: output }, parameters: network.parameters }
    writeFileSync(path, encodeModel(withOpenBatch(request)))
    const { network: opened } = await openModel(path)
    expect(opened.foreign).toBeDefined()
    const own = buildOutline(network)
    const foreign = buildOutline(opened)
    expect(cellsOf(foreign.images, foreign.features)).toEqual(cellsOf(own.images, own.features))
    expectPainted(await offsetOf(opened))
  })

  const fixture = (name: string) => new URL(`fixtures/onnx/${name}.onnx`, import.meta.url).pathname

  it.runIf(gate).each(thin)('such as a thin %s', async name => {
    expect(existsSync(fixture(name))).toBe(true)
    const { network } = await openModel(fixture(name))
    expectPainted(await offsetOf(resized(network, 160)))
  })

  it.runIf(gate)(
    'whose maps pass a normalisation with channels last on their way to the head, as ConvNeXt’s',
    async () => {
      const { network } = await openModel(fixture('convnext'))
      const large = resized(network, 160)
      const { features, head } = buildOutline(large)
      expect(features.shape).toEqual([1, 24, 10, 10])
      // The head is linear on the normalised mean, not on the mean: no class map splits the logit.
      expect(head).toBeUndefined()
      expectPainted(await offsetOf(large))
    },
  )

  it('of tokens: the grid of patches behind the class token', async () => {
    const { network } = await openModel(fixture('vit'))
    const built = buildOutline(network)
    const tokens = [...built.graph.layers].findLast(([, { shape }]) => String(shape) === '1,17,16')!
    const grid = await gridOf(engine, network, tokens[0])
    const patch = network.preprocessing.size / grid.width
    expect(grid).toMatchObject({
      stride: [patch, patch],
      centre: [(patch - 1) / 2, (patch - 1) / 2],
      known: 'from the graph',
    })
  })
})

describe('where the walk does not know an operator', () => {
  it('cells that no image moves tell nothing, not a place that is no number', async () => {
    const network = withRandomWeights(planFor('small', 64))
    const zeros = [...network.parameters].map(
      ([name, tensor]) => [name, float32(tensor.shape, new Float32Array(sizeOf(tensor.shape)))] as const,
    )
    const pick = (built: BuiltNetwork) => built.features
    expect(await measuredGrid(engine, { ...network, parameters: new Map(zeros) }, pick)).toBeUndefined()
  })

  it('the gradients of some cells tell the grid to a quarter of a stride', async () => {
    const network = withRandomWeights(planFor('small', 160))
    const known = await gridOf(engine, network, undefined)
    const pick = (built: BuiltNetwork) => built.features
    const measured = (await measuredGrid(engine, network, pick))!
    for (const side of [0, 1] as const)
      for (const cell of [2, 5, 8]) {
        const place = (grid: Grid) => grid.centre[side] + cell * grid.stride[side]
        expect(Math.abs(place(measured) - place(known))).toBeLessThan(0.25 * known.stride[side])
      }
  })
})
