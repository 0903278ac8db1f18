/**
 * Class activation maps (Zhou et al. 2016) and Grad-CAM (Selvaraju et al. 2017).
 *
 * Where the head is linear on mean-pooled features A (c, h, w), the logit of class k splits over places:
 *   CAM_k = sum_j w_kj A_j,   logit_k = mean over places of CAM_k + b_k.
 * Grad-CAM weighs the maps of any layer by the mean gradient of the logit, and keeps what is positive:
 *   ReLU(sum_j alpha_j A_j),  alpha_j = mean over places of d logit_k / d A_j,
 * which on the last maps of such a network is ReLU(CAM_k) / (h w).
 */
import { GlasshouseError } from '../../base/errors.ts'
import { gradient } from '../../graph/gradient.ts'
import type { Value } from '../../graph/graph.ts'
import { conv } from '../../graph/ops/convolution.ts'
import { less, mul, relu, where } from '../../graph/ops/elementwise.ts'
import { reshape } from '../../graph/ops/layout.ts'
import { argMax, reduceMean, reduceSum } from '../../graph/ops/reduce.ts'
import { oneHot } from '../../graph/ops/softmax.ts'
import { float32, int64 } from '../../graph/tensor.ts'
import { type BuiltNetwork, buildNetwork, type Network } from '../../nets/network.ts'
import type { Engine } from '../../runtime/engine.ts'

export interface ActivationMap {
  /** the class that the map explains */
  classIndex: number
  logit: number
  /** the class's bias in the head */
  bias: number
  /** softmax probability of the class */
  probability: number
  /** h x w, row-major, before any scaling for display */
  map: Float32Array
  height: number
  width: number
}

export interface MapRequest {
  method: 'cam' | 'grad-cam'
  /** a class index; the predicted class unless given */
  classIndex?: number
  /** for Grad-CAM: whose maps are weighed; the last ones unless given */
  layer?: (built: BuiltNetwork) => Value
}

/** Maps of one batch of prepared pictures, (n, 3, size, size). */
export async function activationMaps(
  engine: Engine,
  network: Network,
  images: Float32Array,
  { method, classIndex, layer }: MapRequest,
): Promise<ActivationMap[]> {
  const { size } = network.preprocessing
  const n = images.length / (3 * size * size)
  const built = buildNetwork(network, { batch: n })
  const { graph, output: logits } = built
  const classes = logits.shape[1]
  const asked = graph.input('asked', [n], 'int64')
  const target = where(less(asked, 0), argMax(logits, 1), asked)
  const chosen = oneHot(target, classes)
  const map =
    method === 'cam'
      ? classMaps(built, chosen)
      : gradientMaps(built, chosen, layer?.(built) ?? built.features)
  const [, height, width] = map.shape

  const program = await engine.compile({
    graph,
    outputs: { logits, target, map },
    parameters: network.parameters,
  })
  try {
    const result = await program.run({
      images: float32(images.length ? [n, 3, size, size] : [0], images),
      asked: int64([n], new Array(n).fill(classIndex ?? -1)),
    })
    // What the mean of a map lacks of the logit; nothing where the network itself makes a map per class.
    const biases = built.head?.bias && (network.parameters.get(built.head.bias)!.data as Float32Array)
    return Array.from({ length: n }, (_, row) => {
      const index = Number((result.target.data as BigInt64Array)[row])
      const own = (result.logits.data as Float32Array).subarray(row * classes, (row + 1) * classes)
      const largest = Math.max(...own)
      const sum = own.reduce((total, logit) => total + Math.exp(logit - largest), 0)
      return {
        classIndex: index,
        logit: own[index],
        bias: biases ? biases[index] : 0,
        probability: Math.exp(own[index] - largest) / sum,
        map: (result.map.data as Float32Array).slice(row * height * width, (row + 1) * height * width),
        height,
        width,
      }
    })
  } finally {
    await program.dispose()
  }
}

/** The head's weights as a 1 x 1 convolution give the maps of all classes at once; the chosen one is kept. */
function classMaps({ graph, features, head, classMaps }: BuiltNetwork, chosen: Value): Value {
  if (!classMaps && !head) {
    throw new GlasshouseError({
      code: 'no-linear-head',
      what: 'the network does not end with the mean of its last maps, of more than one place each, and one linear layer: its logits are no sum over places',
      where: '--method cam',
      hint: 'Use --method grad-cam',
    })
  }
  const weight = () => graph.parameters.get(head!.weight)!
  const maps = classMaps ?? conv(features, reshape(weight(), [...weight().shape, 1, 1]))
  return reduceSum(mul(maps, reshape(chosen, [...chosen.shape, 1, 1])), [1])
}

function gradientMaps({ output }: BuiltNetwork, chosen: Value, layer: Value): Value {
  const [slope] = gradient(reduceSum(mul(output, chosen)), [layer])
  const weights = reduceMean(slope, [2, 3], true)
  return relu(reduceSum(mul(layer, weights), [1]))
}
