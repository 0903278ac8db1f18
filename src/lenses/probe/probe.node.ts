/**
 * Linear probes: how much of a question can be read off each layer of a network by a linear classifier alone. Alain and
 * Bengio, "Understanding intermediate layers using linear classifier probes" (2016). Beside each stand what the nearest
 * neighbours say, and the same probe on shuffled labels.
 */
import { random } from '../../base/random.ts'
import { openStage } from '../../base/work.ts'
import { openPrepared, preparedKey } from '../../data/cache.node.ts'
import type { Dataset } from '../../data/dataset.ts'
import { centrePictures } from '../../data/prepare/prepare.ts'
import { concat } from '../../graph/ops/layout.ts'
import { sizeOf } from '../../graph/tensor.ts'
import { type BuiltNetwork, buildOutline, layerNamed, type Network } from '../../nets/network.ts'
import type { Context } from '../../runtime/context.ts'
import { openOutputs } from '../../training/features.node.ts'
import type { Labelled } from '../../training/linear-descent.ts'
import { linearProbe, standardised } from '../../training/linear-probe.ts'
import { usualLayers } from '../maps/layer-maps.ts'
import type { ProbeDivision } from './division.ts'
import { nearestAccuracy } from './nearest.ts'
import { type Pool, pooledLayer } from './pooling.ts'

export interface ProbeSettings {
  layers: readonly string[]
  /** about how many numbers a layer is pooled to */
  features: number
  pool: Pool
  epochs: number
  /** learning rates to choose from */
  rates: readonly number[]
  /** nearest rows that vote */
  neighbours: number
  /** images at once */
  batch: number
}

export interface ProbedLayer {
  layer: string
  /** numbers in a row, after pooling */
  features: number
  /** shares of the test images that are named right */
  accuracy: number
  knn: number
  /** of the same probe, trained on labels in a random order */
  shuffled: number
  /** the learning rate that was chosen */
  rate: number
}

/** The layers that are probed unless some are named: those in which a network is divided, and its pooled features. */
export function layersToProbe(network: Network): string[] {
  const built = buildOutline(network)
  return [...usualLayers(built), ...(built.graph.layers.has('pool') ? ['pool'] : [])]
}

/** @throws GlasshouseError 'unknown-layer' where the network lacks one of them */
export function requireLayers(network: Network, layers: readonly string[]): void {
  const built = buildOutline(network)
  for (const layer of layers) layerNamed(built, layer, ['options', 'layers'])
}

export async function probeLayers(
  context: Context,
  network: Network,
  dataset: Dataset,
  { train, test, classes }: ProbeDivision,
  settings: ProbeSettings,
): Promise<ProbedLayer[]> {
  const { layers, features, pool, epochs, rates, neighbours, batch } = settings
  const engine = await context.engine()
  const rowsOf = (built: BuiltNetwork) => layers.map(layer => pooledLayer(built, layer, features, pool))
  const widths = rowsOf(buildOutline(network)).map(({ shape }) => sizeOf(shape.slice(1)))
  const store = await openPrepared(dataset, network.preprocessing, { work: context })
  const all = Int32Array.from([...train, ...test])
  const source = {
    fingerprint: `${dataset.fingerprint} ${preparedKey(network.preprocessing)} ${all.join()}`,
    count: all.length,
    fill: centrePictures(store, all, network.preprocessing),
  }
  const kept = await openOutputs(
    engine,
    network,
    {
      layers,
      what: `probe ${JSON.stringify([layers, features, pool])}`,
      pick: built => concat(rowsOf(built), 1),
    },
    source,
    { batch, work: context, stage: 'features' },
  )
  const numbers = new Map(classes.map((label, number) => [label, number]))
  const labels = Array.from(all, index => numbers.get(dataset.items[index].label)!)
  const [known, asked] = [labels.slice(0, train.length), labels.slice(train.length)]
  const confused = random(context.seed, 'shuffled labels').shuffle([...known])
  const row = new Float32Array(widths.reduce((sum, width) => sum + width, 0))
  // Of few rows a fifth is too few to choose a rate by, and an epoch hardly a step.
  const care = { leastSteps: 600, folds: train.length < 1000 ? 5 : 1 }
  const found: ProbedLayer[] = []
  const stage = openStage(context, 'probes', layers.length)
  try {
    let from = 0
    for (const [at, layer] of layers.entries()) {
      const dim = widths[at]
      const rows = new Float32Array(all.length * dim)
      for (let index = 0; index < all.length; index++) {
        kept.read(index, row, 0)
        rows.set(row.subarray(from, from + dim), index * dim)
      }
      from += dim
      const scaled = standardised(
        rows.subarray(0, train.length * dim),
        rows.subarray(train.length * dim),
        dim,
      )
      const taught = (labels: ArrayLike<number>): Labelled => ({ features: scaled.train, labels })
      const tested: Labelled = { features: scaled.test, labels: asked }
      const options = { dim, classes: classes.length, seed: context.seed, epochs, ...care, work: context }
      const { accuracy, rate } = await linearProbe(engine, taught(known), tested, { ...options, rates })
      const shuffled = await linearProbe(engine, taught(confused), tested, { ...options, rates: [rate] })
      const near = { dim, classes: classes.length, count: neighbours }
      const knn = await nearestAccuracy(engine, taught(known), tested, near)
      found.push({ layer, features: dim, accuracy, knn, shuffled: shuffled.accuracy, rate })
      stage.update(at + 1)
    }
  } finally {
    stage.end()
    kept.close()
    store.close()
  }
  return found
}

/** Share of the test images that whoever always names the commonest class of the training images gets right. */
export function commonestShare(dataset: Dataset, { train, test }: ProbeDivision): number {
  const counts = new Map<number, number>()
  for (const index of train) {
    const { label } = dataset.items[index]
    counts.set(label, (counts.get(label) ?? 0) + 1)
  }
  const [[commonest]] = [...counts].sort((a, b) => b[1] - a[1])
  return test.filter(index => dataset.items[index].label === commonest).length / test.length
}
