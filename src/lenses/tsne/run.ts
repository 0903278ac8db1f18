import { GlasshouseError } from '../../base/errors.ts'
import { lastPart } from '../../base/names.ts'
import { type Compared, classDifferences, differences } from '../../embedding/tsne/differences.ts'
import type { TsneInput } from '../../embedding/tsne/inputs.ts'
import { neighboursByEngine } from '../../embedding/tsne/search.ts'
import { type TsneResult as Layout, type SweepPoint, tsneWith } from '../../embedding/tsne/tsne.ts'
import type { LensContext, VectorsInput } from '../lens.ts'
import { classesOf, type Items, matchItems, rowsOfItems } from './items.ts'
import type { TsneLensOptions } from './options.ts'
import type { TsneLensResult } from './result.ts'

export async function run(
  context: LensContext,
  { vectors }: { vectors: VectorsInput[] },
  options: TsneLensOptions,
): Promise<TsneLensResult> {
  const { threads } = context
  if (!threads) throw new Error('t-SNE needs threads')
  if (vectors.length > 50) {
    throw new GlasshouseError({
      code: 'maps-many',
      what: 'this many maps cannot be laid out together',
      expected: 'up to 50',
      got: String(vectors.length),
      hint: 'Name single epochs: RUN@0:test RUN@5:test ...',
    })
  }
  const items = matchItems(vectors)
  const classes = classesOf(items)
  if (options.byClass && classes.names.length === 0) {
    throw new GlasshouseError({
      code: 'labels-missing',
      what: 'classes cannot be tied: the vectors have no labels',
      path: ['options', 'byClass'],
      hint: 'Name a file with --labels',
    })
  }
  const names = namesOf(vectors)
  const inputs: TsneInput[] = vectors.map(({ vectors: { data, dim } }, m) => ({
    name: names[m],
    data,
    dim,
    items: items.ofRows[m],
  }))
  if (options.fixed !== undefined) inputs[0].fixed = await heldMap(context, options.fixed, vectors[0])
  const epochs = vectors.length > 1 && vectors.every(({ epoch }) => epoch !== undefined)
  const { neighbours, ...rest } = options
  const smallest = Math.min(...items.ofRows.map(({ length }) => length))
  const tie = options.tie ?? (options.fixed !== undefined ? 'star' : epochs ? 'chain' : 'pairs')
  const started = performance.now()
  const layout = await tsneWith(
    threads.start,
    () => threads.count,
    (_, signal) => neighboursByEngine(context.engine, signal),
  )(
    inputs,
    {
      ...rest,
      tie,
      // Trustworthiness is defined for fewer than half of the points.
      neighbours: Math.min(neighbours, Math.max(1, Math.floor((smallest - 1) / 2))),
      seed: context.seed,
      classes: options.byClass ? classes.ofItems : undefined,
    },
    context,
  )
  const seconds = (performance.now() - started) / 1000
  return {
    sources: vectors.map(({ source, epoch }) => ({ source, epoch })),
    names,
    items,
    classes,
    layout,
    difference: compare(layout, items, classes),
    options: { ...options, tie },
    seed: context.seed,
    seconds,
  }
}

export function metrics({ layout, names, items, sources, seconds }: TsneLensResult) {
  const alone = layout.alone ?? layout
  return {
    kl: layout.kl,
    klAlone: alone.kl,
    klRatio: layout.klRatio ?? layout.kl.map(() => 1),
    alignment: layout.alignment,
    procrustes: layout.procrustes,
    alignmentAlone: alone.alignment,
    procrustesAlone: alone.procrustes,
    lambda: layout.lambda,
    lambdaRelative: layout.lambdaRelative ?? 0,
    seconds,
    points: items.count,
    maps: sources.map(({ source }, m) => ({
      source,
      name: names[m],
      points: items.ofRows[m].length,
      ...layout.quality![m],
    })),
    sweep: layout.sweep?.map(curvePoint),
    trials: layout.trials?.map(curvePoint),
  }
}

const curvePoint = ({ lambda, lambdaRelative, klRatio, kl, alignment, procrustes }: SweepPoint) => ({
  lambda,
  lambdaRelative,
  kl,
  klRatio,
  alignment,
  procrustes,
})

function compare(
  layout: Layout,
  items: Items,
  classes: TsneLensResult['classes'],
): TsneLensResult['difference'] {
  if (layout.maps.length < 2) return undefined
  const rows = rowsOfItems(items)
  const side = (m: number): Compared => ({
    map: layout.maps[m],
    neighbours: layout.neighbours![m],
    rows: rows[m],
    items: items.ofRows[m],
  })
  const sides: [Compared, Compared] = [side(0), side(layout.maps.length - 1)]
  const points = differences(...sides)
  return { sides, points, classes: classDifferences(classes, sides, points) }
}

/** Opens a map made before, and brings its points into the order of the vectors. */
async function heldMap(
  context: LensContext,
  path: string,
  { vectors, source }: VectorsInput,
): Promise<Float32Array> {
  if (!context.vectors) throw new Error('a map can be held in place only where there are files')
  const held = await context.vectors(path)
  const unfit = (what: string, expected: string, got: string) =>
    new GlasshouseError({ code: 'map-unfit', what, where: path, expected, got })
  if (held.dim !== 2) throw unfit('this is not a map', 'two columns', String(held.dim))
  const places = new Map(Array.from(held.ids, (id, row) => [id, row]))
  const map = new Float32Array(2 * vectors.ids.length)
  vectors.ids.forEach((id, row) => {
    const place = places.get(id)
    if (place === undefined)
      throw unfit('the map lacks points', `a place for every vector of ${source}`, `none for id ${id}`)
    map.set(held.data.subarray(2 * place, 2 * place + 2), 2 * row)
  })
  return map
}

/** What sources have in common says nothing: epochs are named by number, files by name. */
function namesOf(vectors: readonly VectorsInput[]): string[] {
  const short = vectors.map(({ source, epoch }) =>
    epoch === undefined ? lastPart(source).replace(/\.(arrow|npy)$/, '') : `epoch ${epoch}`,
  )
  const sourcesCalled = (name: string) =>
    new Set(vectors.filter((_, m) => short[m] === name).map(({ source }) => source))
  const names = short.map((name, m) => (sourcesCalled(name).size > 1 ? vectors[m].source : name))
  // The same vectors twice, from two starts.
  return names.map((name, m) =>
    names.indexOf(name) === names.lastIndexOf(name) ? name : `${name} (${m + 1})`,
  )
}
