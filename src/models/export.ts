/** The network as others can load it: an ONNX model with the parameters inside. */
import { z } from 'zod'
import type { Computation } from '../graph/computation.ts'
import { encodeModel } from '../graph/onnx/encode.ts'
import { foldBatchNorm } from '../graph/passes/fold-batch-norm.ts'
import { openBatch, withOpenBatch } from '../graph/passes/open-batch.ts'
import { fits } from '../nets/architecture.ts'
import { buildNetwork, type Network, type NetworkPlan, outputName } from '../nets/network.ts'

export interface ExportOptions {
  /** images at once, or any number of them */
  batch?: number | 'dynamic'
  /** side of the images; the network's own unless given */
  size?: number
  /** batch normalisation goes into the convolutions before it */
  foldBatchNorm?: boolean
}

/** `images` (prepared) in, `logits` or `embedding` out; preparation in the metadata. */
export function networkModel(network: Network, options: ExportOptions = {}): Uint8Array {
  const { batch = 1, size } = options
  const { graph, output } = buildNetwork(network, { batch: batch === 'dynamic' ? openBatch : batch, size })
  const name = outputName(network.head.kind)
  let request: Computation = {
    graph,
    outputs: { [name]: output },
    parameters: network.parameters,
    metadata: exportMetadata(network, size),
    shapes: true,
  }
  if (options.foldBatchNorm) request = foldBatchNorm(request)
  if (batch === 'dynamic') request = withOpenBatch(request)
  return encodeModel(request)
}

/** What a file tells of how its network is to be used. */
export const exportMetadata = (
  { net, head, preprocessing, outputStride }: NetworkPlan,
  size = preprocessing.size,
): Record<string, string> => ({
  net,
  head: JSON.stringify(head.kind === 'classes' ? { kind: 'classes', scores: head.scores } : head),
  preprocessing: JSON.stringify({ ...preprocessing, size }),
  ...(head.kind === 'classes' && { classes: JSON.stringify(head.classes) }),
  ...(outputStride !== undefined && { outputStride: JSON.stringify(outputStride) }),
})

const colours = (channel: z.ZodNumber) => z.tuple([channel, channel, channel])

/** How images are prepared, as files tell it. */
export const preprocessingSchema = z.object({
  size: z.number().int().positive(),
  resize: z.number().int().positive(),
  fit: z.enum(fits).optional(),
  interpolation: z.enum(['bilinear', 'bicubic']).optional(),
  mean: colours(z.number()),
  deviation: colours(z.number().positive()),
})

const exported = z.object({
  net: z.string(),
  head: z.union([
    z.object({ kind: z.literal('classes'), scores: z.enum(['softmax', 'sigmoid', 'given']).optional() }),
    z.object({
      kind: z.literal('embedding'),
      dim: z.number().int().positive(),
      pooled: z.literal(true).optional(),
    }),
  ]),
  preprocessing: preprocessingSchema,
  classes: z.array(z.string()).default([]),
  outputStride: z.number().int().positive().optional(),
})

/** The plan of a network that `exportMetadata` told; undefined where the file is from elsewhere. */
export function exportedPlan(metadata: Readonly<Record<string, string>>): NetworkPlan | undefined {
  const { net, ...rest } = metadata
  try {
    const told = ['head', 'preprocessing', 'classes', 'outputStride'].filter(key => rest[key] !== undefined)
    const parsed = Object.fromEntries(told.map(key => [key, JSON.parse(rest[key])]))
    const { head, preprocessing, classes, outputStride } = exported.parse({ net, ...parsed })
    return {
      net,
      preprocessing,
      head: head.kind === 'classes' ? { ...head, classes } : head,
      ...(outputStride !== undefined && { outputStride }),
    }
  } catch {
    return undefined
  }
}
