/** `model inspect MODEL`: layers, shapes, parameters, multiply-adds. */
import { z } from 'zod'
import type { LayerName, Value } from '../../graph/graph.ts'
import { sizeOf } from '../../graph/tensor.ts'
import { type BuiltNetwork, buildNetwork } from '../../nets/network.ts'
import { openModel } from '../../training/open-model.node.ts'
import { defineCommand } from '../command.ts'
import { table } from '../summary.ts'

export const modelInspect = defineCommand({
  name: 'model inspect',
  summary: 'layers of a network by name, with shapes, parameters and multiply-adds',
  arguments: [{ name: 'model', description: 'a run (run@7 for an epoch), or NET[:WEIGHTS]' }],
  options: z.object({
    size: z
      .number()
      .int()
      .min(16)
      .max(4096)
      .optional()
      .describe('side of the pictures; the network’s own unless given'),
  }),
  examples: [{ line: 'model inspect resnet18', does: 'The names that --layer takes' }],
  makesNothing: true,
  async run(context, { model: source }, { size }) {
    const { network } = await openModel(source, context.seed)
    const built = buildNetwork(network, { batch: 1, size })
    const layers = describeLayers(built)
    const parameters = [...built.parameters.values()].reduce(
      (sum, { shape, trained }) => sum + (trained ? sizeOf(shape) : 0),
      0,
    )
    const multiplyAdds = layers.reduce((sum, layer) => sum + layer.multiplyAdds, 0)
    const rows = layers.map(({ layer, operator, shape, parameters, multiplyAdds }) => ({
      layer,
      operator,
      'output shape': shape.join(' x '),
      parameters,
      'multiply-adds': multiplyAdds,
    }))
    return {
      metrics: { net: network.net, size: built.images.shape[2], layers, parameters, multiplyAdds },
      summary: `${table(rows)}\n\n${parameters.toLocaleString('en')} parameters, ${(multiplyAdds / 1e6).toFixed(1)} million multiply-adds at ${built.images.shape[2]} pixels`,
    }
  },
})

/** Every layer with the cost of what was computed since the layer before it. */
function describeLayers({ graph }: BuiltNetwork) {
  const order = new Map(graph.nodes.map((node, index) => [node, index]))
  const place = (value: Value) => (value.producer ? order.get(value.producer)! : -1)
  const sorted = [...graph.layers].sort(([, a], [, b]) => place(a) - place(b))
  let counted = -1
  return sorted.map(([layer, value]: [LayerName, Value]) => {
    const upTo = Math.max(counted, place(value))
    const own = graph.nodes.slice(counted + 1, upTo + 1)
    counted = upTo
    const inputs = new Set(own.flatMap(node => node.inputs))
    const parameters = [...graph.parameters.values()]
      .filter(parameter => inputs.has(parameter))
      .reduce((sum, { shape }) => sum + sizeOf(shape), 0)
    const multiplyAdds = own.reduce(
      (sum, node) => sum + multiplyAddsOf(node.op, node.inputs, node.outputs[0]),
      0,
    )
    return {
      layer,
      operator: value.producer?.op ?? 'Input',
      shape: [...value.shape],
      parameters,
      multiplyAdds,
    }
  })
}

/** Products of a convolution or a matrix product; other operators are not counted, as is customary. */
function multiplyAddsOf(op: string, inputs: readonly (Value | undefined)[], output: Value): number {
  if (op === 'Conv') return sizeOf(output.shape) * sizeOf(inputs[1]!.shape.slice(1))
  if (op === 'Gemm' || op === 'MatMul') return sizeOf(output.shape) * inputs[0]!.shape.at(-1)!
  return 0
}
