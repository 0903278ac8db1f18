/**
 * The grid of cells that a layer is, and where each cell looks: the centre of its receptive field on the image.
 *
 * One walk over the graph, from the images to the layer, follows centre and stride through every operator. Padding
 * moves no centre: a cell at the border looks at the same place as if the image went on.
 */
import { neededNodes } from '../computation.ts'
import { operatorName, type Value } from '../graph.ts'
import { reshape, slice, transpose } from '../ops/layout.ts'
import {
  type Axis,
  type Factor,
  isStillAxis,
  type Knowledge,
  lost,
  type Places,
  type Point,
  placesOfPixels,
  reducedAxis,
  simplified,
  singleFactor,
} from './places.ts'
import { placeRuleOf } from './rules.ts'

/** Cells in rows and columns; cell (y, x) looks at pixel centre + (y, x) * stride, pixels counting from 0. */
export interface Grid {
  readonly height: number
  readonly width: number
  readonly centre: Point
  readonly stride: Point
}

/** How the cells lie in the tensor. */
export type Arrangement =
  | { readonly kind: 'maps'; readonly rows: number; readonly columns: number }
  /** one axis, row after row, with other tokens ahead */
  | {
      readonly kind: 'tokens'
      readonly axis: number
      readonly ahead: number
      readonly height: number
      readonly width: number
    }

export interface Cells {
  readonly grid: Grid
  readonly arrangement: Arrangement
  /** whether the walk settled every centre to a tenth of the stride */
  readonly settled: boolean
}

/** What is known of the places of every value that `values` depend on. */
export function placesOf(images: Value, values: readonly Value[]): ReadonlyMap<Value, Knowledge> {
  const known = new Map<Value, Knowledge>([[images, placesOfPixels(images.shape)]])
  for (const node of neededNodes(images.graph, values).nodes) {
    const given = node.inputs.map(input => input && known.get(input))
    const rule = placeRuleOf(operatorName(node))
    for (const output of node.outputs)
      if (given.some(places => places !== undefined))
        known.set(output, rule ? rule(node, given, output) : lost)
  }
  return known
}

/** The cells of a layer; undefined where it has none, or where the walk lost them. */
export function cellsOf(images: Value, layer: Value): Cells | undefined {
  const places = placesOf(images, [layer]).get(layer)
  return places && places !== lost ? cellsIn(places) : undefined
}

/** Share of a stride by which branches may differ from the centre that stands for them. */
const tolerance = 0.1

export function cellsIn(places: Places): Cells | undefined {
  const found = arrangementOf(places.axes)
  if (!found) return undefined
  const { arrangement, rows, columns } = found
  const others = places.axes.map((_, axis) => axis).filter(axis => !axesOf(arrangement).includes(axis))
  const { origin, slack } = others.reduce(reducedAxis, places)
  const stride: Point = [rows.step[0], columns.step[1]]
  return {
    grid: { height: rows.extent, width: columns.extent, centre: origin, stride },
    arrangement,
    settled: slack.every((reach, side) => reach <= tolerance * Math.abs(stride[side])),
  }
}

const axesOf = (arrangement: Arrangement): number[] =>
  arrangement.kind === 'maps' ? [arrangement.rows, arrangement.columns] : [arrangement.axis]

const isRows = ({ step: [down, across] }: Factor): boolean => down !== 0 && across === 0
const isColumns = ({ step: [down, across] }: Factor): boolean => down === 0 && across !== 0

function arrangementOf(
  axes: readonly Axis[],
): { arrangement: Arrangement; rows: Factor; columns: Factor } | undefined {
  const singles = axes.map(singleFactor)
  const rows = singles.findIndex(factor => factor && isRows(factor))
  const columns = singles.findIndex(factor => factor && isColumns(factor))
  if (rows >= 0 && columns >= 0)
    return { arrangement: { kind: 'maps', rows, columns }, rows: singles[rows]!, columns: singles[columns]! }
  const axis = axes.findIndex(each => !isStillAxis(each))
  const factors = axis < 0 ? [] : simplified(axes[axis].factors)
  const [outer, inner] = factors
  if (factors.length !== 2 || !isRows(outer) || !isColumns(inner)) return undefined
  const { ahead = 0 } = axes[axis]
  const arrangement = { kind: 'tokens', axis, ahead, height: outer.extent, width: inner.extent } as const
  return { arrangement, rows: outer, columns: inner }
}

/** The value as maps (n, channels, height, width), whatever its own arrangement. */
export function asMaps(value: Value, arrangement: Arrangement): Value {
  const { shape } = value
  const [n] = shape
  const place = axesOf(arrangement)
  const others = shape.map((_, axis) => axis).filter(axis => axis > 0 && !place.includes(axis))
  const order = [0, ...others, ...place]
  const moved = order.every((axis, index) => axis === index) ? value : transpose(value, order)
  if (arrangement.kind === 'maps') {
    const [height, width] = place.map(axis => shape[axis])
    return reshape(moved, [n, -1, height, width])
  }
  const { ahead, height, width } = arrangement
  const last = order.length - 1
  const own =
    shape[arrangement.axis] === height * width
      ? moved
      : slice(moved, [{ axis: last, start: ahead, end: ahead + height * width }])
  return reshape(own, [n, -1, height, width])
}
