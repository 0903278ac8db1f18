/**
 * Where the elements of a value look on the image.
 *
 * The centre of an element's receptive field moves evenly with each of its indices, through convolutions, pools,
 * slices, transposes and reshapes alike:
 *   centre = origin + sum over factors of index * step.
 * A tensor axis is a list of *factors*, the outermost first, because a reshape can merge rows and columns into one axis
 * of tokens, and split it again. Pixels count from 0 and their centres are whole numbers.
 *
 * Three things can be said of a value: it has Places; it has none (`undefined`: a constant, or the mean over the whole
 * image); or they were lost at an operator that is not known (`lost`).
 */
import type { Shape } from '../tensor.ts'

/** Pixels down and across. */
export type Point = readonly [number, number]

export interface Factor {
  readonly extent: number
  /** how far the centre moves from one index to the next */
  readonly step: Point
}

export interface Axis {
  readonly factors: readonly Factor[]
  /** elements before the first that has a place, such as a class token; and after the last */
  readonly ahead?: number
  readonly behind?: number
}

export interface Places {
  readonly axes: readonly Axis[]
  /** the centre of the first element */
  readonly origin: Point
  /** how far branches that were combined lie from the centre that stands for them all */
  readonly slack: Point
}

export const lost = 'lost'
export type Knowledge = Places | undefined | typeof lost

export const both = (make: (side: 0 | 1) => number): Point => [make(0), make(1)]
export const isStill = ({ step: [down, across] }: Factor): boolean => down === 0 && across === 0

/** An axis along which nothing moves. */
export const stillAxis = (extent: number): Axis => ({ factors: [{ extent, step: [0, 0] }] })
export const isStillAxis = ({ factors }: Axis): boolean => factors.every(isStill)

export const extentOf = ({ factors, ahead = 0, behind = 0 }: Axis): number =>
  ahead + behind + factors.reduce((product, { extent }) => product * extent, 1)

/** The pixels (n, 3, h, w) themselves. */
export const placesOfPixels = ([n, c, h, w]: Shape): Places => ({
  axes: [
    stillAxis(n),
    stillAxis(c),
    { factors: [{ extent: h, step: [1, 0] }] },
    { factors: [{ extent: w, step: [0, 1] }] },
  ],
  origin: [0, 0],
  slack: [0, 0],
})

/** Places along which something moves; undefined where nothing does. */
export const orNone = (places: Places): Places | undefined =>
  places.axes.every(isStillAxis) ? undefined : places

/** Neighbouring factors that move as one become one; those of one element vanish. */
export function simplified(factors: readonly Factor[]): readonly Factor[] {
  const result: Factor[] = []
  for (const factor of factors) {
    const outer = result.at(-1)
    if (factor.extent === 1) continue
    const joins = outer && both(side => outer.step[side] - factor.step[side] * factor.extent)
    if (outer && joins?.every(gap => Math.abs(gap) < 1e-9))
      result[result.length - 1] = { extent: outer.extent * factor.extent, step: factor.step }
    else result.push(factor)
  }
  return result.length ? result : [{ extent: 1, step: factors[0]?.step ?? [0, 0] }]
}

/** The one factor of an axis, where it has one. */
export function singleFactor({ factors, ahead, behind }: Axis): Factor | undefined {
  if (ahead || behind) return undefined
  const simple = simplified(factors)
  return simple.length === 1 ? simple[0] : undefined
}

/** Moves the first element's centre by so many steps of a factor. */
export const shifted = (origin: Point, { step }: Factor, count: number): Point =>
  both(side => origin[side] + count * step[side])

/** Adds an axis up: what comes of it looks at the middle. The axis stays, with one element. */
export function reducedAxis(places: Places, at: number): Places {
  const { axes, origin } = places
  const middle = axes[at].factors.reduce<Point>(
    (point, factor) => shifted(point, factor, (factor.extent - 1) / 2),
    origin,
  )
  return { ...places, axes: axes.with(at, stillAxis(1)), origin: middle }
}

export const withoutAxes = (places: Places, gone: readonly number[]): Places => ({
  ...places,
  axes: places.axes.filter((_, axis) => !gone.includes(axis)),
})

/** Factors cut so that their extents multiply up to each of the target's in turn; undefined where they do not divide. */
function split(factors: readonly Factor[], extents: readonly number[]): Factor[][] | undefined {
  const rest = [...factors]
  const result: Factor[][] = []
  for (let index = extents.length - 1; index >= 0; index--) {
    const taken: Factor[] = []
    let missing = extents[index]
    while (missing > 1) {
      const factor = rest.pop()
      if (!factor) return undefined
      if (missing % factor.extent === 0) {
        taken.unshift(factor)
        missing /= factor.extent
      } else if (factor.extent % missing === 0) {
        const outer = both(side => factor.step[side] * missing)
        rest.push({ extent: factor.extent / missing, step: outer })
        taken.unshift({ extent: missing, step: factor.step })
        missing = 1
      } else return undefined
    }
    result.unshift(taken.length ? taken : [{ extent: 1, step: [0, 0] }])
  }
  return rest.every(({ extent }) => extent === 1) ? result : undefined
}

/** The same elements in another shape. */
export function reshaped(places: Places, shape: Shape): Places | typeof lost {
  const uneven = places.axes.flatMap((axis, index) => (axis.ahead || axis.behind ? [index] : []))
  if (uneven.length === 0) {
    const parts = split(
      places.axes.flatMap(({ factors }) => factors.filter(({ extent }) => extent > 1)),
      shape,
    )
    return parts ? { ...places, axes: parts.map(factors => ({ factors })) } : lost
  }
  // A row of tokens with others ahead stays a row: what stands before and behind it is arranged without it.
  const [at] = uneven
  const extent = extentOf(places.axes[at])
  const before = places.axes.slice(0, at).reduce((product, axis) => product * extentOf(axis), 1)
  const target = shape.findIndex(
    (size, axis) =>
      size === extent && shape.slice(0, axis).reduce((product, each) => product * each, 1) === before,
  )
  if (uneven.length > 1 || target < 0) return lost
  const left = reshaped({ ...places, axes: places.axes.slice(0, at) }, shape.slice(0, target))
  const right = reshaped({ ...places, axes: places.axes.slice(at + 1) }, shape.slice(target + 1))
  if (left === lost || right === lost) return lost
  return { ...places, axes: [...left.axes, places.axes[at], ...right.axes] }
}

/** One operand, and how much of the result it makes up. */
export interface Part {
  readonly places: Places
  readonly weight: number
}

/**
 * Operands of equal rank combined element by element: along each axis they have to move alike. Where their centres
 * differ the mean stands for all; `certain` says that the weights are known, as in a concatenation, so that it is no
 * guess.
 */
export function merged(parts: readonly Part[], certain: boolean): Places | typeof lost {
  const [{ places: first }] = parts
  const axes: Axis[] = []
  for (let at = 0; at < first.axes.length; at++) {
    const moving = parts.map(({ places }) => places.axes[at]).filter(axis => !isStillAxis(axis))
    const wide = parts.map(({ places }) => places.axes[at]).find(axis => extentOf(axis) > 1)
    const axis = moving.length ? common(moving) : (wide ?? first.axes[at])
    if (!axis) return lost
    axes.push(axis)
  }
  const combined = ([0, 1] as const).map(side => {
    const own = parts.filter(({ places }) =>
      places.axes.some(({ factors }) => factors.some(f => f.step[side])),
    )
    if (own.length === 0) return { origin: first.origin[side], slack: 0 }
    const whole = own.reduce((sum, { weight }) => sum + weight, 0)
    const origin = own.reduce((sum, { places, weight }) => sum + (weight / whole) * places.origin[side], 0)
    const reach = own.map(
      ({ places }) => places.slack[side] + (certain ? 0 : Math.abs(places.origin[side] - origin)),
    )
    return { origin, slack: Math.max(...reach) }
  })
  return {
    axes,
    origin: both(side => combined[side].origin),
    slack: both(side => combined[side].slack),
  }
}

/** The axis that several operands share: the one that is cut finest, if all move alike. */
function common(axes: readonly Axis[]): Axis | undefined {
  const finest = axes.reduce((a, b) => (b.factors.length > a.factors.length ? b : a))
  const form = (axis: Axis) =>
    JSON.stringify([
      axis.ahead ?? 0,
      simplified(axis.factors).map(({ extent, step }) => [extent, ...step.map(x => Math.round(x * 1e6))]),
    ])
  return axes.every(axis => form(axis) === form(finest)) ? finest : undefined
}
