/** The network as others can load it: an ONNX model with the parameters inside. */
import { foldBatchNorm } from '../graph/fold.ts'
import { encodeModel, type ModelRequest } from '../graph/onnx/encode.ts'
import { openBatch, withOpenBatch } from '../graph/open-batch.ts'
import { buildNetwork, type Network, type NetworkPlan } from '../nets/network.ts'

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
  const { graph, output } = buildNetwork(network, { batch: batch === 'dynamic' ? openBatch : batch, size })
  const name = network.head.kind === 'classes' ? 'logits' : 'embedding'
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

/** What a model's file tells of how it is to be used. */
export const exportMetadata = (
  { net, head, preprocessing }: NetworkPlan,
  size = preprocessing.size,
): Record<string, string> => ({
  net,
  preprocessing: JSON.stringify({ ...preprocessing, size }),
  ...(head.kind === 'classes' && { classes: JSON.stringify(head.classes) }),
})
