/**
 * What a dream makes large: functions from a network's layers to one number. They are values of the graph, so
 * they add and multiply like any others: `layers => add(norm('stage3')(layers), mul(channel('stage4', 7)(layers), 2))`.
 */
import { GlasshouseError } from '../../base/errors.ts'
import type { LayerName, Value } from '../../graph/graph.ts'
import { mul, stopGradient } from '../../graph/ops/elementwise.ts'
import { gather, reshape, slice, transpose } from '../../graph/ops/layout.ts'
import { matmul, transposeMatrix } from '../../graph/ops/linear.ts'
import { argMax, reduceMean, reduceSum, reduceSumSquare } from '../../graph/ops/reduce.ts'
import type { Tensor } from '../../graph/tensor.ts'

/** Finds a layer by its name. */
export type Layers = (name: LayerName) => Value
/** A scalar made of a network's layers. */
export type DreamObjective = (layers: Layers) => Value

/** Half the sum of squares: the gradient at the layer is the layer itself (Mordvintsev et al. 2015). */
export const norm =
  (layer: LayerName): DreamObjective =>
  layers =>
    mul(reduceSumSquare(layers(layer)), 0.5)

/** The mean of all activations. */
export const mean =
  (layer: LayerName): DreamObjective =>
  layers =>
    reduceMean(layers(layer))

/** The mean of one channel over places; for a layer without places, such as logits, one of its numbers. */
export const channel =
  (layer: LayerName, index: number): DreamObjective =>
  layers =>
    reduceMean(channelOf(layers(layer), layer, index))

/** One channel at one place, given as shares of height and width: (0.5, 0.5) is the middle. */
export const unit =
  (layer: LayerName, index: number, down = 0.5, right = 0.5): DreamObjective =>
  layers => {
    const maps = channelOf(withPlaces(layers(layer), layer), layer, index)
    const at = (axis: number, share: number) => {
      const start = Math.min(maps.shape[axis] - 1, Math.floor(share * maps.shape[axis]))
      return { axis, start, end: start + 1 }
    }
    return reduceSum(slice(maps, [at(2, down), at(3, right)]))
  }

/**
 * Every place looks for the guide's place that it agrees with most, and grows toward it: the sum over places of
 * the largest dot product with any of the guide's feature vectors.
 *
 * @param features (places, channels) of the guide, at the same layer
 */
export const guided =
  (layer: LayerName, features: Tensor<'float32'>): DreamObjective =>
  layers => {
    const own = featureVectors(layers(layer), layer)
    const guide = own.graph.constant(features)
    const closest = argMax(matmul(own, transposeMatrix(guide)), 1)
    return reduceSum(mul(own, stopGradient(gather(guide, closest))))
  }

function channelOf(value: Value, layer: LayerName, index: number): Value {
  if (!(index < value.shape[1]))
    throw new GlasshouseError({
      code: 'unknown-channel',
      what: `the layer ${layer} has no such channel`,
      path: ['options', 'channel'],
      expected: `a whole number below ${value.shape[1]}`,
      got: String(index),
    })
  return slice(value, [{ axis: 1, start: index, end: index + 1 }])
}

/** (places, channels) of one image's feature maps. */
export function featureVectors(maps: Value, layer: LayerName): Value {
  return reshape(transpose(withPlaces(maps, layer), [0, 2, 3, 1]), [-1, maps.shape[1]])
}

function withPlaces(value: Value, layer: LayerName): Value {
  if (value.shape.length === 4) return value
  throw new GlasshouseError({
    code: 'layer-without-places',
    what: `the layer ${layer} has no places, only ${value.shape.at(-1)} numbers`,
    path: ['options', 'layer'],
    hint: 'Name a convolution layer; glasshouse model inspect MODEL lists the shapes',
  })
}
