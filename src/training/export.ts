/** The network as others can load it: an ONNX model with the parameters inside. */
import { encodeModel } from '../graph/onnx/encode.ts'
import { buildNetwork, type Network } from '../nets/network.ts'

/** A model for one batch size: `images` (prepared) in, `logits` or `embedding` out; preparation in the metadata. */
export function networkModel(network: Network, batch = 1): Uint8Array {
  const { graph, output } = buildNetwork(network, { batch })
  const { net, head, preprocessing } = network
  const metadata = {
    net,
    preprocessing: JSON.stringify(preprocessing),
    ...(head.kind === 'classes' && { classes: JSON.stringify(head.classes) }),
  }
  const name = head.kind === 'classes' ? 'logits' : 'embedding'
  return encodeModel({
    graph,
    outputs: { [name]: output },
    parameters: network.parameters,
    metadata,
    shapes: true,
  })
}
