/** The maps that a t-SNE has left in its folder, and what the data says of the images on them. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { GlasshouseError } from '../base/errors.ts'
import { byNumber } from '../base/names.ts'
import { readOtherColumns } from '../data/list.node.ts'
import type { Vectors } from '../embedding/vectors.ts'
import { readRecord } from '../runs/folder.node.ts'
import type { ImageField, MapsResult } from './api.ts'
import type { DataIndex } from './data-index.ts'
import { pack } from './pack.ts'
import { readResult, runPlace } from './run-detail.ts'
import type { Studio } from './studio.ts'
import type { VectorStore } from './vectors.ts'

/** map-1.arrow, map-2.arrow ... over the same images, and sweep-1-map-1.arrow ... for each further tie. */
export async function mapsOf(
  { folders, indexes }: Pick<Studio, 'folders' | 'indexes'>,
  run: string,
  store: VectorStore,
): Promise<MapsResult> {
  const place = await runPlace(folders, run)
  const result = await readResult(place)
  const names = (await readdir(place))
    .filter(name => /^(sweep-\d+-)?map-\d+\.arrow$/.test(name))
    .sort(byNumber)
  const own = names.filter(name => name.startsWith('map-'))
  if (!result || own.length === 0)
    throw new GlasshouseError({
      code: 'file-missing',
      what: 'there are no maps here',
      where: run,
      hint: 'Run glasshouse tsne on embeddings to make maps',
    })
  const open = (name: string) => store.open(join(place, name)).then(({ vectors }) => vectors)
  const opened = await Promise.all(own.map(open))
  const sources = [result.parameters.vectors ?? []].flat().map(String)
  const described = [result.metrics.maps ?? []].flat()
  const [first] = opened
  const [, base] = /^(.+)@\d+(?::\w+)?$/.exec(sources[0] ?? '') ?? []
  // What result.json names is looked at only where it may be.
  const from = base === undefined ? undefined : await folders.allowed(base).catch(() => undefined)
  const record = from === undefined ? undefined : await readRecord(from).catch(() => undefined)
  const index = record && (await indexes.open(record.data.path).catch(() => undefined))
  const { lambda } = result.metrics
  return {
    metrics: result.metrics,
    ...(record && { data: record.data.path }),
    paths: first.paths ?? [],
    labels: first.labels ?? [],
    fields: index ? await fieldsOf(index, first.paths ?? []) : [],
    maps: opened.map((map, at) => ({
      ...nameOf(described[at], at),
      ids: pack(map.ids),
      ...columnsOf(map),
    })),
    strengths: await Promise.all(
      lambdasOf(result.metrics.sweep).map(async (lambda, at) => {
        const mine = names.filter(name => name.startsWith(`sweep-${at + 1}-`))
        return { lambda, maps: (await Promise.all(mine.map(open))).map(columnsOf) }
      }),
    ).then(all => all.filter(({ maps }) => maps.length === own.length).sort((a, b) => a.lambda - b.lambda)),
    ...(typeof lambda === 'number' && own.length > 1 && { lambda }),
  }
}

const columnsOf = ({ data, ids }: Vectors) => ({
  x: pack(Float32Array.from(ids, (_, row) => data[2 * row])),
  y: pack(Float32Array.from(ids, (_, row) => data[2 * row + 1])),
})

function lambdasOf(sweep: unknown): number[] {
  return [sweep ?? []].flat().map(point => Number(Object(point).lambda))
}

function nameOf(described: unknown, map: number): { name: string; source?: string } {
  const { name, source } = Object(described) as { name?: unknown; source?: unknown }
  return {
    name: typeof name === 'string' ? name : `map ${map + 1}`,
    ...(typeof source === 'string' && { source }),
  }
}

async function fieldsOf({ images, list }: DataIndex, paths: readonly string[]): Promise<ImageField[]> {
  const placeOf = new Map(images.map(({ path }, place) => [path, place]))
  const places = paths.map(path => placeOf.get(path))
  const field = (name: string, of: (place: number) => string | undefined) =>
    fieldNamed(
      name,
      places.map(place => (place === undefined ? undefined : of(place))),
    )
  const found = [field('split', place => images[place].split), field('role', place => images[place].role)]
  if (list) {
    const { names, rows } = await readOtherColumns(list.path)
    names.forEach((name, column) => {
      found.push(field(name, place => rows.get(list.lines[place])?.[column]))
    })
  }
  // Where all images have the same value there is nothing to tell apart.
  return found.filter(({ values }) => values.length > 1)
}

function fieldNamed(name: string, cells: readonly (string | undefined)[]): ImageField {
  const values = new Map<string, number>()
  const of = Int32Array.from(cells, cell => {
    if (cell === undefined || cell === '') return -1
    const known = values.get(cell)
    if (known !== undefined) return known
    values.set(cell, values.size)
    return values.size - 1
  })
  return { name, values: [...values.keys()], of: pack(of) }
}
