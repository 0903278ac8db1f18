/**
 * What makes an image near another? The class is the other image: a network that ends in
 *
 *   cos(e, r),   e the vector of the image, r that of the other,
 *
 * is explained like a classifier, by every method. Of a classifier the vector is what its head sees.
 *
 * Where e is linear in the mean of the last maps, e = W mean A + b, the cosine is a sum over places as a logit is
 * (Stylianou, Souvenir and Pless 2019): its map is (W A + b) . r / (|e| |r|), whose mean is the cosine.
 */
import { lastPart } from '../../base/names.ts'
import { fillPrepared, viewOf } from '../../data/prepare/prepare.ts'
import type { Value } from '../../graph/graph.ts'
import { conv } from '../../graph/ops/convolution.ts'
import { add, div, maximum, mul } from '../../graph/ops/elementwise.ts'
import { reshape } from '../../graph/ops/layout.ts'
import { linear } from '../../graph/ops/linear.ts'
import { reduceL2, reduceSum } from '../../graph/ops/reduce.ts'
import { float32 } from '../../graph/tensor.ts'
import { forward } from '../../models/forward.ts'
import { type BuiltNetwork, buildOutline, type Network } from '../../nets/network.ts'
import { isMeanOf } from '../../nets/pooled-mean.ts'
import type { Engine } from '../../runtime/engine.ts'
import type { NamedPicture } from '../inputs.ts'
import { mapsNamed, mapsOf } from '../maps/layer-maps.ts'

/** (n, dim): the embedding, or what the head of a classifier sees. */
const vectorOf = (network: Network, { output, pooled }: BuiltNetwork): Value =>
  network.head.kind === 'embedding' ? output : reshape(pooled, [pooled.shape[0], -1])

/**
 * A network with one output for an image: the cosine to a vector.
 *
 * @param name what it is near to
 */
export function comparedWith(network: Network, name: string, vector: Float32Array): Network {
  const length = Math.hypot(...vector) || 1
  const unit = float32(
    [1, vector.length],
    vector.map(value => value / length),
  )
  return {
    ...network,
    head: { kind: 'classes', classes: [name], scores: 'given' },
    behind: { plan: network, goOn: built => cosineOf(network, built, unit) },
  }
}

function cosineOf(network: Network, built: BuiltNetwork, unit: ReturnType<typeof float32>): BuiltNetwork {
  const { graph } = built
  const other = graph.constant(unit)
  const own = vectorOf(network, built)
  const length = maximum(reduceL2(own, [1], true), 1e-12)
  const places = placesOf(network, built, other)
  return {
    ...built,
    head: undefined,
    classMaps: places && div(places, reshape(length, [...length.shape, 1, 1])),
    output: graph.layer('cosine', div(linear(own, other), length)),
  }
}

/** (n, 1, h, w): what each place adds to the inner product with the other vector, times the number of places. */
function placesOf(network: Network, built: BuiltNetwork, other: Value): Value | undefined {
  const { graph, images, pooled, features, head } = built
  const asKernel = (weight: Value) => reshape(weight, [...weight.shape, 1, 1])
  const isPooled = () => isMeanOf(images, pooled, features)
  if (network.head.kind === 'classes' || network.head.pooled)
    return isPooled() ? conv(mapsOf(mapsNamed(built, undefined)), asKernel(other)) : undefined
  if (!head || !isPooled()) return undefined
  const maps = conv(mapsOf(mapsNamed(built, undefined)), asKernel(graph.parameters.get(head.weight)!))
  const along = conv(maps, asKernel(other))
  const bias = head.bias === undefined ? undefined : graph.parameters.get(head.bias)!
  return bias ? add(along, reduceSum(mul(bias, reshape(other, [-1])))) : along
}

/** The same for an image, whose vector the network itself makes. */
export async function nearTo(
  engine: Engine,
  network: Network,
  picture: NamedPicture,
  plain: boolean,
): Promise<Network> {
  const name = lastPart(picture.path)
  return comparedWith(network, name, await vectorOfPicture(engine, network, picture, plain))
}

/**
 * An embedding looked at by itself, for methods that say nothing of an answer: its one output is the length of its
 * vector.
 */
export const byItself = (network: Network): Network => ({
  ...network,
  head: { kind: 'classes', classes: ['the vector'], scores: 'given' },
  behind: {
    plan: network,
    goOn: built => ({
      ...built,
      head: undefined,
      classMaps: undefined,
      output: built.graph.layer('length', reduceL2(vectorOf(network, built), [1], true)),
    }),
  },
})

/** What the network ends in for some image or other: to see which layers there are. */
export function nearAny(network: Network): Network {
  const [, dim] = vectorOf(network, buildOutline(network)).shape
  return comparedWith(network, '', new Float32Array(dim))
}

async function vectorOfPicture(
  engine: Engine,
  network: Network,
  { picture }: NamedPicture,
  plain: boolean,
): Promise<Float32Array> {
  const { preprocessing } = network
  const fill = (_: number, target: Float32Array, offset: number) =>
    fillPrepared(viewOf(picture, preprocessing, plain), preprocessing, target, offset)
  const { vector } = await forward(engine, network, 1, fill, built => ({ vector: vectorOf(network, built) }))
  return vector
}
