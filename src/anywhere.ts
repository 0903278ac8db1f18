/** What both front doors of the library offer: it runs in Node and in browsers. */
export { GlasshouseError } from './base/errors.ts'
export type { Picture } from './base/picture.ts'
export { type Random, random } from './base/random.ts'
export {
  createWork,
  inStage,
  note,
  openStage,
  type Points,
  preview,
  type Stage,
  type Work,
  type WorkEvent,
} from './base/work.ts'
export { type Dataset, type Item, indicesOf, labelsOf, type Split } from './data/dataset.ts'
export { fillPrepared, viewOf } from './data/prepare/prepare.ts'
export { colourStatistics, imagenetStatistics, type PictureStore } from './data/store.ts'
export { type Retrieval, type RetrievalOptions, retrieve } from './embedding/retrieval.ts'
export { type Nearest, type SearchRequest, searchRows } from './embedding/search.ts'
export type { TsneInput, TsneOptions } from './embedding/tsne/inputs.ts'
export type { SweepResult, TsneResult } from './embedding/tsne/tsne.ts'
export { decodeVectors, encodeVectors, looksLikeArrow, type Vectors } from './embedding/vectors.ts'
export { renderReport } from './figures/report.ts'
export type { Computation } from './graph/computation.ts'
export { toFloat32 } from './graph/element-types.ts'
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
export { formOf, type LensForm } from './lenses/form.ts'
export * as inputs from './lenses/inputs.ts'
export {
  type Canvas,
  type Drawing,
  defineLens,
  type InputValues,
  type LensContext,
  type LensDefinition,
} from './lenses/lens.ts'
export { lenses, lensNamed } from './lenses/registry.ts'
export { type ExportOptions, networkModel } from './models/export.ts'
export { type ForwardOptions, forward } from './models/forward.ts'
export { type BytesOptions, openModelBytes } from './models/open-bytes.ts'
export type { Opened } from './models/open-weights.ts'
export {
  buildNetwork,
  initialParameters,
  layerNamed,
  type Network,
  type NetworkPlan,
} from './nets/network.ts'
export type { ObjectiveBatch, ObjectiveValue } from './objectives/evaluate.ts'
export { type Batch, defineObjective, type Objective } from './objectives/objective.ts'
export { objectives } from './objectives/registry.ts'
export type { Device, Engine, OpenEngine, Program, Tensors } from './runtime/engine.ts'
export { decodeNpy } from './weights/npy.ts'
export { encodeSafetensors } from './weights/safetensors.ts'
