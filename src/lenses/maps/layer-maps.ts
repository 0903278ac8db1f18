/**
 * A layer as maps: which of its axes are rows and columns, and where each cell looks on the image.
 *
 * The walk over the graph tells both. Where it meets an operator that it does not know, the places are measured by the
 * gradients of some cells; where these cannot be had either, the cells are taken to divide the image evenly, and
 * whoever shows the maps says so.
 */
import { GlasshouseError } from '../../base/errors.ts'
import { meanOf } from '../../base/statistics.ts'
import type { Value } from '../../graph/graph.ts'
import { flatten } from '../../graph/ops/layout.ts'
import { globalAveragePool, globalMaxPool } from '../../graph/ops/pooling.ts'
import {
  type Arrangement,
  asMaps,
  type Cells,
  cellsIn,
  cellsOf,
  type Grid,
  placesOf,
} from '../../graph/receptive-field/grid.ts'
import { both, lost, type Point } from '../../graph/receptive-field/places.ts'
import { sizeOf } from '../../graph/tensor.ts'
import { type BuiltNetwork, buildOutline, layerNamed, type Network } from '../../nets/network.ts'
import type { Engine } from '../../runtime/engine.ts'
import { measureCentres } from './measure.ts'

export interface LayerMaps {
  /** the layer as it stands in the graph */
  value: Value
  arrangement: Arrangement
  /** as far as the walk over the graph knows them */
  cells?: Cells
}

/** A grid, and how its places came to be known. */
export interface MapGrid extends Grid {
  readonly known: 'from the graph' | 'measured' | 'assumed'
}

/** The maps of a layer, or the last feature maps. */
export function mapsNamed(built: BuiltNetwork, layer: string | undefined): LayerMaps {
  const value = layer === undefined ? built.features : layerNamed(built, layer)
  const cells = cellsOf(built.images, value)
  const arrangement = cells?.arrangement ?? likelyArrangement(value)
  if (arrangement) return { value, arrangement, cells }
  if (layer === undefined)
    throw new GlasshouseError({
      code: 'not-maps',
      what: 'the network pools no feature maps at its end, so a layer has to be named',
      path: ['options', 'layer'],
      hint: `Name one that has maps, such as ${layersWithMaps(built).slice(-3).join(', ')}`,
    })
  throw new GlasshouseError({
    code: 'not-maps',
    what: 'this layer has no places: it is one vector per image',
    path: ['options', 'layer'],
    got: `'${layer}' of shape [${value.shape}]`,
    hint: 'Name a layer before pooling',
  })
}

/** (n, channels, height, width), whatever the order of the layer's own axes. */
export const mapsOf = ({ value, arrangement }: LayerMaps): Value => asMaps(value, arrangement)

/** The maps of a layer, averaged over their places (or the largest of each): (n, channels). */
export function pooledMaps(
  built: BuiltNetwork,
  layer: string | undefined,
  pool: 'average' | 'max' = 'average',
): Value {
  const maps = mapsOf(mapsNamed(built, layer))
  return flatten(pool === 'max' ? globalMaxPool(maps) : globalAveragePool(maps))
}

/** Channels last where only the middle axes are alike. */
function likelyArrangement({ shape }: Value): Arrangement | undefined {
  if (shape.length !== 4 || sizeOf(shape.slice(1)) === Math.max(...shape.slice(1))) return undefined
  return shape[1] === shape[2] && shape[2] !== shape[3]
    ? { kind: 'maps', rows: 1, columns: 2 }
    : { kind: 'maps', rows: 2, columns: 3 }
}

/** Names of the layers with more than one place. */
export function layersWithMaps({ graph, images }: BuiltNetwork): string[] {
  const known = placesOf(images, [...graph.layers.values()])
  return [...graph.layers].flatMap(([name, value]) => {
    const places = known.get(value)
    const cells = places && places !== lost ? cellsIn(places) : undefined
    const grid = cells?.grid
    const isMap = grid ? grid.height * grid.width > 1 : likelyArrangement(value) !== undefined
    return isMap ? [name] : []
  })
}

/** The stem before and the stages of a residual network; else five layers with places, from first to last. */
export function usualLayers({ graph }: Pick<BuiltNetwork, 'graph'>): string[] {
  const maps = [...graph.layers].filter(([, value]) => value.shape.length === 4).map(([name]) => name)
  const stages = maps.filter(name => /^(stem(\.conv)?|stage\d+)$/.test(name))
  if (stages.length > 1) return stages
  return [...new Set([0, 0.25, 0.5, 0.75, 1].map(share => maps[Math.round(share * (maps.length - 1))]))]
}

/** Where the cells of a layer look, in pixels of the network's input. */
export async function gridOf(
  engine: Engine,
  network: Network,
  layer: string | undefined,
  signal?: AbortSignal,
): Promise<MapGrid> {
  const outline = buildOutline(network)
  const maps = mapsNamed(outline, layer)
  if (maps.cells?.settled) return { ...maps.cells.grid, known: 'from the graph' }
  const pick = (built: BuiltNetwork) => mapsOf(mapsNamed(built, layer))
  try {
    const measured = await measuredGrid(engine, network, pick, { stride: maps.cells?.grid.stride, signal })
    if (measured) return { ...measured, known: 'measured' }
  } catch (error) {
    signal?.throwIfAborted()
    if (!(error instanceof GlasshouseError)) throw error
  }
  const [, , height, width] = mapsOf(maps).shape
  const [, , rows, columns] = outline.images.shape
  const stride: Point = [rows / height, columns / width]
  return { height, width, stride, centre: both(side => (stride[side] - 1) / 2), known: 'assumed' }
}

/**
 * The grid that the gradients of some cells tell; undefined where no image moves any of them.
 *
 * @param pick the layer as maps (n, channels, height, width)
 */
export async function measuredGrid(
  engine: Engine,
  network: Network,
  pick: (built: BuiltNetwork) => Value,
  { stride, signal }: { stride?: Point; signal?: AbortSignal } = {},
): Promise<Grid | undefined> {
  const outline = buildOutline(network)
  const [, , height, width] = pick(outline).shape
  const [, , rows, columns] = outline.images.shape
  const cells = diagonal(height, width)
  const centres = await measureCentres(engine, network, pick, cells, { signal })
  const moved = cells.filter((_, at) => centres[at])
  if (!moved.length) return undefined
  const places = centres.filter(centre => centre !== undefined)
  return { height, width, ...fitted(moved, places, [rows, columns], [height, width], stride) }
}

/** Some cells across the middle of the grid, away from the padding at its border. */
function diagonal(height: number, width: number): Point[] {
  const inner = (extent: number) => {
    const margin = extent > 4 ? Math.floor(extent / 4) : 0
    return { from: margin, to: extent - 1 - margin }
  }
  const [rows, columns] = [inner(height), inner(width)]
  const count = Math.min(6, Math.max(height, width))
  return Array.from({ length: count }, (_, k) => {
    const share = count > 1 ? k / (count - 1) : 0.5
    const at = ({ from, to }: { from: number; to: number }) => Math.round(from + share * (to - from))
    return [at(rows), at(columns)] as const
  })
}

/** A line through what was measured, by least squares; of the strides that are known already, the middle. */
function fitted(
  cells: readonly Point[],
  centres: readonly Point[],
  sizes: Point,
  counts: Point,
  known?: Point,
) {
  const lines = ([0, 1] as const).map(side => {
    const indices = cells.map(cell => cell[side])
    const places = centres.map(centre => centre[side])
    const [middle, place] = [meanOf(indices), meanOf(places)]
    const spread = indices.reduce((sum, index) => sum + (index - middle) ** 2, 0)
    const together = indices.reduce((sum, index, k) => sum + (index - middle) * (places[k] - place), 0)
    const stride = known?.[side] ?? (spread > 0 ? together / spread : sizes[side] / counts[side])
    return { stride, centre: place - middle * stride }
  })
  return { centre: both(side => lines[side].centre), stride: both(side => lines[side].stride) }
}
