import { describe, expect, it } from 'vitest'
import { random } from '../../base/random.ts'
import { blockOf } from '../../runtime/blocked-layout.ts'
import { createEngine } from '../../runtime/engine.node.ts'
import { gradient } from '../gradient.ts'
import { Graph, type Value } from '../graph.ts'
import { encodeModel } from '../onnx/encode.ts'
import { type ConvolutionOptions, conv, convTranspose } from '../ops/convolution.ts'
import { add, clip, mul, relu, sqrt, sub } from '../ops/elementwise.ts'
import { reverse } from '../ops/layout.ts'
import { batchNormTraining, localResponseNorm } from '../ops/normalisation.ts'
import { maxPool, type PoolOptions } from '../ops/pooling.ts'
import { reduceMean, reduceSum, reduceSumSquare } from '../ops/reduce.ts'
import { float32, sizeOf } from '../tensor.ts'
import { lower, type PassName, passes } from './lower.ts'

const engine = await createEngine({ threads: 1 })
const block = await blockOf(engine.load)
const { normal } = random(0, 'lowering')
const noise = (shape: readonly number[]) =>
  float32(
    shape,
    Float32Array.from({ length: sizeOf(shape) }, () => normal()),
  )

/** Operators of the lowered graph, once its results were found equal to those of the graph as it was built. */
async function lowered(
  shapes: Record<string, number[]>,
  build: (inputs: Record<string, Value>) => Value[],
  without: PassName[] = [],
  device = 'cpu',
) {
  const graph = new Graph()
  const inputs = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, graph.input(name, shape)]),
  )
  const outputs = Object.fromEntries(build(inputs).map((value, index) => [`out${index}`, value]))
  const feeds = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, noise(shape)]))
  const request = lower({ graph, outputs }, device, { without, block })
  const [plain, fast] = await Promise.all(
    [{ graph, outputs }, request].map(async each => {
      const program = await engine.load(encodeModel(each))
      return program.run(feeds)
    }),
  )
  for (const name of Object.keys(outputs)) {
    const truth = Array.from(plain[name].data, Number)
    const largest = Math.max(...truth.map(Math.abs))
    truth.forEach((value, index) => {
      expect(Math.abs(Number(fast[name].data[index]) - value)).toBeLessThanOrEqual(1e-5 * largest)
    })
  }
  return request.graph.nodes.map(node => node.op)
}

it('small maps are convolved as one product for the whole batch', async () => {
  const ops = await lowered({ x: [4, 3, 6, 6], w: [5, 3, 3, 3] }, ({ x, w }) => [conv(x, w, { pads: 1 })])
  expect(ops).toContain('Transpose')
})

it('but for weights that are known, or made of what is known', async () => {
  const { data } = noise([5, 5, 3, 3])
  const ops = await lowered({ x: [4, 5, 6, 6] }, ({ x }) => {
    const w = x.graph.constant(float32([5, 5, 3, 3], data))
    return gradient(reduceSum(conv(x, w, { pads: 1 })), [x])
  })
  expect(ops.filter(op => op === 'Conv')).toHaveLength(1)
  expect(ops.filter(op => op === 'Transpose')).toHaveLength(1)
})

it('transposed convolutions of the smallest maps, too', async () => {
  const fractional = ({ x, w, b }: Record<string, Value>) => [
    convTranspose(x, w, { stride: 2, pads: 1, outputPadding: 1, bias: b }),
  ]
  const weights = { w: [6, 5, 3, 3], b: [5] }
  expect(await lowered({ x: [3, 6, 2, 2], ...weights }, fractional)).toContain('Transpose')
  expect(await lowered({ x: [3, 6, 4, 4], ...weights }, fractional)).toEqual(['ConvTranspose'])
})

describe('convolutions in blocks of channels', () => {
  const cases: [string, number[], ConvolutionOptions, number[]][] = [
    ['3 x 3', [8, 16, 12, 12], { pads: 1 }, [32, 16, 3, 3]],
    [
      '5 x 3 with a stride and gaps',
      [8, 32, 27, 30],
      { stride: 2, dilation: [1, 2], pads: [2, 1] },
      [16, 32, 5, 3],
    ],
    ['7 x 7 of colours', [4, 3, 36, 32], { stride: 2, pads: 3 }, [16, 3, 7, 7]],
    ['of a pixel, on small maps', [8, 48, 12, 12], {}, [16, 48, 1, 1]],
  ]
  it.skipIf(block === 1).each(cases)('%s give the same', async (_, x, options, w) => {
    const ops = await lowered({ x, w, b: [w[0]] }, ({ x, w, b }) => [conv(x, w, { ...options, bias: b })])
    expect(ops).toContain('ReorderOutput')
  })

  it.each([
    ['with few pixels', [2, 16, 12, 12], [16, 16, 3, 3]],
    ['of other numbers of channels', [8, 17, 12, 12], [16, 17, 3, 3]],
    ['to other numbers of channels', [8, 16, 12, 12], [17, 16, 3, 3]],
    ['of a pixel on large maps', [2, 16, 24, 24], [16, 16, 1, 1]],
  ])('but for those %s', async (_, x, w) => {
    expect(await lowered({ x, w }, ({ x, w }) => [conv(x, w)])).not.toContain('ReorderOutput')
  })
})

describe('depthwise convolutions', () => {
  const cases: [string, number[], ConvolutionOptions, number[]][] = [
    ['3 x 3', [3, 32, 9, 8], { pads: 1 }, [32, 1, 3, 3]],
    ['3 x 3 with a stride', [2, 32, 9, 10], { pads: 1, stride: 2 }, [32, 1, 3, 3]],
    ['5 x 3 with gaps', [2, 16, 11, 12], { pads: [4, 2], dilation: 2 }, [16, 1, 5, 3]],
    ['7 x 7 on one border', [2, 48, 8, 9], { pads: [3, 2, 1, 0] }, [48, 1, 7, 7]],
  ]
  it.skipIf(block === 1).each(cases)(
    'and their gradients, %s, go in blocks of channels',
    async (_, x, options, w) => {
      const ops = await lowered({ x, w, b: [w[0]] }, ({ x, w, b }) => {
        const y = conv(x, w, { ...options, groups: w.shape[0], bias: b })
        return [y, ...gradient(reduceSum(mul(y, y)), [x, w])]
      })
      const blocked = ops.filter(op => op === 'ReorderInput').length
      // Of image and kernel, of image and maps, and of maps and kernel where the image's gradient is no transposed convolution.
      expect(blocked).toBe(ops.includes('ConvTranspose') ? 4 : 6)
    },
  )

  it.each([
    ['of other numbers of channels', [2, 33, 6, 6], [33, 1, 3, 3], 33],
    ['of several channels', [2, 32, 6, 6], [32, 2, 3, 3], 16],
  ])('%s stay as they are', async (_, x, w, groups) => {
    const ops = await lowered({ x: [...x], w: [...w] }, ({ x, w }) => {
      const y = conv(x, w, { pads: 1, groups })
      return [y, ...gradient(reduceSum(mul(y, y)), [x, w])]
    })
    expect(ops).not.toContain('ReorderInput')
  })
})

it('a factor and a shift for each channel of a large map are a convolution', async () => {
  const large = { x: [2, 3, 16, 17], k: [1, 3, 1, 1], c: [1, 3, 1, 1] }
  const affine = ({ x, k, c }: Record<string, Value>) => [add(c, mul(x, k))]
  expect(await lowered(large, affine)).toContain('Conv')
  expect(await lowered({ ...large, x: [2, 3, 15, 15] }, affine)).toEqual(['Mul', 'Add'])
  expect(await lowered({ ...large, c: [2, 3, 16, 17] }, affine)).toEqual(['Mul', 'Add'])
  expect(await lowered({ ...large, x: [1, 3, 1, 1] }, affine)).toEqual(['Mul', 'Add'])
  const r = large.x
  const ops = await lowered({ x: r, s: [3], b: [3], r }, ({ x, s, b, r }) => {
    const { output } = batchNormTraining(x, s, b)
    return [output, ...gradient(reduceSum(mul(output, r)), [x, s, b])]
  })
  expect(ops.filter(op => op === 'Conv')).toHaveLength(2)
})

it.each([
  ['sums', reduceSum],
  ['means', reduceMean],
  ['sums of squares', reduceSumSquare],
])('%s for each channel go over the pixels of each image first', async (_, reduction) => {
  const reduced = (axes: number[], keep: boolean) =>
    lowered({ x: [3, 4, 5, 6] }, ({ x }) => [reduction(x, axes, keep)])
  for (const keep of [false, true])
    for (const axes of [
      [0, 2, 3],
      [-1, 0, -2],
    ])
      expect((await reduced(axes, keep)).filter(op => op.startsWith('Reduce'))).toHaveLength(2)
  expect(await reduced([0, 1, 2], false)).toHaveLength(1)
  expect(await reduced([2, 3], true)).toHaveLength(1)
})

describe('a gradient that passes in some places', () => {
  const between = (x: Value) => clip(x, -0.5, 0.5)
  it.each([
    ['of a ReLU', relu, 'HardSigmoid'],
    ['between two bounds', between, 'Cast'],
  ])('%s is a product behind convolutions and their sums', async (_, cut, op) => {
    const ops = await lowered({ x: [2, 3, 6, 6], w: [3, 3, 3, 3] }, ({ x, w }) => {
      const first = cut(x)
      const second = cut(add(conv(first, w, { pads: 1 }), first))
      return gradient(reduceSum(mul(conv(second, w), conv(second, w))), [x])
    })
    expect(ops).not.toContain('Where')
    expect(ops.filter(each => each === op)).toHaveLength(2)
  })

  it.each([
    ['of a ReLU', relu],
    ['between two bounds', (x: Value) => clip(x, 0, 0.5)],
  ])('%s stays a choice where it may be infinite', async (_, cut) => {
    const ops = await lowered({ x: [9] }, ({ x }) => gradient(reduceSum(sqrt(cut(x))), [x]))
    expect(ops).toContain('Where')
  })
})

it.each([
  ['3 x 3', [2, 3, 30, 30], 3, 1],
  ['5 x 5, on a map that is wider than high', [2, 2, 28, 33], 5, 2],
  ['3 x 3 without a border', [2, 3, 34, 30], 3, 0],
] as const)('the gradient of a kernel of %s on large maps goes by rows', async (_, x, side, pads) => {
  const shapes = { x: [...x], w: [4, x[1], side, side] }
  const ops = await lowered(shapes, ({ x, w }) => {
    const y = conv(x, w, { pads })
    return gradient(reduceSum(mul(y, y)), [w])
  })
  expect(ops.filter(op => op === 'Conv')).toHaveLength(1)
  expect(ops.filter(op => op === 'MatMul')).toHaveLength(side)
})

it.each([
  ['with a stride', { stride: 2, pads: 1 }, 60],
  ['with a dilation', { dilation: 2, pads: 1 }, 40],
  ['of small maps', { pads: 1 }, 20],
  ['of one border only', { pads: [0, 1, 0, 1] }, 40],
] as const)('a gradient %s stays a correlation', async (_, options, size) => {
  const ops = await lowered(
    { x: [2, 3, size, size], w: [4, 3, 3, 3] },
    ({ x, w }) => {
      const y = conv(x, w, options)
      return gradient(reduceSum(mul(y, y)), [w])
    },
    ['fold-small-maps'],
  )
  expect(ops.filter(op => op === 'Conv')).toHaveLength(2)
})

it('flipped kernels are products with the exchange matrix', async () => {
  const ops = await lowered({ w: [5, 4, 3, 3] }, ({ w }) => [reverse(w, [2, 3])])
  expect(ops).toContain('MatMul')
  expect(ops).not.toContain('Slice')
})

it('other slices stay', async () => {
  expect(await lowered({ w: [5, 4, 3, 3] }, ({ w }) => [reverse(w, [1, 3])])).toEqual(['Slice'])
  expect(await lowered({ w: [5, 9, 9] }, ({ w }) => [reverse(w, [1, 2])])).toEqual(['Slice'])
})

it('batch normalisation in training mode is spelled out, its gradient unchanged', async () => {
  const ops = await lowered({ x: [4, 3, 5, 5], s: [3], b: [3], r: [4, 3, 5, 5] }, ({ x, s, b, r }) => {
    const { output, mean, variance } = batchNormTraining(x, s, b)
    return [output, mean, variance, ...gradient(reduceSum(mul(output, r)), [x, s, b])]
  })
  expect(ops).not.toContain('BatchNormalization')
})

describe('for WebGPU, which has no places of maxima,', () => {
  const cases: [string, number[], PoolOptions][] = [
    ['that overlap', [2, 3, 11, 14], { kernel: 3, stride: 2, pads: 1 }],
    ['that tile', [2, 2, 8, 6], { kernel: 2 }],
    ['with gaps between them', [1, 2, 9, 10], { kernel: 2, stride: 3 }],
    ['with holes', [1, 2, 12, 11], { kernel: [3, 2], stride: [1, 2], dilation: [2, 3] }],
    [
      'the last of which is partial',
      [1, 2, 10, 13],
      { kernel: 3, stride: 2, ceil: true, pads: [0, 1, 1, 0] },
    ],
    ['along one axis', [2, 3, 17], { kernel: 4, stride: 3, pads: 1 }],
    ['along three axes', [1, 2, 5, 6, 4], { kernel: [2, 3, 2], stride: [2, 1, 2], pads: [0, 1, 0, 0, 1, 0] }],
  ]
  it.each(cases)('the gradient of windows %s goes to the first maximum', async (_, shape, options) => {
    const weights = maxPool(new Graph().input('x', shape), options).shape
    const ops = await lowered(
      { x: shape, r: [...weights] },
      // Where everything under a window is cut off, all of it is the maximum.
      ({ x, r }) => gradient(reduceSum(mul(maxPool(relu(x), options), r)), [x]),
      [],
      'webgpu',
    )
    expect(ops).not.toContain('ScatterElements')
  })

  it('the places themselves come from the CPU', async () => {
    const places = ({ x }: Record<string, Value>) => {
      const y = maxPool(x, { kernel: 2 })
      return [y, x.graph.addOutput(y.producer!, { shape: y.shape, dtype: 'int64' })]
    }
    expect(await lowered({ x: [1, 2, 6, 6] }, places, [], 'webgpu')).toEqual(['MaxPool', 'Cast', 'MaxPool'])
  })
})

it('local response normalisation goes by its parts', async () => {
  const ops = await lowered({ x: [2, 8, 3, 3] }, ({ x }) => [localResponseNorm(x, 5, 1e-4, 0.75, 1)])
  expect(ops).not.toContain('LRN')
})

it.each([
  ['by what is fed', ({ x, k }: Record<string, Value>) => mul(x, k), ['Reshape', 'Mul']],
  ['from what is fed', ({ x, k }: Record<string, Value>) => sub(k, x), ['Reshape', 'Sub']],
  ['by a constant', ({ x }: Record<string, Value>) => mul(x, 0.3), ['Reshape', 'Mul']],
])('a tensor that ends in extents of 1, %s, has a number of as many extents', async (_, make, ops) => {
  expect(await lowered({ x: [6, 5, 1, 1], k: [] }, inputs => [make(inputs)])).toEqual(ops)
  expect(await lowered({ x: [6, 5, 1, 1], k: [1] }, inputs => [make(inputs)])).toEqual(ops)
  expect(await lowered({ x: [6, 5, 3, 3], k: [] }, inputs => [make(inputs)])).toEqual(ops.slice(1))
})

it('a pass that is switched off leaves the graph as it was built', async () => {
  const without = Object.keys(passes) as PassName[]
  const ops = await lowered(
    { x: [4, 3, 6, 6], w: [5, 3, 3, 3] },
    ({ x, w }) => [conv(x, w, { pads: 1 }), reverse(w, [2, 3])],
    without,
  )
  expect(ops).toEqual(['Conv', 'Slice'])
})
