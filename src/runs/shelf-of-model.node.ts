/** Vectors in shards, for a network: they have to be its own. Images are found where the data was when it was embedded. */
import { existsSync, statSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { GlasshouseError } from '../base/errors.ts'
import { readPicture } from '../data/decode.node.ts'
import { openShelf, type SearchWay } from '../embedding/shelf.node.ts'
import { fingerprintOf } from '../models/fingerprint.node.ts'
import type { Network } from '../nets/network.ts'
import type { Context } from '../runtime/context.ts'

/** @throws GlasshouseError 'shards-differ' where the vectors are of another network */
export async function openShelfOf(folder: string, context: Context, network: Network | undefined) {
  const { manifest, nearest, describe } = await openShelf(folder, context)
  const { model, data, images, dim } = manifest
  if (network && fingerprintOf(network) !== model.fingerprint)
    throw new GlasshouseError({
      code: 'shards-differ',
      what: 'the vectors are of another network',
      where: folder,
      expected: model.source,
      hint: 'Name the network that they were made with, or embed the data with this one',
    })
  return {
    total: images,
    layer: model.layer,
    async nearest(query: Float32Array, depth: number, way: SearchWay) {
      if (query.length !== dim)
        throw new GlasshouseError({
          code: 'shards-differ',
          what: `the vectors are of ${model.layer}, and have another length`,
          where: folder,
          expected: String(query.length),
          got: String(dim),
          hint: `Give --layer ${model.layer}`,
        })
      const { places, similarities } = await nearest(await context.engine(), query, depth, way)
      const named = places.filter(place => place >= 0)
      const found = await describe(named)
      return found.map((image, rank) => ({ ...image, similarity: similarities[rank] }))
    },
    picture: (path: string) => readPicture(fileIn(data.source, path, folder)),
  }
}

function fileIn(source: string, path: string, folder: string): string {
  const isFolder = statSync(source, { throwIfNoEntry: false })?.isDirectory()
  const file = isAbsolute(path) ? path : join(isFolder ? source : dirname(source), path)
  if (existsSync(file)) return file
  throw new GlasshouseError({
    code: 'data-missing',
    what: 'an image that the vectors name is not where it was',
    where: file,
    got: `vectors ${folder}, of ${source}`,
    hint: 'Run the command in the folder in which the data was embedded',
  })
}
