/**
 * Vectors of a data set as a folder of shards: what is missing is made, what is there stays. A shard is a part of the
 * whole in every bit: its images go through the network in the batches in which they would go without shards.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { brief } from '../base/brief.ts'
import { GlasshouseError } from '../base/errors.ts'
import { note, openStage, unwatched, type Work } from '../base/work.ts'
import { refuseUnreadable } from '../data/dataset.node.ts'
import { listOf, openLongList } from '../data/long-list.node.ts'
import { fillPrepared } from '../data/prepare/prepare.ts'
import { squaresInTurn } from '../data/squares.node.ts'
import { survey } from '../data/survey.node.ts'
import {
  imagesIn,
  presentShards,
  readShard,
  requireSame,
  rowsOfShard,
  type ShardManifest,
  settleManifest,
  shardCount,
  writeShard,
} from '../embedding/vector-shards.node.ts'
import type { Vectors } from '../embedding/vectors.ts'
import { fingerprintOf } from '../models/fingerprint.node.ts'
import { forwardBatches } from '../models/forward.ts'
import { buildOutline, layerNamed, type Network, possibleBatch } from '../nets/network.ts'
import type { Context } from '../runtime/context.ts'
import { asVectors, type EmbedWishes, layerOf } from './embed.node.ts'
import { openSplit } from './model-data.node.ts'
import type { OpenedModel } from './open-model.node.ts'
import { openPlan, type PlannedImage, rowsOfDataset, rowsOfList, type ShardRows } from './shard-rows.node.ts'

export interface ShardPlan {
  manifest: ShardManifest
  network: Network
  rows: ShardRows
  strict: boolean
}

/**
 * Says which shards there are to be. A list is taken as it stands, and its images are opened when their shard is made;
 * a folder is read as a data set. So is a list where a run has divided its images itself, and a part of them is asked for.
 */
export async function planShards(
  context: Context,
  model: OpenedModel,
  data: string,
  wishes: EmbedWishes,
  shard: number,
): Promise<ShardPlan> {
  const { network } = model
  const { split, strict } = wishes
  const layer = layerOf(network, wishes.layer)
  const list = listOf(data)
  const isDivided = split !== 'all' && model.run && model.run.record.data.split.kind !== 'given'
  const { rows, images, fingerprint } =
    list !== undefined && !isDivided
      ? await fromList(context, list, split)
      : await fromData(context, model, data, wishes)
  return {
    network,
    rows,
    strict,
    manifest: {
      format: 1,
      kind: 'vectors',
      images,
      ...{ dim: dimOf(network, layer), shard, batch: batchOf(network, wishes.batch, images) },
      model: { source: model.source, layer, fingerprint: fingerprintOf(network) },
      data: { source: data, split, fingerprint },
    },
  }
}

const dimOf = (network: Network, layer: string): number =>
  asVectors(layerNamed(buildOutline(network), layer)).shape[1]

const batchOf = (network: Network, batch: number, images: number): number =>
  possibleBatch(network, Math.min(batch, images))

interface Rows {
  rows: ShardRows
  images: number
  fingerprint: string
}

async function fromList(context: Context, list: string, split: EmbedWishes['split']): Promise<Rows> {
  const opened = await openLongList(list, context)
  for (const text of opened.notes) note(context, `note: ${text}`)
  const indices = opened.choose(split)
  const fingerprint = fingerprintOfChosen(`list ${opened.fingerprint}`, indices)
  return { rows: rowsOfList(opened, indices), images: indices.length, fingerprint }
}

async function fromData(
  context: Context,
  model: OpenedModel,
  data: string,
  { split, strict }: EmbedWishes,
): Promise<Rows> {
  const { dataset, indices } = await openSplit(model, data, context, { split, strict })
  const fingerprint = fingerprintOfChosen(dataset.fingerprint, indices)
  return { rows: rowsOfDataset(dataset, indices), images: indices.length, fingerprint }
}

const fingerprintOfChosen = (data: string, indices: Int32Array): string =>
  createHash('sha256').update(data).update(indices).digest('hex')

/**
 * The shards that another process has planned, without reading the data again.
 * @throws GlasshouseError 'shards-differ' where they are to be of another model, or made in another way
 */
export async function planOf(
  folder: string,
  model: OpenedModel,
  { layer: asked, batch, strict }: EmbedWishes,
  shard: number,
): Promise<ShardPlan> {
  const { network } = model
  const { manifest, rows } = await openPlan(folder)
  const layer = layerOf(network, asked)
  requireSame(folder, manifest, {
    ...manifest,
    ...{ dim: dimOf(network, layer), shard, batch: batchOf(network, batch, manifest.images) },
    model: { source: model.source, layer, fingerprint: fingerprintOf(network) },
  })
  return { manifest, network, rows, strict }
}

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
      const { vectors, leftOut } = await embedShard(context, plan, index, rows => stage.update(before + rows))
      done += vectors.ids.length + leftOut
      context.signal.throwIfAborted()
      await writeShard(folder, manifest, index, vectors, leftOut)
      stage.update(done, `shard ${index + 1} of ${shardCount(manifest)}`)
    }
  } finally {
    stage.end()
  }
  return { images: total, seconds: (performance.now() - started) / 1000 }
}

async function embedShard(
  context: Context,
  { rows, network, manifest, strict }: ShardPlan,
  index: number,
  update: (rows: number) => void,
): Promise<{ vectors: Vectors; leftOut: number }> {
  const { dim, batch } = manifest
  const { first, end } = rowsOfShard(manifest, index)
  // The batches lie as they lie over the whole: the place of an image in its batch can decide over its last bits.
  const begin = first - (first % batch)
  const work: Work = unwatched(context)
  const planned = await rows.read(begin, end)
  const images = await opened(context, rows.root, planned, strict)
  const own = images.filter(({ place }) => place >= first - begin)
  if (own.length === 0) throw noneReadable(rows.root, planned[first - begin].path)
  const before = images.length - own.length
  const items = images.map(({ path, found }) => ({ path, label: 0, split: undefined, ...found }))
  const { preprocessing } = network
  // Images of a shard are looked at once: ten million of them in the cache would fill the disk.
  const square = squaresInTurn({ root: rows.root, items }, preprocessing)
  const fill = async (image: number, target: Float32Array, offset: number) => {
    const { resize: width } = preprocessing
    fillPrepared({ width, height: width, data: await square(image) }, preprocessing, target, offset)
  }
  const data = new Float32Array(own.length * dim)
  const batches = forwardBatches(
    await context.engine(),
    network,
    images.length,
    fill,
    built => ({ vectors: asVectors(layerNamed(built, manifest.model.layer)) }),
    { batch, wholeBatches: true, work },
  )
  for await (const { start, rows, results } of batches) {
    const skipped = Math.max(0, before - start)
    data.set(results.vectors.subarray(skipped * dim, rows * dim), Math.max(0, start - before) * dim)
    update(Math.max(0, start + rows - before))
  }
  const vectors = {
    ids: Int32Array.from(own, ({ id }) => id),
    paths: own.map(({ path }) => path),
    labels: own.map(({ label }) => label),
    dim,
    data,
  }
  return { vectors, leftOut: end - first - own.length }
}

/** This many skipped images of a shard are named. */
const mostSkipped = 10

/** The images that can be read, and where they stand among `planned`. */
async function opened(context: Context, root: string, planned: readonly PlannedImage[], strict: boolean) {
  const unknown = planned.filter(({ found }) => !found)
  // Each of very many images is opened once: remembering them all would cost more than it saves.
  const findings = await survey(root, unknown, { remember: false, work: unwatched(context) })
  const refused = findings.flatMap((finding, i) =>
    'hash' in finding ? [] : [{ path: unknown[i].path, reason: finding.reason }],
  )
  if (strict && refused.length) refuseUnreadable(root, refused)
  for (const { path, reason } of refused.slice(0, mostSkipped))
    note(context, `skipped ${brief(path)}: ${brief(reason)}`)
  if (refused.length > mostSkipped)
    note(context, `skipped ${refused.length - mostSkipped} more images of this shard`)
  const looked = new Map(unknown.map((image, i) => [image, findings[i]]))
  return planned.flatMap((image, place) => {
    const found = image.found ?? looked.get(image)
    return found && 'hash' in found ? [{ ...image, found, place }] : []
  })
}

const noneReadable = (root: string, first: string): GlasshouseError =>
  new GlasshouseError({
    code: 'image-unreadable',
    what: 'no image of a shard can be read',
    where: join(root, first),
    hint: 'Paths of a list are relative to its folder',
  })
