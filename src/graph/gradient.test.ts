import { describe, expect, it, test } from 'vitest'
import { checkGradient, checkSecondGradient, engine, type GradientCase } from '../../test/check-gradient.ts'
import { evaluate } from '../runtime/engine.ts'
import { decompositions, gradient, rules } from './gradient.ts'
import { type Attributes, Graph, type Value } from './graph.ts'
import { conv, convTranspose } from './ops/convolution.ts'
import * as e from './ops/elementwise.ts'
import * as l from './ops/layout.ts'
import { gemm, linear, matmul } from './ops/linear.ts'
import { batchNorm, batchNormTraining, layerNorm, localResponseNorm } from './ops/normalisation.ts'
import { averagePool, globalAveragePool, globalMaxPool, lpPool, maxPool } from './ops/pooling.ts'
import * as r from './ops/reduce.ts'
import { resize } from './ops/resize.ts'
import { crossEntropy, l2Normalise, logSoftmax, softmax } from './ops/softmax.ts'
import { float32, int64 } from './tensor.ts'

const unary = (build: (x: Value) => Value, range?: [number, number]): GradientCase => ({
  shapes: [[2, 5]],
  build,
  range,
})
const raw =
  (op: string, attributes = {}, domain = '') =>
  (x: Value) =>
    x.graph.node(op, [x], [{ shape: x.shape }], { attributes, domain })[0]
const integers = (x: Value, shape: number[], data: number[]) => x.graph.constant(int64(shape, data))

const scattered =
  (op: string, reduction: string, at: [shape: number[], data: number[]]) => (x: Value, u: Value) =>
    x.graph.node(op, [x, integers(x, ...at), u], [{ shape: x.shape }], {
      attributes: { reduction, ...(op === 'ScatterElements' && { axis: 1 }) },
    })[0]
/** Places of a 3 x 2 grid that keep clear of the kinks, some of them beyond the image. */
const gridSampled = (attributes: Attributes) => (x: Value, grid: Value) =>
  x.graph.node('GridSample', [x, grid], [{ shape: [2, 2, 3, 2] }], { attributes })[0]
const onImage = {
  shapes: [
    [2, 2, 4, 5],
    [2, 3, 2, 2],
  ],
  step: 1e-3,
}

/** One case per rule and per way through it; the keys begin with the ONNX name of the operator they test. */
const cases: Record<string, GradientCase> = {
  Add: { shapes: [[2, 3], [3]], build: e.add },
  Sub: {
    shapes: [
      [2, 1],
      [2, 3],
    ],
    build: e.sub,
  },
  Mul: {
    shapes: [
      [2, 3],
      [2, 1],
    ],
    build: e.mul,
  },
  Div: { shapes: [[2, 3], [3]], build: e.div, range: [0.5, 2] },
  Pow: { shapes: [[2, 3], [3]], build: e.pow, range: [0.5, 2] },
  Sum: { shapes: [[2, 3], [3], [1]], build: (...xs) => xs[0].graph.node('Sum', xs, [{ shape: [2, 3] }])[0] },
  Max: { shapes: [[2, 3], [3]], build: e.maximum },
  CumSum: { shapes: [[2, 5]], build: x => r.cumulativeSum(x) },
  TopK: { shapes: [[3, 5]], build: x => r.topK(x, 2).values },
  GatherND: {
    shapes: [[3, 4]],
    build: x => x.graph.node('GatherND', [x, integers(x, [3, 1], [2, 0, 2])], [{ shape: [3, 4] }])[0],
  },
  ScatterND: {
    shapes: [
      [4, 3],
      [2, 3],
    ],
    build: (x, y) => x.graph.node('ScatterND', [x, integers(x, [2, 1], [3, 1]), y], [{ shape: [4, 3] }])[0],
  },
  ...Object.fromEntries(
    ['mul', 'max', 'min'].flatMap(reduction => [
      [
        `ScatterND, ${reduction}`,
        {
          shapes: [
            [4, 3],
            [3, 3],
          ],
          build: scattered('ScatterND', reduction, [
            [3, 1],
            [3, 1, 3],
          ]),
        },
      ],
      [
        `ScatterElements, ${reduction}`,
        {
          shapes: [
            [3, 4],
            [3, 2],
          ],
          build: scattered('ScatterElements', reduction, [
            [3, 2],
            [0, 3, 1, 1, 2, 0],
          ]),
        },
      ],
    ]),
  ),
  LpPool: {
    shapes: [[2, 3, 5, 6]],
    build: x => lpPool(x, { kernel: [2, 3], stride: 2, pads: [1, 0, 0, 1] }),
  },
  'LpPool, third powers, dilated, a last window that is not full': {
    shapes: [[1, 2, 7]],
    build: x => lpPool(x, { kernel: [2], stride: 2, dilation: 3, ceil: true, p: 3 }),
    range: [0.3, 1.5],
  },
  'LpPool, first powers, padded at the end': {
    shapes: [[1, 2, 7]],
    build: x => lpPool(x, { kernel: [3], stride: 2, pads: [0, 2], p: 1 }),
    range: [0.3, 1.5],
  },
  GlobalLpPool: {
    shapes: [[2, 3, 3, 2]],
    build: x => x.graph.node('GlobalLpPool', [x], [{ shape: [2, 3, 1, 1] }], { attributes: { p: 3 } })[0],
    range: [0.3, 1.5],
  },
  GridSample: { ...onImage, build: gridSampled({}) },
  'GridSample, aligned, ends repeated': {
    ...onImage,
    build: gridSampled({ align_corners: 1, padding_mode: 'border' }),
  },
  'GridSample, mirrored': { ...onImage, build: gridSampled({ padding_mode: 'reflection' }) },
  'GridSample, cubic': { ...onImage, build: gridSampled({ mode: 'cubic', align_corners: 1 }) },
  Asinh: { shapes: [[2, 5]], build: raw('Asinh') },
  Acosh: { shapes: [[2, 5]], build: raw('Acosh'), range: [1.2, 3] },
  Atanh: { shapes: [[2, 5]], build: raw('Atanh'), range: [-0.7, 0.7] },
  Shrink: { shapes: [[2, 5]], build: raw('Shrink', { lambd: { float: 0.4 } }) },
  Mod: {
    shapes: [[2, 5], [5]],
    build: (x, y) => x.graph.node('Mod', [x, y], [{ shape: x.shape }], { attributes: { fmod: 1 } })[0],
    range: [0.6, 2],
    step: 1e-3,
  },
  Min: { shapes: [[2, 3], [3]], build: e.minimum },
  Where: { shapes: [[2, 3], [3]], build: (a, b) => e.where(e.greater(a, 0), a, b) },
  Identity: unary(e.identity),
  Dropout: unary(raw('Dropout')),
  Neg: unary(e.neg),
  Abs: unary(e.abs),
  Exp: unary(e.exp),
  Log: unary(e.log, [0.5, 2]),
  Sqrt: unary(e.sqrt, [0.5, 2]),
  Reciprocal: unary(e.reciprocal, [0.5, 2]),
  Sin: unary(e.sin),
  Cos: unary(e.cos),
  Erf: unary(e.erf),
  Tanh: unary(e.tanh),
  Sigmoid: unary(e.sigmoid),
  Softplus: unary(e.softplus),
  Softsign: unary(raw('Softsign')),
  Tan: unary(raw('Tan'), [-1, 1]),
  Sinh: unary(raw('Sinh')),
  Cosh: unary(raw('Cosh')),
  Asin: unary(raw('Asin'), [-0.8, 0.8]),
  Acos: unary(raw('Acos'), [-0.8, 0.8]),
  Atan: unary(raw('Atan')),
  Celu: unary(raw('Celu', { alpha: { float: 0.7 } })),
  ThresholdedRelu: unary(raw('ThresholdedRelu', { alpha: { float: 0.3 } }), [0.5, 2]),
  'ThresholdedRelu, below': unary(raw('ThresholdedRelu', { alpha: { float: 0.3 } }), [-2, 0.2]),
  Mean: {
    shapes: [[2, 3], [3], [1]],
    build: (...xs) => xs[0].graph.node('Mean', xs, [{ shape: [2, 3] }])[0],
  },
  LpNormalization: unary(raw('LpNormalization', { axis: 1 }), [0.5, 2]),
  'LpNormalization, by absolute values': unary(raw('LpNormalization', { axis: 1, p: 1 }), [0.5, 2]),
  MeanVarianceNormalization: {
    shapes: [[2, 3, 2, 2]],
    build: x => x.graph.node('MeanVarianceNormalization', [x], [{ shape: x.shape }])[0],
  },
  Trilu: { shapes: [[2, 3, 3]], build: raw('Trilu', { upper: 0 }) },
  SpaceToDepth: {
    shapes: [[1, 2, 4, 6]],
    build: x =>
      x.graph.node('SpaceToDepth', [x], [{ shape: [1, 8, 2, 3] }], { attributes: { blocksize: 2 } })[0],
  },
  Einsum: {
    shapes: [
      [2, 3, 4],
      [2, 5, 4],
    ],
    build: (a, b) =>
      a.graph.node('Einsum', [a, b], [{ shape: [3, 2, 5] }], { attributes: { equation: 'bij,bkj->ibk' } })[0],
  },
  'Einsum, summing an axis of its own': {
    shapes: [[2, 3], [2]],
    build: (a, b) =>
      a.graph.node('Einsum', [a, b], [{ shape: [2] }], { attributes: { equation: 'ij,i->i' } })[0],
  },
  Relu: unary(e.relu),
  LeakyRelu: unary(x => e.leakyRelu(x, 0.2)),
  PRelu: {
    shapes: [[2, 5], [5]],
    build: (x, slope) => x.graph.node('PRelu', [x, slope], [{ shape: x.shape }])[0],
  },
  Elu: unary(x => e.elu(x, 0.7)),
  Selu: unary(raw('Selu')),
  HardSigmoid: unary(x => e.hardSigmoid(x), [-4, 4]),
  HardSwish: unary(e.hardSwish, [-4, 4]),
  Mish: unary(raw('Mish')),
  Gelu: unary(x => e.gelu(x)),
  'Gelu, by tanh': unary(x => e.gelu(x, 'tanh')),
  Clip: unary(x => e.clip(x, -0.6, 0.65)),
  'Clip, one bound': unary(x => e.clip(x, undefined, 0.33)),
  Floor: unary(x => e.add(e.floor(e.mul(x, 0.01)), x)),
  ReduceSum: { shapes: [[2, 3, 2]], build: x => r.reduceSum(x, [1]) },
  'ReduceSum, all': { shapes: [[2, 3]], build: x => r.reduceSum(x) },
  ReduceMean: { shapes: [[2, 3, 2]], build: x => r.reduceMean(x, [0, 2], true) },
  ReduceMax: { shapes: [[3, 4]], build: x => r.reduceMax(x, [1]) },
  ReduceMin: { shapes: [[3, 4]], build: x => r.reduceMin(x, [-1], true) },
  ReduceSumSquare: { shapes: [[3, 4]], build: x => r.reduceSumSquare(x, [1]) },
  ReduceL2: { shapes: [[3, 4]], build: x => r.reduceL2(x, [1]) },
  ReduceL1: {
    shapes: [[3, 4]],
    build: x => x.graph.node('ReduceL1', [x, integers(x, [1], [1])], [{ shape: [3, 1] }])[0],
  },
  ReduceLogSumExp: { shapes: [[3, 4]], build: x => r.reduceLogSumExp(x, [1]) },
  ReduceLogSum: {
    shapes: [[3, 4]],
    range: [0.5, 2],
    build: x => x.graph.node('ReduceLogSum', [x, integers(x, [1], [1])], [{ shape: [3, 1] }])[0],
  },
  ReduceProd: {
    shapes: [[3, 4]],
    range: [0.5, 2],
    build: x => x.graph.node('ReduceProd', [x, integers(x, [1], [1])], [{ shape: [3, 1] }])[0],
  },
  Reshape: { shapes: [[2, 6]], build: x => e.square(l.reshape(x, [3, -1])) },
  Flatten: {
    shapes: [[2, 3, 2]],
    build: x => x.graph.node('Flatten', [x], [{ shape: [2, 6] }], { attributes: { axis: 1 } })[0],
  },
  Squeeze: {
    shapes: [[2, 1, 2]],
    build: x => x.graph.node('Squeeze', [x, integers(x, [1], [1])], [{ shape: [2, 2] }])[0],
  },
  Unsqueeze: {
    shapes: [[2, 2]],
    build: x => x.graph.node('Unsqueeze', [x, integers(x, [1], [1])], [{ shape: [2, 1, 2] }])[0],
  },
  Transpose: { shapes: [[2, 3, 4]], build: x => l.transpose(x, [2, 0, 1]) },
  Expand: { shapes: [[3, 1]], build: x => l.expand(x, [2, 3, 4]) },
  Tile: {
    shapes: [[2, 3]],
    build: x => x.graph.node('Tile', [x, integers(x, [2], [2, 3])], [{ shape: [4, 9] }])[0],
  },
  Concat: {
    shapes: [
      [2, 3],
      [2, 1],
    ],
    build: (a, b) => l.concat([a, b, a], 1),
  },
  Split: {
    shapes: [[2, 6]],
    build: x => {
      const [a, , c] = l.split(x, [2, 1, 3], 1)
      return l.concat([e.square(c), a], 1)
    },
  },
  Slice: {
    shapes: [[4, 5]],
    build: x =>
      l.slice(x, [
        { axis: 0, start: 1, end: 3 },
        { axis: 1, start: 2 },
      ]),
  },
  'Slice, strided': { shapes: [[3, 8]], build: x => l.slice(x, [{ axis: 1, start: 1, step: 3 }]) },
  'Slice, backwards': {
    shapes: [[3, 7]],
    build: x =>
      l.slice(x, [
        { axis: 1, start: -2, step: -2 },
        { axis: 0, step: -1 },
      ]),
  },
  Pad: { shapes: [[2, 3]], build: x => l.pad(x, [1, 0], [0, 2], 5) },
  'Pad, cutting': { shapes: [[2, 5]], build: x => l.pad(x, [0, -1], [1, -2]) },
  Gather: { shapes: [[4, 3]], build: x => l.gather(x, integers(x, [2, 2], [0, 2, 2, 1])) },
  'Gather, last axis': { shapes: [[2, 4]], build: x => l.gather(x, integers(x, [3], [3, 0, 3]), 1) },
  GatherElements: {
    shapes: [[3, 4]],
    build: x => l.gatherElements(x, integers(x, [3, 2], [0, 3, 1, 1, 2, 0]), 1),
  },
  ScatterElements: {
    shapes: [
      [3, 4],
      [3, 2],
    ],
    build: (x, u) => l.scatterAdd(x, integers(x, [3, 2], [0, 3, 1, 1, 2, 0]), u, 1),
  },
  DepthToSpace: {
    shapes: [[1, 8, 2, 3]],
    build: x =>
      x.graph.node('DepthToSpace', [x], [{ shape: [1, 2, 4, 6] }], { attributes: { blocksize: 2 } })[0],
  },
  MatMul: {
    shapes: [
      [2, 3],
      [3, 4],
    ],
    build: matmul,
  },
  'MatMul, broadcast batch': {
    shapes: [
      [2, 1, 2, 3],
      [4, 3, 2],
    ],
    build: matmul,
  },
  'MatMul, vectors': {
    shapes: [[3], [3, 2]],
    build: (a, b) => a.graph.node('MatMul', [a, b], [{ shape: [2] }])[0],
  },
  Gemm: { shapes: [[2, 3], [4, 3], [4]], build: (a, b, c) => linear(a, b, c) },
  'Gemm, left transposed': {
    shapes: [
      [3, 2],
      [3, 4],
      [2, 4],
    ],
    build: (a, b, c) => gemm(a, b, c, { transA: true, alpha: 0.5, beta: 2 }),
  },
  'Gemm, both transposed': {
    shapes: [
      [3, 2],
      [4, 3],
    ],
    build: (a, b) => gemm(a, b, undefined, { transA: true, transB: true }),
  },
  Conv: { shapes: [[2, 3, 5, 4], [4, 3, 3, 3], [4]], build: (x, w, bias) => conv(x, w, { pads: 1, bias }) },
  'Conv, strided': {
    shapes: [
      [2, 2, 6, 7],
      [3, 2, 3, 3],
    ],
    build: (x, w) => conv(x, w, { stride: 2, pads: 1 }),
  },
  'Conv, pointwise on large maps': {
    shapes: [
      [2, 2, 15, 15],
      [3, 2, 1, 1],
    ],
    build: (x, w) => conv(x, w),
  },
  'Conv, strided pointwise': {
    shapes: [
      [2, 2, 5, 6],
      [3, 2, 1, 1],
    ],
    build: (x, w) => conv(x, w, { stride: 2 }),
  },
  'Conv, dilated': {
    shapes: [
      [1, 2, 7, 7],
      [2, 2, 3, 3],
    ],
    build: (x, w) => conv(x, w, { dilation: 2, pads: 2 }),
  },
  'Conv, grouped': {
    shapes: [
      [2, 4, 5, 5],
      [6, 2, 3, 3],
    ],
    build: (x, w) => conv(x, w, { groups: 2, pads: 1, stride: 2 }),
  },
  'Conv, grouped, of stride 1': {
    shapes: [
      [2, 4, 4, 5],
      [6, 2, 3, 2],
    ],
    build: (x, w) => conv(x, w, { groups: 2, pads: [1, 0, 1, 1], dilation: [1, 2] }),
  },
  'Conv, depthwise': {
    shapes: [
      [2, 3, 4, 4],
      [3, 1, 3, 3],
    ],
    build: (x, w) => conv(x, w, { groups: 3, pads: 1 }),
  },
  'Conv, uneven padding': {
    shapes: [
      [1, 2, 4, 5],
      [2, 2, 2, 3],
    ],
    build: (x, w) => conv(x, w, { pads: [0, 1, 1, 2], stride: [1, 2] }),
  },
  'Conv, little padding': {
    shapes: [
      [1, 1, 3, 3],
      [1, 1, 1, 1],
    ],
    build: (x, w) => conv(x, w, { pads: 1 }),
  },
  'Conv, one axis': {
    shapes: [
      [2, 2, 7],
      [3, 2, 3],
    ],
    build: (x, w) => conv(x, w, { stride: 2 }),
  },
  ConvTranspose: {
    shapes: [[2, 3, 3, 3], [3, 2, 3, 3], [2]],
    build: (x, w, bias) => convTranspose(x, w, { stride: 2, pads: 1, outputPadding: 1, bias }),
  },
  'ConvTranspose, grouped': {
    shapes: [
      [1, 4, 3, 3],
      [4, 1, 2, 2],
    ],
    build: (x, w) => convTranspose(x, w, { groups: 2 }),
  },
  MaxPool: { shapes: [[1, 2, 5, 6]], build: x => maxPool(x, { kernel: 3, stride: 2, pads: 1 }) },
  'MaxPool, tiling': { shapes: [[2, 1, 4, 4]], build: x => maxPool(x, { kernel: 2 }) },
  'MaxPool, ceil': { shapes: [[1, 1, 6, 6]], build: x => maxPool(x, { kernel: 3, stride: 2, ceil: true }) },
  AveragePool: { shapes: [[1, 2, 5, 6]], build: x => averagePool(x, { kernel: 3, stride: 2, pads: 1 }) },
  'AveragePool, counting the padding': {
    shapes: [[1, 2, 5, 6]],
    build: x => averagePool(x, { kernel: 3, stride: 2, pads: 1, countIncludePad: true }),
  },
  'AveragePool, tiling': { shapes: [[1, 2, 4, 6]], build: x => averagePool(x, { kernel: [2, 3] }) },
  'AveragePool, not reaching the end': {
    shapes: [[1, 1, 6, 5]],
    build: x => averagePool(x, { kernel: 2, stride: 3 }),
  },
  GlobalAveragePool: { shapes: [[2, 2, 3, 3]], build: globalAveragePool },
  GlobalMaxPool: { shapes: [[2, 2, 3, 3]], build: globalMaxPool },
  'BatchNormalization, inference': {
    shapes: [[2, 3, 2, 2], [3], [3], [3], [3]],
    range: [0.5, 2],
    build: (x, s, b, m, v) => batchNorm(x, s, b, m, v),
  },
  'BatchNormalization, training': {
    shapes: [[3, 2, 2, 3], [2], [2]],
    build: (x, s, b) => batchNormTraining(x, s, b).output,
  },
  'BatchNormalization, statistics': {
    shapes: [[3, 2, 2, 3], [2], [2]],
    build: (x, s, b) => {
      const n = batchNormTraining(x, s, b)
      return l.concat([n.mean, n.variance, l.reshape(n.output, [-1])], 0)
    },
  },
  'BatchNormalization, decomposed': {
    shapes: [[3, 2, 2, 3], [2], [2]],
    build: (x, s, b) => batchNormTraining(x, s, b, 1e-5, 'decomposed').output,
  },
  LayerNormalization: { shapes: [[3, 6], [6], [6]], build: (x, s, b) => layerNorm(x, s, b) },
  InstanceNormalization: {
    shapes: [[2, 2, 3, 3], [2], [2]],
    build: (x, s, b) =>
      x.graph.node('InstanceNormalization', [x, s, b], [{ shape: x.shape }], {
        attributes: { epsilon: { float: 1e-5 } },
      })[0],
  },
  GroupNormalization: {
    shapes: [[2, 4, 2, 2], [4], [4]],
    build: (x, s, b) =>
      x.graph.node('GroupNormalization', [x, s, b], [{ shape: x.shape }], {
        attributes: { num_groups: 2, epsilon: { float: 1e-5 } },
      })[0],
  },
  LRN: { shapes: [[1, 7, 2, 2]], build: x => localResponseNorm(x, 5, 0.5, 0.75, 1) },
  Softmax: { shapes: [[3, 4]], build: x => softmax(x) },
  'Softmax, first axis': { shapes: [[3, 4]], build: x => softmax(x, 0) },
  LogSoftmax: { shapes: [[3, 4]], build: x => logSoftmax(x) },
  'LogSoftmax, cross-entropy with smoothing': {
    shapes: [[3, 4]],
    build: x => crossEntropy(x, integers(x, [3], [1, 0, 3]), 0.1),
  },
  'Sqrt, L2 normalisation': { shapes: [[3, 4]], build: x => l2Normalise(x) },
  Resize: { shapes: [[1, 2, 3, 4]], build: x => resize(x, 7, 5) },
  'Resize, shrinking': { shapes: [[1, 1, 6, 6]], build: x => resize(x, 4, 3) },
  'Resize, aligned corners': {
    shapes: [[1, 1, 3, 3]],
    build: x => resize(x, 5, 6, 'linear', 'align_corners'),
  },
  'Resize, nearest': { shapes: [[1, 1, 3, 3]], build: x => resize(x, 6, 7, 'nearest', 'asymmetric') },
}

/** Rules that no finite difference can test: the derivative is zero almost everywhere, or the type changes. */
const withoutDifferences = ['Cast', 'Ceil', 'Round', 'Sign']
/** Operators of the engine's own domain, that only optimised models contain. */
const isEngineOnly = (op: string) => op.startsWith('com.microsoft.')

describe('a gradient rule agrees with finite differences', () => {
  test.each(Object.entries(cases))('%s', (_, c) => checkGradient(c))

  it('and every rule has a case', () => {
    const tested = new Set(Object.keys(cases).map(name => name.split(',')[0]))
    const untested = [...Object.keys(rules), ...Object.keys(decompositions)].filter(
      op => !tested.has(op) && !withoutDifferences.includes(op) && !isEngineOnly(op),
    )
    expect([...new Set(untested)], 'no case in `cases` begins with these names').toEqual([])
  })

  it('and an operator has a rule or a decomposition, not both', () => {
    expect(Object.keys(rules).filter(op => op in decompositions)).toEqual([])
  })
})

describe('the gradient of a gradient agrees with finite differences', () => {
  test.each([
    'Mul',
    'Div',
    'Pow',
    'Exp',
    'Sqrt',
    'Tanh',
    'Sigmoid',
    'Gelu',
    'ReduceL2',
    'ReduceLogSumExp',
    'MatMul',
    'Gemm',
    'Conv',
    'Conv, strided',
    'Conv, dilated',
    'ConvTranspose',
    'AveragePool',
    'BatchNormalization, inference',
    'BatchNormalization, training',
    'BatchNormalization, decomposed',
    'LayerNormalization',
    'Softmax',
    'LogSoftmax',
    'Sqrt, L2 normalisation',
    'Resize',
  ])('%s', name => checkSecondGradient({ ...cases[name], tolerance: 1e-2 }))
})

describe('gradient', () => {
  const run = async (build: (g: Graph) => Record<string, Value>) => {
    const graph = new Graph()
    const outputs = build(graph)
    return evaluate(engine, { graph, outputs }, { x: float32([3], [1, 2, 3]) })
  }

  it('adds the contributions of every path', async () => {
    const { dx } = await run(g => {
      const x = g.input('x', [3])
      const [dx] = gradient(r.reduceSum(e.add(e.mul(x, x), e.mul(x, 3))), [x])
      return { dx }
    })
    expect([...(dx.data as Float32Array)]).toEqual([5, 7, 9])
  })

  it('is zero for a value that the loss does not depend on, and passes no stopGradient', async () => {
    const { dx, dz } = await run(g => {
      const x = g.input('x', [3])
      const z = g.constant(float32([2], [1, 1]))
      const [dx, dz] = gradient(r.reduceSum(e.mul(x, e.stopGradient(e.mul(x, x)))), [x, z])
      return { dx, dz }
    })
    expect([...(dx.data as Float32Array)]).toEqual([1, 4, 9])
    expect([...(dz.data as Float32Array)]).toEqual([0, 0])
  })

  it('gives the first of equal maxima the whole gradient of a max pool', async () => {
    const g = new Graph()
    const x = g.input('x', [1, 1, 2, 2])
    const [dx] = gradient(r.reduceSum(maxPool(x, { kernel: 2 })), [x])
    const result = await evaluate(
      engine,
      { graph: g, outputs: { dx } },
      { x: float32([1, 1, 2, 2], [0, 5, 5, 5]) },
    )
    expect([...(result.dx.data as Float32Array)]).toEqual([0, 1, 0, 0])
  })

  const op = (name: string, attributes: Attributes) => (x: Value) =>
    x.graph.node(name, [x], [{ shape: x.shape }], { attributes })[0]
  it.each<[string, (x: Value) => Value]>([
    ['a ReLU', e.relu],
    ['a ReLU6', x => e.clip(x, 0, 6)],
    ['the larger of it and 0', x => e.maximum(x, 0)],
    ['ThresholdedRelu', op('ThresholdedRelu', { alpha: { float: 1 } })],
    ['Shrink', op('Shrink', { lambd: { float: 5 }, bias: { float: 0 } })],
    ['HardSigmoid', e.hardSigmoid],
    [
      'the largest of all',
      x => globalMaxPool(l.reshape(l.concat([x, x.graph.constant(float32([1], [0]))], 0), [1, 1, 2])),
    ],
  ])('is 0 below what %s lets pass, where a square root comes after it', async (_, cut) => {
    const g = new Graph()
    const x = g.input('x', [1])
    const [dx] = gradient(r.reduceSum(e.sqrt(cut(x))), [x])
    const result = await evaluate(engine, { graph: g, outputs: { dx } }, { x: float32([1], [-4]) })
    expect(Number(result.dx.data[0])).toBe(0)
  })

  it('of an l2-normalised zero vector is finite', async () => {
    const g = new Graph()
    const x = g.input('x', [1, 3])
    const [dx] = gradient(r.reduceSum(l2Normalise(x)), [x])
    const result = await evaluate(engine, { graph: g, outputs: { dx } }, { x: float32([1, 3], [0, 0, 0]) })
    expect([...(result.dx.data as Float32Array)].every(Number.isFinite)).toBe(true)
  })

  it('names the operator, the node and the layer where a rule is missing', () => {
    const g = new Graph()
    const x = g.input('x', [3])
    const y = g.scope('stage1.unit2', () => g.node('Hardmax', [x], [{ shape: [3] }])[0])
    expect(() => gradient(r.reduceSum(y), [x])).toThrow(/Hardmax.*no gradient rule/)
    expect(() => gradient(r.reduceSum(y), [x])).toThrow(/stage1\.unit2/)
    expect(gradient(r.reduceSum(e.add(e.stopGradient(y), x)), [x])).toHaveLength(1)
  })

  it('asks for a scalar', () => {
    const g = new Graph()
    const x = g.input('x', [3])
    expect(() => gradient(e.mul(x, 2), [x])).toThrow(/scalar/)
  })
})

describe('an operator whose inputs do not fit says so with its name and the shapes', () => {
  const g = new Graph()
  const x = g.input('a', [2, 3])
  const w = g.input('w', [4, 5, 3, 3])
  test.each([
    ['Add', () => e.add(x, g.input('b', [2, 4]))],
    ['MatMul', () => matmul(x, x)],
    ['Conv', () => conv(g.input('image', [1, 3, 8, 8]), w)],
    ['Conv', () => conv(g.input('tiny', [1, 5, 2, 2]), w)],
    ['Reshape', () => l.reshape(x, [4])],
    ['Concat', () => l.concat([x, w], 0)],
  ])('%s', (op, build) => expect(build).toThrow(new RegExp(`${op}.*float32\\[`)))
})
