/** What a network says of images that are at hand: classes, and vectors for maps. */
import type { Picture } from '../../src/base/picture.ts'
import { fillPrepared, viewOf } from '../../src/data/prepare/prepare.ts'
import { abbreviate, drawNetwork } from '../../src/figures/network-drawing.ts'
import { sizeOf } from '../../src/graph/tensor.ts'
import { probabilities } from '../../src/models/classification.ts'
import { forward } from '../../src/models/forward.ts'
import { parameterCount } from '../../src/nets/costs.ts'
import { describeLayers } from '../../src/nets/layers.ts'
import { type BuiltNetwork, buildOutline, type Network } from '../../src/nets/network.ts'
import { outlineOf } from '../../src/nets/outline.ts'
import type { Engine } from '../../src/runtime/engine.ts'
import type { Prediction, TabModel } from './messages.ts'

const batch = 8
const mostAnswers = 5

/** How to fill in image `index`, as the network wants it. */
const filling =
  ({ preprocessing }: Network, images: readonly Picture[]) =>
  (index: number, target: Float32Array, offset: number): void =>
    fillPrepared(viewOf(images[index], preprocessing), preprocessing, target, offset)

export async function answers(
  engine: Engine,
  network: Network,
  images: readonly Picture[],
): Promise<Prediction[][]> {
  const { head } = network
  if (head.kind !== 'classes') return images.map(() => [])
  const { classes, scores } = head
  const { output } = await forward(
    engine,
    network,
    images.length,
    filling(network, images),
    built => ({ output: built.output }),
    { batch: Math.min(batch, images.length) },
  )
  return images.map((_, row) => {
    const shares = probabilities(output.subarray(row * classes.length, (row + 1) * classes.length), scores)
    return Array.from(shares, (probability, index) => ({ class: classes[index], probability }))
      .sort((a, b) => b.probability - a.probability)
      .slice(0, mostAnswers)
  })
}

/** The pooled features, where the network has them apart from its head; else what it ends in. */
const vectorOf = ({ pooled, output }: BuiltNetwork) => pooled ?? output

export async function vectorsOf(
  engine: Engine,
  network: Network,
  images: readonly Picture[],
): Promise<{ data: Float32Array; dim: number }> {
  const { vector } = await forward(
    engine,
    network,
    images.length,
    filling(network, images),
    built => ({ vector: vectorOf(built) }),
    { batch: Math.min(batch, images.length) },
  )
  return { data: vector, dim: sizeOf(vectorOf(buildOutline(network)).shape.slice(1)) }
}

/** The layers with maps, which a dream or an activation map may be asked for, and the drawing on which they are picked. */
export function drawnLayers(network: Network): Pick<TabModel, 'layers' | 'parameters' | 'drawing'> {
  const { graph, output } = buildOutline(network)
  const parameters = parameterCount(graph.nodes)
  return {
    layers: describeLayers(graph).filter(({ shape }) => shape.length === 4),
    parameters,
    drawing: drawNetwork({
      title: network.net,
      subtitle: `${abbreviate(parameters)} parameters`,
      parts: outlineOf(graph, output),
    }),
  }
}
