/** The network as others can load it: an ONNX model with the parameters inside. */
import { z } from 'zod'
import { GlasshouseError } from '../errors.ts'
import { foldBatchNorm } from '../graph/fold.ts'
import { encodeModel, type ModelRequest } from '../graph/onnx/encode.ts'
import { openBatch, withOpenBatch } from '../graph/open-batch.ts'
import {
  type BuiltNetwork,
  buildNetwork,
  type Network,
  type NetworkPlan,
  outputName,
} from '../nets/network.ts'

export interface ExportOptions {
  /** images at once, or any number of them */
  batch?: number | 'dynamic'
  /** side of the pictures; the network's own unless given */
  size?: number
  /** batch normalisation goes into the convolutions before it */
  foldBatchNorm?: boolean
}

/** `images` (prepared) in, `logits` or `embedding` out; preparation in the metadata. */
export function networkModel(network: Network, options: ExportOptions = {}): Uint8Array {
  const { batch = 1, size } = options
  const { graph, output } =
    batch === 'dynamic' ? openNetwork(network, size) : buildNetwork(network, { batch, size })
  const name = outputName(network.head.kind)
  let request: ModelRequest = {
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

/** For any number of pictures, unless it is a model from elsewhere that bears only one number. */
function openNetwork(network: Network, size: number | undefined): BuiltNetwork {
  try {
    return buildNetwork(network, { batch: openBatch, size })
  } catch (error) {
    const fixed = network.foreign?.batch
    if (!(error instanceof GlasshouseError) || fixed === undefined || error.code === 'picture-size')
      throw error
    throw new GlasshouseError({
      code: 'fixed-batch',
      what: 'the model bears only the number of pictures that it was exported for',
      where: network.net,
      expected: `--batch ${fixed}`,
      got: '--batch dynamic',
      hint: 'Export it anew with an open batch',
      cause: error,
    })
  }
}

/** What a file tells of how its network is to be used. */
export const exportMetadata = (
  { net, head, preprocessing }: NetworkPlan,
  size = preprocessing.size,
): Record<string, string> => ({
  net,
  head: JSON.stringify(head.kind === 'classes' ? { kind: 'classes' } : head),
  preprocessing: JSON.stringify({ ...preprocessing, size }),
  ...(head.kind === 'classes' && { classes: JSON.stringify(head.classes) }),
})

const exported = z.object({
  net: z.string(),
  head: z.union([
    z.object({ kind: z.literal('classes') }),
    z.object({ kind: z.literal('embedding'), dim: z.number().int().positive() }),
  ]),
  preprocessing: z.object({
    size: z.number().int().positive(),
    resize: z.number().int().positive(),
    mean: z.tuple([z.number(), z.number(), z.number()]),
    deviation: z.tuple([z.number().positive(), z.number().positive(), z.number().positive()]),
  }),
  classes: z.array(z.string()).default([]),
})

/** The plan of a network that `exportMetadata` told; undefined where the file is from elsewhere. */
export function exportedPlan(metadata: Readonly<Record<string, string>>): NetworkPlan | undefined {
  const { net, ...rest } = metadata
  try {
    const told = ['head', 'preprocessing', 'classes'].filter(key => rest[key] !== undefined)
    const parsed = Object.fromEntries(told.map(key => [key, JSON.parse(rest[key])]))
    const { head, preprocessing, classes } = exported.parse({ net, ...parsed })
    return { net, preprocessing, head: head.kind === 'classes' ? { kind: 'classes', classes } : head }
  } catch {
    return undefined
  }
}
