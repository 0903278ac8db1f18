/** The library's front door: what `import ... from 'glasshouse'` offers in Node. */
export { GlasshouseError } from './base/errors.ts'
export { retrieve } from './embedding/retrieval.ts'
export type { TsneInput, TsneOptions } from './embedding/tsne/inputs.ts'
export { sweep, tsne } from './embedding/tsne/tsne.node.ts'
export type { SweepResult, TsneResult } from './embedding/tsne/tsne.ts'
export type { Computation } from './graph/computation.ts'
export { gradient } from './graph/gradient.ts'
export { type Attributes, Graph, type LayerName, type Node, type Value } from './graph/graph.ts'
export { encodeModel } from './graph/onnx/encode.ts'
export { conv, convTranspose } from './graph/ops/convolution.ts'
export {
  abs,
  add,
  and,
  cast,
  clip,
  cos,
  div,
  elu,
  equal,
  erf,
  exp,
  floor,
  gelu,
  greater,
  greaterOrEqual,
  hardSigmoid,
  hardSwish,
  identity,
  leakyRelu,
  less,
  lessOrEqual,
  log,
  maximum,
  minimum,
  mul,
  neg,
  not,
  or,
  pow,
  reciprocal,
  relu,
  sigmoid,
  sign,
  sin,
  softplus,
  sqrt,
  square,
  stopGradient,
  sub,
  tanh,
  where,
} from './graph/ops/elementwise.ts'
export {
  concat,
  expand,
  flatten,
  gather,
  gatherElements,
  pad,
  reshape,
  reverse,
  scatterAdd,
  slice,
  split,
  transpose,
} from './graph/ops/layout.ts'
export { gemm, linear, matmul } from './graph/ops/linear.ts'
export { batchNorm, batchNormTraining, layerNorm, localResponseNorm } from './graph/ops/normalisation.ts'
export { averagePool, globalAveragePool, globalMaxPool, maxPool } from './graph/ops/pooling.ts'
export {
  argMax,
  reduceL2,
  reduceLogSumExp,
  reduceMax,
  reduceMean,
  reduceMin,
  reduceSum,
  reduceSumSquare,
} from './graph/ops/reduce.ts'
export { resize } from './graph/ops/resize.ts'
export { crossEntropy, l2Normalise, logSoftmax, oneHot, softmax } from './graph/ops/softmax.ts'
export { type DType, float32, int64, type Shape, type Tensor, tensor } from './graph/tensor.ts'
export { type ExportOptions, networkModel } from './models/export.ts'
export { buildNetwork, initialParameters, type Network, type NetworkPlan } from './nets/network.ts'
export { evaluateObjective } from './objectives/evaluate.node.ts'
export type { ObjectiveBatch, ObjectiveValue } from './objectives/evaluate.ts'
export { openModel } from './runs/open-model.node.ts'
export { createEngine } from './runtime/engine.node.ts'
export type { Device, Engine, Program, Tensors } from './runtime/engine.ts'
export { readWeights } from './weights/file.node.ts'
export { encodeSafetensors } from './weights/safetensors.ts'
