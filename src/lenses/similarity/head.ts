/** The linear layer of an embedding, where similarity can be followed through it. */
import { architectureNamed, headPrefix } from '../../nets/architectures.ts'
import type { Network } from '../../nets/network.ts'
import type { LinearHead, Pool } from './compute.ts'

/** Only the last maps, averaged, lie before the head of an embedding. */
export function headOf(network: Network, layer: string | undefined, pool: Pool): LinearHead | undefined {
  const { net, head, parameters } = network
  if (layer !== undefined || pool !== 'average' || head.kind !== 'embedding') return undefined
  if (architectureNamed(net).classMaps) return undefined
  const [weight, bias] = ['weight', 'bias'].map(
    name => parameters.get(headPrefix(net) + name)!.data as Float32Array,
  )
  return { weight, bias }
}
