import { GlasshouseError } from '../../base/errors.ts'
import { indicesOf } from '../../data/dataset.ts'
import { centrePictures } from '../../data/prepare/prepare.ts'
import { pictureAt } from '../../data/store.ts'
import { forward } from '../../models/forward.ts'
import { buildOutline, type Network } from '../../nets/network.ts'
import type { DataInput, LensContext, ModelInput, NamedPicture, ShelfInput } from '../lens.ts'
import { featureMaps, viewsOf } from '../maps/feature-maps.ts'
import { mapsNamed, pooledMaps } from '../maps/layer-maps.ts'
import { cutRegion, type LinearHead, placeVectors, similarityMaps } from '../similarity/compute.ts'
import { headOf } from '../similarity/head.ts'
import type { NeighboursOptions } from './options.ts'
import { distancesTo, nearestRows } from './ranking.ts'
import type { Block, NeighboursResult } from './result.ts'

export function check(
  { model, other }: { model: ModelInput; other?: ModelInput },
  { layer, pool }: NeighboursOptions,
): void {
  for (const { network } of other ? [model, other] : [model])
    if (!headOf(network, layer, pool)) mapsNamed(buildOutline(network), layer)
}

export async function run(
  context: LensContext,
  {
    model,
    data,
    image,
    other,
  }: { model: ModelInput; data: DataInput | ShelfInput; image: NamedPicture; other?: ModelInput },
  options: NeighboursOptions,
): Promise<NeighboursResult> {
  const models = other ? [model, other] : [model]
  requireFit(data, options, other)
  const orders: { source: string; nearest: NamedPicture[]; labels: string[] }[] = []
  for (const each of models)
    orders.push(
      'shelf' in data
        ? await searchShelf(context, each, data, image, options)
        : await search(context, each, data, image, options),
    )
  const blocks: Block[] = []
  for (const order of orders)
    for (const explaining of models) blocks.push(await explain(context, explaining, image, order, options))
  const [view] = viewsOf(model.network, [image])
  return {
    query: { path: image.path, view },
    blocks,
    colours: options.colours,
    searched: 'shelf' in data ? data.shelf.total : searchedOf(data).length,
    region: options.region,
  }
}

export const metrics = ({ blocks, searched }: NeighboursResult) => ({
  searched,
  blocks: blocks.map(({ maps, order, found }) => ({
    maps,
    order,
    found: found.map(({ path, label, similarity }) => ({ path, label, similarity })),
  })),
})

function searchedOf({ dataset }: DataInput): Int32Array {
  const test = indicesOf(dataset, 'test')
  return test.length ? test : indicesOf(dataset)
}

/** Whether a path leads to an image of the data, whose paths begin at its folder. */
const samePath = (path: string, item: string): boolean => {
  const [whole, end] = [path, item].map(each => each.replaceAll('\\', '/'))
  return whole === end || whole.endsWith(`/${end}`)
}

/** What vectors cannot do, before anything is computed. */
function requireFit(
  data: DataInput | ShelfInput,
  { pool, layer }: NeighboursOptions,
  other?: ModelInput,
): void {
  if (!('shelf' in data)) return
  if (other)
    throw new GlasshouseError({
      code: 'input-count',
      what: 'vectors are of one network, and two are named',
      path: ['inputs', 'other'],
      hint: 'Name one network, or a data set in place of the vectors',
    })
  if (layer !== undefined && layer !== data.shelf.layer)
    throw new GlasshouseError({
      code: 'option-value',
      what: 'the vectors are of another layer',
      path: ['options', 'layer'],
      expected: data.shelf.layer,
      got: layer,
    })
  if (pool !== 'average')
    throw new GlasshouseError({
      code: 'option-value',
      what: 'the vectors are averages over places',
      path: ['options', 'pool'],
      expected: 'average',
      got: pool,
    })
}

/** Images that the query itself may be among, under other names: so many more are looked at. */
const spare = 8

/** The same from vectors that are there already, and of which only the nearest are looked up. */
async function searchShelf(
  context: LensContext,
  { network, source }: ModelInput,
  { shelf }: ShelfInput,
  image: NamedPicture,
  { layer, pool, region, count, search: way }: NeighboursOptions,
) {
  const head = headOf(network, layer, pool)
  const query = await queryVector(context, network, image, { layer, pool, region }, head)
  const nearest = await shelf.nearest(Float32Array.from(query), count + spare, way)
  const isQuery = ({ path, similarity }: { path: string; similarity: number }) =>
    region === undefined && (samePath(image.path, path) || similarity > 1 - 1e-6)
  const chosen = nearest.filter(found => !isQuery(found)).slice(0, count)
  return {
    source,
    nearest: await Promise.all(
      chosen.map(async ({ path }) => ({ path, picture: await shelf.picture(path) })),
    ),
    labels: chosen.map(({ label }) => label),
  }
}

/** The nearest images by one network, the query itself left out. */
async function search(
  context: LensContext,
  { network, source }: ModelInput,
  data: DataInput,
  image: NamedPicture,
  { layer, pool, region, count }: NeighboursOptions,
) {
  const { engine } = context
  const { preprocessing } = network
  const places = searchedOf(data)
  const store = await data.pictures(preprocessing)
  const head = headOf(network, layer, pool)
  const { vectors } = await forward(
    engine,
    network,
    places.length,
    centrePictures(store, places, preprocessing),
    built => ({ vectors: head ? built.output : pooledMaps(built, layer, pool) }),
    { work: context, stage: 'searching' },
  )
  const query = await queryVector(context, network, image, { layer, pool, region }, head)
  const { items, classes } = data.dataset
  const isQuery = (row: number) => samePath(image.path, items[places[row]].path)
  const distances = distancesTo(query, vectors)
  const nearest =
    region === undefined
      ? nearestRows(distances, count, isQuery)
      : Array.from(distances.keys())
          .sort((i, j) => distances[i] - distances[j])
          .slice(0, count)
  return {
    source,
    nearest: nearest.map(row => ({ path: items[places[row]].path, picture: pictureAt(store, places[row]) })),
    labels: nearest.map(row => classes[items[places[row]].label]),
  }
}

async function queryVector(
  context: LensContext,
  network: Network,
  image: NamedPicture,
  { layer, pool, region }: Pick<NeighboursOptions, 'layer' | 'pool' | 'region'>,
  head: LinearHead | undefined,
): Promise<Float64Array> {
  const maps = await featureMaps(context.engine, network, [image], { layer, signal: context.signal })
  const [own] = maps.maps
  return placeVectors(region ? cutRegion(own, maps, region) : own, maps.channels, pool, head).pooled
}

/** Maps by one network for the images in another's, or its own, order. */
async function explain(
  { engine, signal }: LensContext,
  { network, source }: ModelInput,
  image: NamedPicture,
  order: { source: string; nearest: NamedPicture[]; labels: string[] },
  { layer, pool }: NeighboursOptions,
): Promise<Block> {
  if (order.nearest.length === 0) {
    throw new GlasshouseError({
      code: 'nothing-found',
      what: 'the data holds no image but the query itself',
      where: order.source,
    })
  }
  const all = [image, ...order.nearest]
  const { maps, channels, grid, size } = await featureMaps(engine, network, all, { layer, signal })
  const head = headOf(network, layer, pool)
  const views = viewsOf(network, order.nearest)
  return {
    maps: source,
    order: order.source,
    found: order.nearest.map(({ path }, index) => {
      const { one, other, cosine } = similarityMaps(maps[0], maps[index + 1], channels, pool, head)
      return {
        path,
        label: order.labels[index],
        similarity: cosine,
        view: views[index],
        queryMap: one,
        foundMap: other,
      }
    }),
    grid,
    size,
  }
}
