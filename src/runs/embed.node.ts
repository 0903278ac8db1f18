/** Vectors of the images of a data set, by a network or one of its layers. */
import type { Split } from '../data/dataset.ts'
import type { Value } from '../graph/graph.ts'
import { flatten, reshape } from '../graph/ops/layout.ts'
import { globalAveragePool } from '../graph/ops/pooling.ts'
import { buildOutline, layerNamed, type Network } from '../nets/network.ts'
import type { Context } from '../runtime/context.ts'
import { forwardData, openSplit } from './model-data.node.ts'
import type { OpenedModel } from './open-model.node.ts'

export interface EmbedWishes {
  /** another layer than the embedding, or than the pooled features of a classifier */
  layer?: string
  split: Split | 'all'
  /** images at once */
  batch: number
  strict: boolean
}

/** One row per image, in the order of the data set. */
export interface DataVectors {
  ids: Int32Array
  paths: string[]
  labels: string[]
  dim: number
  /** ids.length x dim, row-major */
  data: Float32Array
  /** from the first image that was opened to the last vector */
  seconds: number
}

export async function embedData(
  context: Context,
  model: OpenedModel,
  data: string,
  { layer, split, batch, strict }: EmbedWishes,
): Promise<DataVectors> {
  const { network } = model
  const name = layerOf(network, layer)
  const { dataset, indices } = await openSplit(model, data, context, { split, strict })
  const started = performance.now()
  const { vectors } = await forwardData(context, network, { dataset, indices, batch }, built => ({
    vectors: asVectors(layerNamed(built, name)),
  }))
  const items = Array.from(indices, index => dataset.items[index])
  return {
    ids: indices,
    paths: items.map(item => item.path),
    labels: items.map(item => dataset.classes[item.label]),
    dim: vectors.length / indices.length,
    data: vectors,
    seconds: (performance.now() - started) / 1000,
  }
}

/** The layer that is meant. It is looked for before the images are read. */
export function layerOf(network: Network, asked: string | undefined): string {
  const name = asked ?? (network.head.kind === 'embedding' ? 'embedding' : 'pool')
  layerNamed(buildOutline(network), name)
  return name
}

/** Feature maps (n, c, h, w) become their means (n, c). */
export const asVectors = (value: Value): Value =>
  value.shape.length === 4
    ? reshape(globalAveragePool(value), [value.shape[0], value.shape[1]])
    : flatten(value)
