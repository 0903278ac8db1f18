/** What ONNX Runtime's WebGPU kernels lack, spelled out in operators that they have. */
import type { Computation } from '../computation.ts'
import { decomposeBatchNorm } from './lower-cpu.ts'
import { rewriteGraph } from './rewrite.ts'

/** Batch normalisation has no training mode there. */
export const lowerForWebGpu = (request: Computation): Computation =>
  rewriteGraph(request, { BatchNormalization: decomposeBatchNorm })
