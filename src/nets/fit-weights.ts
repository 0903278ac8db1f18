/**
 * Fits a file of weights to an architecture: finds the network's names among those of the program that trained it,
 * and says what it passed over. One error lists everything that does not fit.
 */
import type { Shape, Tensor } from '../graph/tensor.ts'
import { requireFinite } from '../weights/finite.ts'
import { matchWeights, weightsError } from '../weights/match.ts'
import { findPrefix } from '../weights/prefix.ts'
import { architectureNamed, headPrefix } from './architectures.ts'
import { initialTensor } from './building.ts'
import { type NetworkPlan, parameterSpecs } from './network.ts'

export interface OwnWeights {
  /** under the architecture's names */
  tensors: Map<string, Tensor>
  /** what a user should know of how they were found */
  notes: string[]
}

/** The tensors of a network under its own names, out of all that a file holds. */
export function ownWeights(net: string, given: ReadonlyMap<string, Tensor>): OwnWeights {
  const {
    adopt = (name, tensor) => [name, tensor] as const,
    superfluous,
    translate = tensors => tensors,
  } = architectureNamed(net)
  const found = translate(given)
  const wanted = wantedShapes(net)
  const head = headPrefix(net)
  const isWanted = (name: string) => wanted.has(name) || wanted.has(adopt(name, blank)[0])
  const { prefix, names, beside, copies } = findPrefix(found.keys(), isWanted, wanted.size)
  const modules = new Set([...wanted.keys()].map(firstPart))
  const isForeign = (name: string) =>
    !modules.has(firstPart(name)) && !superfluous?.test(name) && !name.endsWith('num_batches_tracked')
  const tensors = new Map<string, Tensor>()
  const unused = [...beside]
  for (const [name, original] of names) {
    const [own, tensor] = adopt(name, found.get(original)!)
    // What cannot be a part of this network is passed over where all of the network is there.
    if (prefix !== '' && isForeign(own)) unused.push(original)
    else tensors.set(own, tensor)
  }
  const complete = [...wanted.keys()].every(name => tensors.has(name) || name.startsWith(head))
  if (complete) {
    for (const name of [...tensors.keys()].filter(isForeign)) {
      tensors.delete(name)
      unused.push(name)
    }
  }
  const notes: string[] = []
  if (prefix) notes.push(`the network's weights are those whose names begin with ${prefix}`)
  if (copies.length)
    notes.push(`the same network lies there again under ${copies.slice(0, 3).join(', ')}; that is not used`)
  const besides = unused.filter(
    name => !copies.some(copy => name.startsWith(copy)) && !name.endsWith('num_batches_tracked'),
  )
  if (besides.length)
    notes.push(
      `not used, because the network has no such parameters: ${besides.slice(0, 6).join(', ')}${besides.length > 6 ? ` and ${besides.length - 6} more` : ''}`,
    )
  return { tensors: withPlainHead(tensors, head), notes }
}

const blank: Tensor = { dtype: 'float32', shape: [0, 0, 0, 0], data: new Float32Array(0) }

const firstPart = (name: string): string => name.slice(0, name.search(/[./_]|$/))

const shapesOf = new Map<string, ReadonlyMap<string, Shape>>()

/** The parameters of an architecture under a head for ImageNet's classes. */
export function wantedShapes(net: string): ReadonlyMap<string, Shape> {
  let shapes = shapesOf.get(net)
  if (!shapes) {
    const { size } = architectureNamed(net)
    const plan: NetworkPlan = {
      net,
      head: { kind: 'embedding', dim: 1000 },
      preprocessing: { size, resize: size, mean: [0, 0, 0], deviation: [1, 1, 1] },
    }
    shapes = new Map([...parameterSpecs(plan)].map(([name, { shape }]) => [name, shape]))
    shapesOf.set(net, shapes)
  }
  return shapes
}

/**
 * A head that its program wrapped in a sequence (`fc.1.weight`, behind a dropout) under the head's own name, where it is
 * one linear layer; and a head without a bias, which adds nothing.
 */
function withPlainHead(tensors: Map<string, Tensor>, head: string): Map<string, Tensor> {
  const weight = `${head}weight`
  const bias = `${head}bias`
  if (!tensors.has(weight)) {
    const parts = [...tensors.keys()].filter(name => name.startsWith(head))
    const places = new Set(parts.map(name => name.slice(0, name.lastIndexOf('.'))))
    const [place] = places
    const given = place === undefined ? undefined : tensors.get(`${place}.weight`)
    if (places.size === 1 && given?.shape.length === 2) {
      for (const part of parts) {
        tensors.set(`${head}${part.slice(place.length + 1)}`, tensors.get(part)!)
        tensors.delete(part)
      }
    }
  }
  const { shape: [width] = [] } = tensors.get(weight) ?? {}
  if (width !== undefined && !tensors.has(bias))
    tensors.set(bias, { dtype: 'float32', shape: [width], data: new Float32Array(width) })
  return tensors
}

/**
 * The parameters of a plan out of a table of tensors; one error lists everything that does not fit. Parameters that
 * `startsAnew` names are drawn from the seed where the table lacks them or has them in another size.
 */
export function fitWeights(
  plan: NetworkPlan,
  tensors: ReadonlyMap<string, Tensor>,
  where: string,
  startsAnew: (name: string) => boolean = () => false,
  seed = 0,
): Map<string, Tensor> {
  const specs = parameterSpecs(plan)
  const superfluous = plan.foreign ? undefined : architectureNamed(plan.net).superfluous
  const fits = (name: string) => String(tensors.get(name)?.shape) === String(specs.get(name)?.shape)
  const found = new Map([...tensors].filter(([name]) => !startsAnew(name) || fits(name)))
  for (const [name, spec] of specs)
    if (startsAnew(name) && !found.has(name)) found.set(name, initialTensor(name, spec, seed))
  const wanted = new Map([...specs].map(([name, { shape }]) => [name, shape]))
  // PyTorch counts the batches that a normalisation has seen; nothing here asks for that.
  const match = matchWeights(wanted, found, name =>
    name.endsWith('num_batches_tracked') || superfluous?.test(name) ? undefined : name,
  )
  const error = weightsError(match, where)
  if (error) throw error
  requireFinite(match.tensors, where)
  return match.tensors
}
