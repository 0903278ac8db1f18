/** The layers of a network in the order in which they are computed, and what each costs. */
import type { Graph, LayerName, Value } from '../graph/graph.ts'
import { multiplyAddCount, parameterCount } from './costs.ts'

export interface LayerAbout {
  layer: LayerName
  /** that it ends with */
  operator: string
  shape: number[]
  parameters: number
  multiplyAdds: number
}

/** Every layer with the cost of what was computed since the layer before it. */
export function describeLayers(graph: Graph): LayerAbout[] {
  const order = new Map(graph.nodes.map((node, index) => [node, index]))
  const place = (value: Value) => (value.producer ? order.get(value.producer)! : -1)
  const sorted = [...graph.layers].sort(([, a], [, b]) => place(a) - place(b))
  let counted = -1
  return sorted.map(([layer, value]) => {
    const upTo = Math.max(counted, place(value))
    const own = graph.nodes.slice(counted + 1, upTo + 1)
    counted = upTo
    return {
      layer,
      operator: value.producer?.op ?? 'Input',
      shape: [...value.shape],
      parameters: parameterCount(own),
      multiplyAdds: multiplyAddCount(own),
    }
  })
}
