/** Opens a network of a known architecture: with weights, or with random ones for a look at an untrained network. */
import { lastPart } from '../base/names.ts'
import { imagenetStatistics } from '../data/store.ts'
import { sizeOf, type Tensor } from '../graph/tensor.ts'
import { architectureNamed, architectures, headPrefix } from '../nets/architectures.ts'
import { fitWeights, ownWeights } from '../nets/fit-weights.ts'
import { looksLikeEmbedding, usualClasses } from '../nets/head-guess.ts'
import { imagenetClasses } from '../nets/imagenet-classes.ts'
import {
  buildOutline,
  type Head,
  initialParameters,
  type Network,
  type NetworkPlan,
  type Preprocessing,
} from '../nets/network.ts'
import { makeFitting, recogniseNetwork } from '../nets/recognise.ts'
import type { Weights } from '../weights/formats.ts'
import { publishedNamed } from '../weights/published.ts'
import { exportedPlan } from './export.ts'

export interface Opened {
  network: Network
  /** why its answers mean nothing, where weights were drawn at random */
  untrained?: string
  /** what was guessed or passed over when it was opened */
  notes: readonly string[]
}

function usualPreprocessing(net: string): Preprocessing {
  const { size, published = {} } = architectureNamed(net, 'MODEL')
  const { mean, deviation } = { ...imagenetStatistics, ...published }
  const { resize = Math.round((size * 8) / 7), interpolation, fit } = published
  return {
    size,
    resize,
    ...(fit && { fit }),
    ...(interpolation && { interpolation }),
    mean: [...mean],
    deviation: [...deviation],
  }
}

export function openUntrained(net: string, seed: number): Opened {
  const { published } = architectureNamed(net, 'MODEL')
  const head: Head = { kind: 'classes', classes: published?.classes ?? imagenetClasses }
  const plan: NetworkPlan = { net, preprocessing: usualPreprocessing(net), head }
  const network = { ...plan, parameters: initialParameters(plan, seed) }
  return { network, untrained: `its weights are random; name some as ${net}:WEIGHTS`, notes: [] }
}

/**
 * @param where names the weights in errors
 * @param net the architecture; the one that the weights say, or that their tensors are recognised as, unless given
 */
export function openWeights(
  { tensors: found, metadata }: Pick<Weights, 'tensors' | 'metadata'>,
  where: string,
  { net: asked, seed = 0 }: { net?: string; seed?: number } = {},
): Opened {
  const told = exportedPlan(metadata)
  const recognised = () =>
    told !== undefined && architectures.has(told.net) ? told.net : recogniseNetwork(found, where)
  if (asked !== undefined) architectureNamed(asked, 'MODEL')
  const net = asked === undefined ? recognised() : makeFitting(asked, found)
  const { unpublished } = architectureNamed(net, 'MODEL')
  const { tensors, notes } = ownWeights(net, found)
  if (asked === undefined) notes.unshift(`recognised as ${net} by the names and shapes of its tensors`)
  else if (asked !== net) notes.unshift(`these are weights of ${net}, and so it is that network`)
  // A pulled file is known by its name, and so is its publisher's way of preparing images.
  const preprocessing = { ...usualPreprocessing(net), ...publishedNamed(lastPart(where))?.preprocessing }
  const plan: NetworkPlan =
    told?.net === net ? told : { net, preprocessing, head: headFound(net, tensors, notes) }
  const startsAnew = (parameter: string) => unpublished?.test(parameter) === true
  const parameters = fitWeights(plan, tensors, where, startsAnew, seed)
  const drawn = [...parameters.keys()].filter(key => startsAnew(key) && !tensors.has(key))
  return {
    network: { ...plan, parameters },
    notes,
    ...(drawn.length && { untrained: `${where} lacks ${drawn.join(', ')}, which are random` }),
  }
}

/**
 * What the weights of a known architecture end in, where their file does not say it: no head at all, one for the classes
 * that they were published for, one whose width is an embedding's, or one for classes that nobody names.
 */
function headFound(net: string, tensors: ReadonlyMap<string, Tensor>, notes: string[]): Head {
  const { published, unpublished } = architectureNamed(net)
  const head = headPrefix(net)
  const width = tensors.get(`${head}weight`)?.shape[0]
  if (width === undefined) {
    const isPublishedSo = unpublished?.test(`${head}weight`)
    if (isPublishedSo) return { kind: 'classes', classes: usualClasses(1000) }
    notes.push(`the weights have no ${head.slice(0, -1)}: the pooled features are the embedding`)
    return { kind: 'embedding', dim: pooledWidth(net), pooled: true }
  }
  const classes = usualClasses(width, published?.classes)
  if (!looksLikeEmbedding(width)) return { kind: 'classes', classes }
  notes.push(
    `${head.slice(0, -1)} gives ${width} numbers, which are taken for an embedding; --as classes reads them as classes`,
  )
  return { kind: 'embedding', dim: width }
}

function pooledWidth(net: string): number {
  const { size } = architectureNamed(net)
  const preprocessing: Preprocessing = { size, resize: size, mean: [0, 0, 0], deviation: [1, 1, 1] }
  const { pooled } = buildOutline({ net, preprocessing, head: { kind: 'embedding', dim: 1 } })
  return sizeOf(pooled.shape.slice(1))
}
