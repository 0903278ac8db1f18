/**
 * Class activation maps (Zhou et al. 2016) and Grad-CAM (Selvaraju et al. 2017).
 *
 * Where the head is linear on mean-pooled features A (c, h, w), the logit of class k splits over places:
 *   CAM_k = sum_j w_kj A_j,   logit_k = mean over places of CAM_k + b_k.
 * Grad-CAM weighs the maps of any layer by the mean gradient of the logit, and keeps what is positive:
 *   ReLU(sum_j alpha_j A_j),  alpha_j = mean over places of d logit_k / d A_j,
 * which on the last maps of such a network is ReLU(CAM_k) / (h w). With g the gradient itself,
 *   Grad-CAM++ (Chattopadhay et al. 2018, eq. 19): alpha_j = sum over places of g^2 / (2 g^2 + g^3 sum A_j) ReLU(g),
 *   Layer-CAM (Jiang et al. 2021, eq. 6): ReLU(sum_j ReLU(g) A_j).
 */
import { GlasshouseError } from '../../base/errors.ts'
import { gradient } from '../../graph/gradient.ts'
import type { Value } from '../../graph/graph.ts'
import { conv } from '../../graph/ops/convolution.ts'
import { abs, add, div, less, mul, relu, where } from '../../graph/ops/elementwise.ts'
import { reshape } from '../../graph/ops/layout.ts'
import { argMax, reduceMean, reduceSum } from '../../graph/ops/reduce.ts'
import { oneHot } from '../../graph/ops/softmax.ts'
import { asMaps } from '../../graph/receptive-field/grid.ts'
import { float32, floats, int64, integers } from '../../graph/tensor.ts'
import { probabilities } from '../../models/classification.ts'
import { type BuiltNetwork, buildNetwork, type Network } from '../../nets/network.ts'
import type { Engine } from '../../runtime/engine.ts'
import { type LayerMaps, mapsNamed, mapsOf } from '../maps/layer-maps.ts'
import type { LayerMethod } from './methods.ts'
import { rolloutMap } from './rollout.ts'

export interface ActivationMap {
  /** the class that the map explains */
  classIndex: number
  logit: number
  /** the class's bias in the head */
  bias: number
  /** of the class, as the network gives probabilities */
  probability: number
  /** h x w, row-major, before any scaling for display */
  map: Float32Array
  height: number
  width: number
}

export interface MapRequest {
  method: LayerMethod
  /** whose maps the methods other than cam weigh; the last ones unless given */
  layer?: string
  /** how many classes are asked about at once */
  classes: number
}

/** The maps of one image. */
export interface Mapped {
  /** the predicted class */
  predicted: number
  /** one for each class that was asked about */
  maps: ActivationMap[]
}

export interface Mapper {
  /** images at a time, at most */
  readonly batch: number
  /**
   * @param images prepared, (n, 3, size, size)
   * @param asked for each class that is asked about one number for each image: its index, or -1 for the predicted class
   */
  maps(images: Float32Array, asked: readonly (readonly number[])[]): Promise<Mapped[]>
  dispose(): Promise<void>
}

/** Compiled once, for images by the batch. */
export async function createMapper(
  engine: Engine,
  network: Network,
  { method, layer, classes: wanted }: MapRequest,
  batch: number,
): Promise<Mapper> {
  const { head, preprocessing } = network
  const { size } = preprocessing
  const built = buildNetwork(network, { batch })
  const { graph, output: logits } = built
  const [, classes] = logits.shape
  const predicted = argMax(logits, 1)
  const isRollout = method === 'attention-rollout'
  const source = method === 'cam' ? classMaps(built) : mapsNamed(built, layer)
  const outputs: Record<'logits' | 'predicted' | `map ${number}`, Value> = { logits, predicted }
  for (let at = 0; at < wanted; at++) {
    if (isRollout) {
      outputs[`map ${at}`] = rolloutMap(built, layer)
      continue
    }
    const asked = graph.input(`asked ${at}`, [batch], 'int64')
    const chosen = oneHot(where(less(asked, 0), predicted, asked), classes)
    outputs[`map ${at}`] =
      'arrangement' in source ? gradientMap(built, chosen, source, method) : chosenMap(source, chosen)
  }
  const [, height, width] = outputs['map 0'].shape
  const program = await engine.compile({ graph, outputs, parameters: network.parameters })
  // What the mean of a map lacks of the logit; nothing where the network itself makes a map per class.
  const biases = built.head?.bias && floats(network.parameters.get(built.head.bias)!)
  return {
    batch,
    dispose: () => program.dispose(),
    async maps(images, asked) {
      const n = images.length / (3 * size * size)
      // A batch that is not full is filled up: some models take just the number that they were exported for.
      const filled = new Float32Array(batch * 3 * size * size)
      filled.set(images)
      const indices = (at: number) => Array.from({ length: batch }, (_, row) => asked[at][row] ?? -1)
      const result = await program.run({
        images: float32([batch, 3, size, size], filled),
        ...(!isRollout &&
          Object.fromEntries(asked.map((_, at) => [`asked ${at}`, int64([batch], indices(at))]))),
      })
      return Array.from({ length: n }, (_, row) => {
        const own = floats(result.logits).subarray(row * classes, (row + 1) * classes)
        const shares = probabilities(own, head.kind === 'classes' ? head.scores : undefined)
        const best = Number(integers(result.predicted)[row])
        const maps = asked.map((wantedOf, at) => {
          const classIndex = wantedOf[row] < 0 ? best : wantedOf[row]
          const map = floats(result[`map ${at}`])
          return {
            classIndex,
            logit: own[classIndex],
            bias: biases ? biases[classIndex] : 0,
            probability: shares[classIndex],
            map: map.slice(row * height * width, (row + 1) * height * width),
            height,
            width,
          }
        })
        return { predicted: best, maps }
      })
    },
  }
}

/** One map of each of some prepared images, (n, 3, size, size): of a class, or of the predicted one. */
export async function activationMaps(
  engine: Engine,
  network: Network,
  images: Float32Array,
  { classIndex = -1, ...request }: Pick<MapRequest, 'method' | 'layer'> & { classIndex?: number },
): Promise<ActivationMap[]> {
  const n = images.length / (3 * network.preprocessing.size ** 2)
  const mapper = await createMapper(engine, network, { ...request, classes: 1 }, n)
  try {
    const mapped = await mapper.maps(images, [new Array<number>(n).fill(classIndex)])
    return mapped.map(({ maps: [map] }) => map)
  } finally {
    await mapper.dispose()
  }
}

/** The head's weights as a 1 x 1 convolution give the maps of all classes at once. */
function classMaps(built: BuiltNetwork): Value {
  if (built.classMaps) return built.classMaps
  if (!built.head) {
    throw new GlasshouseError({
      code: 'no-linear-head',
      what: 'the network does not end with the mean of its last maps, of more than one place each, and one linear layer: its logits are not a sum over places',
      path: ['options', 'method'],
      hint: 'Use --method grad-cam',
    })
  }
  const weight = built.graph.parameters.get(built.head.weight)!
  return conv(mapsOf(mapsNamed(built, undefined)), reshape(weight, [...weight.shape, 1, 1]))
}

/**
 * What the network saw at the places that speak for its answer: its last maps, averaged with the positive part of the
 * predicted class's map as weights, (n, channels).
 */
export function cueFeatures(built: BuiltNetwork): Value {
  const maps = classMaps(built)
  const [, classes] = built.output.shape
  const weights = relu(chosenMap(maps, oneHot(argMax(built.output, 1), classes)))
  const [n, height, width] = weights.shape
  const seen = mapsOf(mapsNamed(built, undefined))
  const weighed = reduceSum(mul(seen, reshape(weights, [n, 1, height, width])), [2, 3])
  return div(weighed, add(reshape(reduceSum(weights, [1, 2]), [n, 1]), 1e-6))
}

const chosenMap = (maps: Value, chosen: Value): Value =>
  reduceSum(mul(maps, reshape(chosen, [...chosen.shape, 1, 1])), [1])

function gradientMap({ output }: BuiltNetwork, chosen: Value, layer: LayerMaps, method: LayerMethod): Value {
  const [gradients] = gradient(reduceSum(mul(output, chosen)), [layer.value])
  const slope = asMaps(gradients, layer.arrangement)
  const maps = mapsOf(layer)
  if (method === 'layer-cam') return relu(reduceSum(mul(relu(slope), maps), [1]))
  const weights = method === 'grad-cam++' ? plusPlusWeights(slope, maps) : reduceMean(slope, [2, 3], true)
  return relu(reduceSum(mul(maps, weights), [1]))
}

/** (n, channels, 1, 1); a place without gradient has no weight. */
function plusPlusWeights(slope: Value, maps: Value): Value {
  const square = mul(slope, slope)
  const below = add(mul(square, 2), mul(mul(square, slope), reduceSum(maps, [2, 3], true)))
  const isNothing = less(abs(below), tiny)
  const share = where(isNothing, 0, div(square, where(isNothing, 1, below)))
  return reduceSum(mul(share, relu(slope)), [2, 3], true)
}

/** Below the smallest normal number of float32, where a quotient means nothing. */
const tiny = 1e-37
