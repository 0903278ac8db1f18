/**
 * A whole network: an architecture with a head, its parameters, and how images are prepared for it.
 */
import { GlasshouseError } from '../base/errors.ts'
import { Graph, type LayerName, type Value } from '../graph/graph.ts'
import { reshape } from '../graph/ops/layout.ts'
import { globalAveragePool } from '../graph/ops/pooling.ts'
import type { Tensor } from '../graph/tensor.ts'
import type { Fit, Interpolation } from './architecture.ts'
import { architectureNamed } from './architectures.ts'
import { type Building, initialTensor, linearLayer, type ParameterSpec, startBuilding } from './building.ts'
import type { BuiltNetwork } from './built.ts'
import { buildForeign, type ForeignNetwork } from './foreign.ts'
import { likelyLayers } from './layer-aliases.ts'
import type { Scores } from './scores.ts'

export type { BuiltNetwork } from './built.ts'

/** What the pooled features are mapped to, linearly: class scores, or a vector that objectives normalise. */
export type Head =
  | {
      readonly kind: 'classes'
      readonly classes: readonly string[]
      /** how the logits become probabilities; by a softmax unless given */
      readonly scores?: Scores
    }
  | {
      readonly kind: 'embedding'
      readonly dim: number
      /** there is no linear map: the pooled features themselves are the embedding */
      readonly pooled?: true
    }

/** How an image becomes the network's input: scaled to 0..1, minus mean, divided by deviation, per channel. */
export interface Preprocessing {
  /** side of the square the network sees */
  readonly size: number
  /** side that the image's short side is resized to before the centre is cut out; of the whole square by other fits */
  readonly resize: number
  /** how an image becomes a square; its centre unless given */
  readonly fit?: Fit
  /** how the pixels of the resized image are computed; bilinear unless given */
  readonly interpolation?: Interpolation
  readonly mean: [number, number, number]
  readonly deviation: [number, number, number]
}

export interface NetworkPlan {
  /** its architecture, or the file it was read from */
  readonly net: string
  /** where it is not an architecture of ours but a graph that someone else made */
  readonly foreign?: ForeignNetwork
  readonly head: Head
  readonly preprocessing: Preprocessing
  /** pixels between the cells of the last maps; the architecture's own unless given */
  readonly outputStride?: number
  /** where it is another network with something behind it: what was built of that, gone on with */
  readonly behind?: { readonly plan: NetworkPlan; goOn(built: BuiltNetwork): BuiltNetwork }
}

export interface Network extends NetworkPlan {
  readonly parameters: ReadonlyMap<string, Tensor>
}

export const headWidth = (head: Head): number => (head.kind === 'classes' ? head.classes.length : head.dim)

export interface BuildOptions extends Partial<Pick<Building, 'frozen' | 'lora'>> {
  batch: number
  /** side of the images, or their height and width; the plan's own unless given */
  size?: number | readonly [number, number]
  mode?: Building['mode']
}

/** Builds the network for one batch and image size. */
export function buildNetwork(
  plan: NetworkPlan,
  { batch, size = plan.preprocessing.size, mode = 'inference', ...options }: BuildOptions,
): BuiltNetwork {
  const [height, width] = typeof size === 'number' ? [size, size] : size
  if (plan.behind) return plan.behind.goOn(buildNetwork(plan.behind.plan, { batch, size, mode, ...options }))
  if (plan.foreign) {
    const { foreign, head } = plan
    return buildForeign(foreign, [batch, 3, height, width], outputName(head.kind), {
      width: headWidth(head),
      lora: options.lora,
    })
  }
  const graph = new Graph()
  const building = startBuilding(graph, mode, { ...options, outputStride: plan.outputStride })
  const images = graph.input('images', [batch, 3, height, width])
  const { trunk, classifier = 'fc', classMaps, headStart } = architectureNamed(plan.net)
  const whole = trunk(building, images)
  const { features, vector } = 'features' in whole ? whole : { features: whole }
  const mean = (maps: Value) => reshape(globalAveragePool(maps), [batch, maps.shape[1]])
  const pooled = graph.layer('pool', vector ?? mean(features))
  if (plan.head.kind === 'embedding' && plan.head.pooled) {
    const { parameters, running, adapted } = building
    const output = graph.layer('embedding', pooled)
    return { graph, images, features, pooled, output, parameters, running, adapted }
  }
  const outputs = headWidth(plan.head)
  const maps = classMaps?.(building, features, outputs)
  const output = graph.layer(
    outputName(plan.head.kind),
    maps ? mean(maps) : linearLayer(building, classifier, pooled, outputs, headStart?.(outputs)),
  )
  return {
    graph,
    images,
    features,
    pooled,
    output,
    head: maps || vector ? undefined : { weight: `${classifier}.weight`, bias: `${classifier}.bias` },
    classMaps: maps,
    parameters: building.parameters,
    running: building.running,
    adapted: building.adapted,
  }
}

/** What the layer is called that a network ends with. */
export const outputName = (kind: Head['kind']): 'logits' | 'embedding' =>
  kind === 'classes' ? 'logits' : 'embedding'

/** The network for as few images as it takes: to look at its layers. */
export const buildOutline = (plan: NetworkPlan, options: Pick<BuildOptions, 'lora'> = {}): BuiltNetwork =>
  buildNetwork(plan, { batch: plan.foreign?.batch ?? 1, ...options })

/**
 * The number of images at once that comes nearest to what is wanted: another one only where a model from elsewhere was
 * exported for a certain number and does not bear any other.
 */
export function possibleBatch(plan: NetworkPlan, wanted: number): number {
  const fixed = plan.foreign?.batch
  if (fixed === undefined || fixed === wanted) return wanted
  try {
    buildNetwork(plan, { batch: wanted })
    return wanted
  } catch (error) {
    if (error instanceof GlasshouseError && error.code === 'fixed-batch') return fixed
    throw error
  }
}

/** What the network declares: name, shape, start of every parameter. Independent of batch and image size. */
export const parameterSpecs = (
  plan: NetworkPlan,
  options: Pick<BuildOptions, 'lora'> = {},
): ReadonlyMap<string, ParameterSpec> => buildOutline(plan, options).parameters

/** The network before any training: every parameter a function of the seed and its own name. */
export function initialParameters(
  plan: NetworkPlan,
  seed: number,
  options: Pick<BuildOptions, 'lora'> = {},
): Map<string, Tensor<'float32'>> {
  return new Map(
    [...parameterSpecs(plan, options)].map(([name, spec]) => [name, initialTensor(name, spec, seed)]),
  )
}

/** The value that a layer's name, or its own, stands for; an error that lists close names where there is none. */
export function layerNamed(
  { graph }: Pick<BuiltNetwork, 'graph'>,
  name: LayerName,
  path: readonly string[] = ['options', 'layer'],
): Value {
  const value = graph.layers.get(name) ?? valueNamed(graph, name)
  if (value) return value
  throw new GlasshouseError({
    code: 'unknown-layer',
    what: 'the network has no such layer',
    path,
    got: `'${name}'`,
    expected: likelyLayers(name, graph.layers.keys()).join(', '),
    hint: 'glasshouse model inspect MODEL lists them all',
  })
}

const valueNamed = (graph: Graph, name: string): Value | undefined =>
  graph.nodes.flatMap(node => node.outputs).find(output => output.name === name)
