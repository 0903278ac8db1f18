/** The library's front door: what `import ... from 'glasshouse'` offers in Node. */
export { GlasshouseError } from './base/errors.ts'
export type { Picture } from './base/picture.ts'
export type { Progress, Work } from './base/work.ts'
export { readDataset } from './data/dataset.node.ts'
export { type Dataset, type Item, indicesOf, labelsOf, type Split } from './data/dataset.ts'
export { decodePicture, readPicture } from './data/decode.node.ts'
export { fillPrepared, viewOf } from './data/prepare/prepare.ts'
export { writeSeedlings } from './data/seedlings/draw.node.ts'
export { colourStatistics, imagenetStatistics, type PictureStore } from './data/store.ts'
export { type Retrieval, type RetrievalOptions, retrieve } from './embedding/retrieval.ts'
export type { TsneInput, TsneOptions } from './embedding/tsne/inputs.ts'
export { sweep, tsne } from './embedding/tsne/tsne.node.ts'
export type { SweepResult, TsneResult } from './embedding/tsne/tsne.ts'
export { readVectors, writeVectors } from './embedding/vectors.node.ts'
export { decodeVectors, encodeVectors, type Vectors } from './embedding/vectors.ts'
export { renderReport } from './figures/report.ts'
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
export * as inputs from './lenses/inputs.ts'
export {
  type Canvas,
  type Drawing,
  defineLens,
  type InputValues,
  type LensContext,
  type LensDefinition,
} from './lenses/lens.ts'
export { look } from './lenses/look.node.ts'
export { lenses, lensNamed } from './lenses/registry.ts'
export { type ExportOptions, networkModel } from './models/export.ts'
export { type ForwardOptions, forward } from './models/forward.ts'
export {
  buildNetwork,
  initialParameters,
  layerNamed,
  type Network,
  type NetworkPlan,
} from './nets/network.ts'
export { evaluateObjective } from './objectives/evaluate.node.ts'
export type { ObjectiveBatch, ObjectiveValue } from './objectives/evaluate.ts'
export { type Batch, defineObjective, type Objective } from './objectives/objective.ts'
export { objectives } from './objectives/registry.ts'
export { readRecord } from './runs/folder.node.ts'
export { readLog } from './runs/log.node.ts'
export { openModel } from './runs/open-model.node.ts'
export { type FinishedRun, train } from './runs/start.node.ts'
export { carryOutSweep, openSweep } from './runs/sweep/carry-out.node.ts'
export { inlineRunner } from './runs/sweep/inline-runner.node.ts'
export { planSweep, readSpec } from './runs/sweep/plan.ts'
export { processRunner } from './runs/sweep/process-runner.node.ts'
export type { Runner } from './runs/sweep/runner.ts'
export type { TrainOptions } from './runs/train-options.ts'
export { type ContextOptions, createContext } from './runtime/context.node.ts'
export type { Context, OutputContext } from './runtime/context.ts'
export { createEngine } from './runtime/engine.node.ts'
export type { Device, Engine, Program, Tensors } from './runtime/engine.ts'
export { readWeights } from './weights/file.node.ts'
export { encodeSafetensors } from './weights/safetensors.ts'
