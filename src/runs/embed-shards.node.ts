/**
 * Vectors of a data set as a folder of shards: what is missing is made, what is there stays. A shard is a part of the
 * whole in every bit: its images go through the network in the batches in which they would go without shards.
 */
import { createHash } from 'node:crypto'
import type { Work } from '../base/work.ts'
import { openStage, unwatched } from '../base/work.ts'
import { openPrepared } from '../data/cache.node.ts'
import { centrePictures } from '../data/prepare/prepare.ts'
import {
  imagesIn,
  presentShards,
  readShard,
  rowsOfShard,
  type ShardManifest,
  settleManifest,
  shardCount,
  writeShard,
} from '../embedding/vector-shards.node.ts'
import type { Vectors } from '../embedding/vectors.ts'
import { networkModel } from '../models/export.ts'
import { forwardBatches } from '../models/forward.ts'
import { buildOutline, layerNamed, type Network, possibleBatch } from '../nets/network.ts'
import type { Context } from '../runtime/context.ts'
import { asVectors, type EmbedWishes, layerOf } from './embed.node.ts'
import { type Chosen, openSplit } from './model-data.node.ts'
import type { OpenedModel } from './open-model.node.ts'

export interface ShardPlan extends Chosen {
  manifest: ShardManifest
  network: Network
}

/** Reads the data and says which shards there are to be. */
export async function planShards(
  context: Context,
  model: OpenedModel,
  data: string,
  { layer: asked, split, batch, strict }: EmbedWishes,
  shard: number,
): Promise<ShardPlan> {
  const { network } = model
  const layer = layerOf(network, asked)
  const chosen = await openSplit(model, data, context, { split, strict })
  const { dataset, indices } = chosen
  return {
    ...chosen,
    network,
    manifest: {
      format: 1,
      kind: 'vectors',
      images: indices.length,
      dim: asVectors(layerNamed(buildOutline(network), layer)).shape[1],
      shard,
      batch: possibleBatch(network, Math.min(batch, indices.length)),
      model: { source: model.source, layer, fingerprint: fingerprintOf(network) },
      data: {
        source: data,
        split,
        fingerprint: createHash('sha256').update(dataset.fingerprint).update(indices).digest('hex'),
      },
    },
  }
}

/** Of all that a network computes with: its graph, its parameters, the way to its images. */
export const fingerprintOf = (network: Network): string =>
  createHash('sha256')
    .update(networkModel(network, { batch: possibleBatch(network, 1) }))
    .digest('hex')

/**
 * Writes the manifest, and checks what is there already.
 * @returns the numbers of the shards that are missing, ascending
 * @throws GlasshouseError 'shards-differ' where the folder, or a shard in it, is of something else
 */
export async function missingShards(folder: string, manifest: ShardManifest): Promise<number[]> {
  await settleManifest(folder, manifest)
  const present = new Set(presentShards(folder, manifest))
  for (const index of present) await readShard(folder, manifest, index)
  return Array.from({ length: shardCount(manifest) }, (_, index) => index).filter(
    index => !present.has(index),
  )
}

/** Makes these shards one after another. @returns how many images they hold, and the seconds they took */
export async function embedShards(
  context: Context,
  plan: ShardPlan,
  folder: string,
  shards: readonly number[],
): Promise<{ images: number; seconds: number }> {
  const { manifest } = plan
  const total = imagesIn(manifest, shards)
  const stage = openStage(context, 'images', { total: manifest.images, from: manifest.images - total })
  const started = performance.now()
  let done = manifest.images - total
  try {
    for (const index of shards) {
      const before = done
      const vectors = await embedShard(context, plan, index, rows => stage.update(before + rows))
      done += vectors.ids.length
      context.signal.throwIfAborted()
      await writeShard(folder, manifest, index, vectors)
      stage.update(done, `shard ${index + 1} of ${shardCount(manifest)}`)
    }
  } finally {
    stage.end()
  }
  return { images: total, seconds: (performance.now() - started) / 1000 }
}

async function embedShard(
  context: Context,
  { dataset, indices, network, manifest }: ShardPlan,
  index: number,
  update: (rows: number) => void,
): Promise<Vectors> {
  const { dim, batch } = manifest
  const { first, end } = rowsOfShard(manifest, index)
  // The batches lie as they lie over the whole: the place of an image in its batch can decide over its last bits.
  const begin = first - (first % batch)
  const work: Work = unwatched(context)
  const images = Array.from(indices.subarray(begin, end), place => dataset.items[place])
  const store = await openPrepared({ ...dataset, items: images }, network.preprocessing, { work })
  const data = new Float32Array((end - first) * dim)
  try {
    const fill = centrePictures(store, Int32Array.from(images.keys()), network.preprocessing)
    const batches = forwardBatches(
      await context.engine(),
      network,
      images.length,
      fill,
      built => ({ vectors: asVectors(layerNamed(built, manifest.model.layer)) }),
      { batch, wholeBatches: true, work },
    )
    for await (const { start, rows, results } of batches) {
      const skipped = Math.max(0, first - begin - start)
      data.set(results.vectors.subarray(skipped * dim, rows * dim), Math.max(0, begin + start - first) * dim)
      update(Math.max(0, begin + start + rows - first))
    }
  } finally {
    store.close()
  }
  const items = images.slice(first - begin)
  return {
    ids: indices.slice(first, end),
    paths: items.map(item => item.path),
    labels: items.map(item => dataset.classes[item.label]),
    dim,
    data,
  }
}
