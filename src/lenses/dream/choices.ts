/** From what a person asks for to what a dream needs: the image to start from, the layers, the objectives. */
import { GlasshouseError } from '../../base/errors.ts'
import type { Picture } from '../../base/picture.ts'
import { fillPrepared, viewOf } from '../../data/prepare/prepare.ts'
import { resample } from '../../data/prepare/resample.ts'
import { Graph, type LayerName, type Value } from '../../graph/graph.ts'
import { float32, floats, type Tensor } from '../../graph/tensor.ts'
import { architectures } from '../../nets/architectures.ts'
import { buildOutline, layerNamed, type Network } from '../../nets/network.ts'
import { type Engine, evaluate } from '../../runtime/engine.ts'
import type { LensContext, NamedPicture } from '../lens.ts'
import { classNamed } from '../maps/class-name.ts'
import { layersOn } from './gradients.ts'
import { channel, type DreamObjective, featureVectors, guided, mean, norm, unit } from './objectives.ts'
import type { DreamOptions } from './options.ts'

/** The smallest image that networks of unknown make are given. */
const usualMinimum = 32
/** The shortest side of an image that a network can take. */
export const smallestSide = (net: string): number => architectures.get(net)?.minimumSize ?? usualMinimum

/** Longer side that a photograph is reduced to, where none is asked for. */
const largestSide = 1024

/** The photograph at the size that is dreamed at, untouched where it has this size; for noise the size alone. */
export function startOf(
  image: NamedPicture | undefined,
  { net, preprocessing }: Network,
  size?: number,
): Picture | { width: number; height: number } {
  if (!image) {
    const side = size ?? preprocessing.size
    return { width: side, height: side }
  }
  const { picture } = image
  const longer = Math.max(picture.width, picture.height)
  const scale = (size ?? Math.min(longer, largestSide)) / longer
  const width = Math.max(1, Math.round(picture.width * scale))
  const height = Math.max(1, Math.round(picture.height * scale))
  const smallest = smallestSide(net)
  if (Math.min(width, height) < smallest)
    throw new GlasshouseError({
      code: 'picture-too-small',
      what: `the image is too small for ${net}`,
      where: image.path,
      expected: `sides of at least ${smallest} pixels`,
      got: `${width} x ${height}`,
      hint: 'Enlarge it with --size',
    })
  if (width === picture.width && height === picture.height) return picture
  return resample(picture, width, height)
}

/** Every layer with feature maps, in the order of the computation; of the names of one value the shortest. */
export function everyLayer(network: Network): LayerName[] {
  const { graph, images } = buildOutline(network)
  const names = new Map<Value, LayerName>()
  for (const [name, value] of graph.layers) {
    const known = names.get(value)
    const hasMaps = value !== images && value.shape.length === 4
    if (hasMaps && (known === undefined || name.length < known.length)) names.set(value, name)
  }
  const place = new Map(graph.nodes.map((node, index) => [node, index]))
  const placeOf = ([value]: [Value, LayerName]) => (value.producer ? place.get(value.producer)! : -1)
  return [...names].sort((a, b) => placeOf(a) - placeOf(b)).map(([, name]) => name)
}

/** The stages from the second on; in a network without stages the last layer at each of its three coarsest scales. */
export function usualLayers(network: Network): LayerName[] {
  const { graph, features } = buildOutline(network)
  const stages = [...graph.layers.keys()].filter(name => /^stage\d+$/.test(name)).slice(1)
  if (stages.length) return stages
  const lastAtScale = new Map<string, LayerName>()
  for (const name of everyLayer(network)) {
    const maps = layerNamed({ graph }, name)
    lastAtScale.set(String(maps.shape.slice(2)), name)
    if (maps === features) break
  }
  return [...lastAtScale.values()].slice(-3)
}

export interface Goal {
  layer: LayerName
  /** what is made large, in words */
  words: string
  objective: DreamObjective
}

/** One goal per layer, or the one logit that was asked for. */
export async function goalsOf(
  context: LensContext,
  network: Network,
  options: Pick<DreamOptions, 'layer' | 'everyLayer' | 'objective' | 'channel' | 'at' | 'class' | 'guide'>,
): Promise<Goal[]> {
  if (options.class !== undefined) return [logitGoal(network, options.class)]
  const layers = options.everyLayer ? everyLayer(network) : (options.layer ?? usualLayers(network))
  const built = buildOutline(network)
  for (const layer of layers) layerNamed(built, layer)
  const { channel: index, at } = options
  const guide = options.guide === undefined ? undefined : (await context.picture(options.guide)).picture
  return Promise.all(
    layers.map(async layer => {
      if (guide) {
        const features = await featuresOf(context.engine, network, guide, layer)
        return { layer, words: `${layer}, guided`, objective: guided(layer, features) }
      }
      if (index !== undefined && at) {
        return {
          layer,
          words: `${layer}, channel ${index} at ${at}`,
          objective: unit(layer, index, at[0], at[1]),
        }
      }
      if (index !== undefined)
        return { layer, words: `${layer}, channel ${index}`, objective: channel(layer, index) }
      return options.objective === 'mean'
        ? { layer, words: `${layer}, mean`, objective: mean(layer) }
        : { layer, words: layer, objective: norm(layer) }
    }),
  )
}

function logitGoal({ head }: Network, asked: string): Goal {
  if (head.kind !== 'classes')
    throw new GlasshouseError({
      code: 'not-a-classifier',
      what: 'a logit can be dreamed of only with a network that has classes; this is an embedding',
      path: ['options', 'class'],
      hint: 'Name a classifier, or a layer with --layer',
    })
  const index = classNamed(head.classes, asked)
  return { layer: 'logits', words: `logit of ${head.classes[index]}`, objective: channel('logits', index) }
}

/** (places, channels): the layer's features of an image, prepared as the network is used to. */
export async function featuresOf(
  engine: Engine,
  network: Network,
  picture: Picture,
  layer: LayerName,
): Promise<Tensor<'float32'>> {
  const { preprocessing, parameters } = network
  const { size } = preprocessing
  const images = new Float32Array(3 * size * size)
  fillPrepared(viewOf(picture, preprocessing), preprocessing, images, 0)
  const graph = new Graph()
  const maps = layersOn(graph, graph.input('images', [1, 3, size, size]), network)(layer)
  const features = featureVectors(maps, layer)
  const result = await evaluate(
    engine,
    { graph, outputs: { features }, parameters },
    { images: float32([1, 3, size, size], images) },
  )
  return float32(features.shape, floats(result.features))
}
