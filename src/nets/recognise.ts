/** Recognises the architecture that a file of weights is for, by the names and shapes of its tensors. */
import { GlasshouseError } from '../base/errors.ts'
import type { Tensor } from '../graph/tensor.ts'
import { architectureNamed, architectures, headPrefix } from './architectures.ts'
import { ownWeights, wantedShapes } from './fit-weights.ts'

interface Candidate {
  net: string
  /** parameters below the head that the file has in the right shape, and that the architecture has */
  fitting: number
  wanted: number
  /** tensors of the file that the architecture does not know */
  left: number
}

/**
 * The architecture all of whose parameters below the head are there.
 *
 * @param where the file's name, for the error
 * @throws GlasshouseError 'unknown-network' that names the nearest one
 */
export function recogniseNetwork(tensors: ReadonlyMap<string, Tensor>, where: string): string {
  const candidates = [...architectures.keys()].map(net => candidateOf(net, tensors))
  const whole = candidates.filter(({ fitting, wanted }) => fitting === wanted)
  // Of a network and its own beginning, the one that uses more of the file.
  whole.sort((a, b) => a.left - b.left || b.wanted - a.wanted)
  if (whole[0]) return whole[0].net
  const [nearest] = candidates.sort((a, b) => b.fitting / b.wanted - a.fitting / a.wanted)
  throw new GlasshouseError({
    code: 'unknown-network',
    what: 'the weights are those of no network that is known here',
    where,
    expected: 'one of those in docs/networks.md',
    got: nearest.fitting
      ? `nearest to ${nearest.net}, of which ${nearest.fitting} of ${nearest.wanted} parameters fit`
      : undefined,
    hint: 'Export the network as an ONNX model: any of those opens',
  })
}

/** Of a network and its other makes, the one that all of the weights below the head fit; itself where none does. */
export function makeFitting(net: string, tensors: ReadonlyMap<string, Tensor>): string {
  const makes = [net, ...(architectureNamed(net).kin ?? [])]
  if (makes.length === 1) return net
  const fits = makes.find(make => {
    const { fitting, wanted } = candidateOf(make, tensors)
    return fitting === wanted
  })
  return fits ?? net
}

function candidateOf(net: string, found: ReadonlyMap<string, Tensor>): Candidate {
  const { unpublished } = architectureNamed(net)
  const head = headPrefix(net)
  const { tensors } = ownWeights(net, found)
  const shapes = [...wantedShapes(net)].filter(([name]) => !name.startsWith(head) && !unpublished?.test(name))
  const fitting = shapes.filter(([name, shape]) => String(tensors.get(name)?.shape) === String(shape)).length
  const counted = [...tensors.keys()].filter(name => !name.endsWith('num_batches_tracked')).length
  return { net, fitting, wanted: shapes.length, left: counted - fitting }
}
