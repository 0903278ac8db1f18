/**
 * Does a map depend on what the network has learned? Adebayo et al., "Sanity Checks for Saliency Maps" (NeurIPS 2018),
 * section 3: the weights are made random from the head downwards, and the map of the same image and class is compared
 * with that of the trained network by rank correlation. A map that stays the same explains the image and the
 * architecture, not the network.
 *
 * Random here means shuffled: the numbers of each kernel change places. So any network can be checked, whoever made it,
 * and the size of its weights stays.
 */
import { random } from '../../base/random.ts'
import { neededNodes } from '../../graph/computation.ts'
import { float32, floats, type Tensor } from '../../graph/tensor.ts'
import { buildOutline, type Network } from '../../nets/network.ts'

/** Kernels of convolutions and linear layers, from the last that the image comes through to the first. */
export function kernelsFromTop(network: Network): string[] {
  const { graph, output } = buildOutline(network)
  const names = new Set<string>()
  for (const { inputs } of neededNodes(graph, [output]).nodes)
    for (const input of inputs) {
      const tensor = input?.name ? network.parameters.get(input.name) : undefined
      if (input?.name && tensor?.dtype === 'float32' && tensor.shape.length > 1) names.add(input.name)
    }
  return [...names].reverse()
}

export interface RandomLevel {
  /** kernels that are shuffled, from the top */
  kernels: number
  /** the lowest of them */
  downTo: string
  network: Network
}

const parts = 4

/** The head alone, then further and further down in equal parts, to the whole network. */
export function randomisedNetworks(network: Network, seed: number): RandomLevel[] {
  const kernels = kernelsFromTop(network)
  const depths = [
    1,
    ...Array.from({ length: parts }, (_, i) => Math.round((kernels.length * (i + 1)) / parts)),
  ]
  return [...new Set(depths)]
    .filter(depth => depth > 0)
    .map(depth => {
      const shuffledNames = new Set(kernels.slice(0, depth))
      const parameters = new Map(
        [...network.parameters].map(([name, tensor]) => [
          name,
          shuffledNames.has(name) ? shuffled(tensor, name, seed) : tensor,
        ]),
      )
      return { kernels: depth, downTo: kernels[depth - 1], network: { ...network, parameters } }
    })
}

const shuffled = (tensor: Tensor, name: string, seed: number): Tensor =>
  float32(tensor.shape, random(seed, 'shuffled kernel', name).shuffle(floats(tensor).slice()))

/** Spearman's: the correlation of the ranks, equal values sharing theirs; 0 where one list is constant. */
export function rankCorrelation(one: ArrayLike<number>, other: ArrayLike<number>): number {
  const [a, b] = [ranksOf(one), ranksOf(other)]
  const mean = (one.length - 1) / 2
  let [both, ownA, ownB] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    both += (a[i] - mean) * (b[i] - mean)
    ownA += (a[i] - mean) ** 2
    ownB += (b[i] - mean) ** 2
  }
  return ownA > 0 && ownB > 0 ? both / Math.sqrt(ownA * ownB) : 0
}

function ranksOf(values: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: values.length }, (_, i) => i).sort((a, b) => values[a] - values[b])
  const ranks = new Float64Array(values.length)
  for (let start = 0; start < order.length; ) {
    let end = start
    while (end + 1 < order.length && values[order[end + 1]] === values[order[start]]) end++
    for (let at = start; at <= end; at++) ranks[order[at]] = (start + end) / 2
    start = end + 1
  }
  return ranks
}
