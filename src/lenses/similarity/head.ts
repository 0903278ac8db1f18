/** The linear layer of an embedding, where similarity can be followed through it. */
import { floats } from '../../graph/tensor.ts'
import { buildOutline, type Network } from '../../nets/network.ts'
import type { LinearHead, Pool } from './compute.ts'

/** Only the last maps, averaged, lie before the head of an embedding. */
export function headOf(network: Network, layer: string | undefined, pool: Pool): LinearHead | undefined {
  if (layer !== undefined || pool !== 'average' || network.head.kind !== 'embedding') return undefined
  const { head } = buildOutline(network)
  const content = (name: string) => floats(network.parameters.get(name)!)
  return head?.bias ? { weight: content(head.weight), bias: content(head.bias) } : undefined
}
