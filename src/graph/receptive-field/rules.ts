/**
 * What each operator does to the places of its input: a table by the operator's ONNX name. An operator that is not in
 * it, or is used in a way that is not foreseen, loses them.
 */
import { type Node, operands, type Value } from '../graph.ts'
import { integerAttribute, integersAttribute, stringAttribute } from '../ops/rule.ts'
import { numbersOf } from '../tensor.ts'
import {
  type Axis,
  both,
  extentOf,
  isStillAxis,
  type Knowledge,
  lost,
  merged,
  orNone,
  type Part,
  type Places,
  reducedAxis,
  reshaped,
  shifted,
  singleFactor,
  stillAxis,
  withoutAxes,
} from './places.ts'
import { strided, windows } from './windows.ts'

/** `given` has an entry for every input; `output` is the one of the node's outputs that is asked about. */
export type PlaceRule = (node: Node, given: readonly Knowledge[], output: Value) => Knowledge

const numbersIn = (value: Value | undefined): number[] | undefined => {
  const content = value?.graph.constantOf(value)
  return content && numbersOf(content)
}
const normal = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis)

/** A rule for operators whose first input alone has places. */
const ofFirst =
  (rule: (node: Node, places: Places, output: Value) => Knowledge): PlaceRule =>
  (node, [first], output) => {
    if (first === undefined || first === lost) return first
    const result = rule(node, first, output)
    return result === undefined || result === lost ? result : orNone(result)
  }

const same = ofFirst((_, places) => places)

/** Every operand at the rank of the result, the missing axes in front. */
const atRank = (places: Places, rank: number): Places => ({
  ...places,
  axes: [...Array.from({ length: rank - places.axes.length }, () => stillAxis(1)), ...places.axes],
})

/** Sums, products and the like. What was lost in a branch is taken from the others: a shortcut keeps places. */
const elementwise: PlaceRule = (_, given, output) => {
  const rank = output.shape.length
  const parts = given.flatMap((places): Part[] =>
    places && places !== lost ? [{ places: atRank(places, rank), weight: 1 }] : [],
  )
  const whole = parts.filter(({ places }) =>
    places.axes.every((axis, at) => extentOf(axis) === output.shape[at] || isStillAxis(axis)),
  )
  if (parts.length === 0) return given.includes(lost) ? lost : undefined
  if (whole.length < parts.length) return lost
  const result = merged(whole, false)
  if (result === lost) return lost
  // An operand of one element along an axis is repeated along it.
  const axes = result.axes.map((axis, at) =>
    extentOf(axis) === output.shape[at] ? axis : stillAxis(output.shape[at]),
  )
  return orNone({ ...result, axes })
}

const reduction = ofFirst((node, places) => {
  const rank = places.axes.length
  const given = numbersIn(node.inputs[1]) ?? integersAttribute(node, 'axes')
  const axes = given?.length ? given.map(axis => normal(axis, rank)) : places.axes.map((_, axis) => axis)
  const result = axes.reduce(reducedAxis, places)
  return integerAttribute(node, 'keepdims', 1) === 1 ? result : withoutAxes(result, axes)
})

const argument = ofFirst((node, places) => {
  const axis = normal(integerAttribute(node, 'axis', 0), places.axes.length)
  const result = reducedAxis(places, axis)
  return integerAttribute(node, 'keepdims', 1) === 1 ? result : withoutAxes(result, [axis])
})

const globalPool = ofFirst((_, places) =>
  places.axes
    .map((_, axis) => axis)
    .slice(2)
    .reduce(reducedAxis, places),
)

const concatenation: PlaceRule = (node, given, output) => {
  if (given.includes(lost)) return lost
  const axis = normal(integerAttribute(node, 'axis', 1), output.shape.length)
  const extents = node.inputs.map(input => input!.shape[axis])
  const known = given.flatMap((places, index) =>
    places && places !== lost ? [{ places, index, weight: extents[index] }] : [],
  )
  if (known.length === 0) return undefined
  if (known.every(({ places }) => isStillAxis(places.axes[axis]))) {
    const parts = known.map(({ places, weight }) => ({
      weight,
      places: { ...places, axes: places.axes.with(axis, stillAxis(1)) },
    }))
    const result = merged(parts, true)
    return result === lost ? lost : { ...result, axes: result.axes.with(axis, stillAxis(output.shape[axis])) }
  }
  if (known.length > 1) return lost
  const [{ places, index }] = known
  const sum = (part: readonly number[]) => part.reduce((a, b) => a + b, 0)
  const own = places.axes[axis]
  const longer: Axis = {
    factors: own.factors,
    ahead: (own.ahead ?? 0) + sum(extents.slice(0, index)),
    behind: (own.behind ?? 0) + sum(extents.slice(index + 1)),
  }
  return { ...places, axes: places.axes.with(axis, longer) }
}

/** The elements start, start + step, ... of an axis. */
function sliced(places: Places, at: number, start: number, step: number, count: number): Knowledge {
  const axis = places.axes[at]
  if (isStillAxis(axis)) return { ...places, axes: places.axes.with(at, stillAxis(count)) }
  const { ahead = 0, behind = 0, factors } = axis
  if (ahead || behind) {
    const end = start + count
    const own = extentOf({ factors })
    if (step !== 1) return lost
    if (end <= ahead || start >= ahead + own)
      return { ...places, axes: places.axes.with(at, stillAxis(count)) }
    if (start > ahead || end < ahead + own) return lost
    const rest = { factors, ahead: ahead - start, behind: end - ahead - own }
    return { ...places, axes: places.axes.with(at, rest) }
  }
  const factor = singleFactor(axis)
  if (!factor) return count === extentOf(axis) && step === 1 ? places : lost
  const thinned = { extent: count, step: both(side => factor.step[side] * step) }
  return {
    ...places,
    origin: shifted(places.origin, factor, start),
    axes: places.axes.with(at, { factors: [thinned] }),
  }
}

const slicing = ofFirst((node, places, output) => {
  const starts = numbersIn(node.inputs[1])
  const steps = numbersIn(node.inputs[4]) ?? starts?.map(() => 1)
  if (!starts || !steps) return lost
  const axes = numbersIn(node.inputs[3]) ?? starts.map((_, axis) => axis)
  return axes.reduce<Knowledge>((result, given, index) => {
    if (!result || result === lost) return result
    const at = normal(given, places.axes.length)
    const extent = node.inputs[0]!.shape[at]
    const from = starts[index] < 0 ? starts[index] + extent : starts[index]
    const start = Math.min(Math.max(from, 0), steps[index] < 0 ? extent - 1 : extent)
    return sliced(result, at, start, steps[index], output.shape[at])
  }, places)
})

const splitting = ofFirst((node, places, output) => {
  const axis = normal(integerAttribute(node, 'axis', 0), places.axes.length)
  const before = node.outputs.slice(0, node.outputs.indexOf(output))
  const start = before.reduce((sum, { shape }) => sum + shape[axis], 0)
  return sliced(places, axis, start, 1, output.shape[axis])
})

const gathering = ofFirst((node, places) => {
  const at = normal(integerAttribute(node, 'axis', 0), places.axes.length)
  const indices = node.inputs[1]!
  const numbers = numbersIn(indices)
  const axis = places.axes[at]
  const count = indices.shape.reduce((product, extent) => product * extent, 1)
  const arranged = (result: Knowledge) =>
    result && result !== lost
      ? {
          ...result,
          axes: [...result.axes.slice(0, at), ...indices.shape.map(stillAxis), ...result.axes.slice(at + 1)],
        }
      : result
  if (isStillAxis(axis)) return arranged(places)
  if (!numbers) return lost
  const wrapped = numbers.map(index => normal(index, extentOf(axis)))
  const step = count > 1 ? wrapped[1] - wrapped[0] : 1
  const even = wrapped.every((index, k) => index === wrapped[0] + k * step)
  if (!even || indices.shape.length > 1) return lost
  const result = sliced(places, at, wrapped[0], step, count)
  return indices.shape.length === 0 ? arranged(result) : result
})

const padding = ofFirst((node, places, { shape }) => {
  const amounts = numbersIn(node.inputs[1])
  if (!amounts) return lost
  const axes = numbersIn(node.inputs[3]) ?? shape.map((_, axis) => axis)
  return axes.reduce<Knowledge>((result, given, index) => {
    const at = normal(given, shape.length)
    return result && result !== lost ? padded(result, at, amounts[index], shape[at]) : result
  }, places)
})

function padded(places: Places, at: number, before: number, extent: number): Knowledge {
  const axis = places.axes[at]
  if (isStillAxis(axis)) return { ...places, axes: places.axes.with(at, stillAxis(extent)) }
  if (extent === extentOf(axis) && before === 0) return places
  const factor = singleFactor(axis)
  if (!factor) return lost
  return {
    ...places,
    origin: shifted(places.origin, factor, -before),
    axes: places.axes.with(at, { factors: [{ ...factor, extent }] }),
  }
}

const transposing = ofFirst((node, places) => {
  const order = integersAttribute(node, 'perm') ?? places.axes.map((_, axis) => axis).reverse()
  return { ...places, axes: order.map(axis => places.axes[axis]) }
})

const expanding = ofFirst((_, places, { shape }) => {
  const wide = atRank(places, shape.length)
  const axes = wide.axes.map((axis, at) => (extentOf(axis) === shape[at] ? axis : stillAxis(shape[at])))
  return wide.axes.every((axis, at) => axes[at] === axis || isStillAxis(axis)) ? { ...wide, axes } : lost
})

/**
 * What a second operand adds to the places of the first. A matrix of every place against every other, as in attention,
 * belongs to the places of the first operand, the queries; those of the second, over which it will be summed, are still.
 */
const withoutPairs = (first: Places, second: Places): Places => ({
  ...second,
  axes: second.axes.map((axis, at) => {
    const sides = ([0, 1] as const).filter(side => axis.factors.some(({ step }) => step[side] !== 0))
    const moves = ({ factors }: Axis) => factors.some(({ step }) => sides.some(side => step[side] !== 0))
    return first.axes.some((other, place) => place !== at && moves(other)) ? stillAxis(extentOf(axis)) : axis
  }),
})

/**
 * Products by the letters of their axes, as in an einsum: an axis that the result lacks is summed over. An operand
 * that is lost loses the product; one without places, such as a weight, does not matter.
 */
function contracted(
  operands: readonly { places: Knowledge; letters: string }[],
  result: string,
  shape: readonly number[],
): Knowledge {
  if (operands.some(({ places }) => places === lost)) return lost
  const parts = operands.flatMap(({ places, letters }): Part[] => {
    if (!places || places === lost) return []
    const gone = [...letters].flatMap((letter, axis) => (result.includes(letter) ? [] : [axis]))
    const summed = gone.reduce(reducedAxis, places)
    const axes = [...result].map((letter, at) => {
      const axis = letters.indexOf(letter)
      return axis < 0 ? stillAxis(shape[at]) : summed.axes[axis]
    })
    const kept = orNone({ ...summed, axes })
    return kept ? [{ places: kept, weight: 1 }] : []
  })
  if (parts.length === 0) return undefined
  const [first, ...rest] = parts
  const own = rest.flatMap(({ places, weight }) => {
    const kept = orNone(withoutPairs(first.places, places))
    return kept ? [{ places: kept, weight }] : []
  })
  return merged([first, ...own], false)
}

const product: PlaceRule = (node, [a, b], { shape }) => {
  const rank = shape.length
  const letters = 'abcdefghijklmnop'.slice(0, rank - 2)
  const word = (value: Value, last: string) => letters.slice(letters.length - (value.shape.length - 2)) + last
  const [left, right] = operands(node, 2)
  if (left.shape.length < 2 || right.shape.length < 2) return lost
  return contracted(
    [
      { places: a, letters: word(left, 'xz') },
      { places: b, letters: word(right, 'zy') },
    ],
    `${letters}xy`,
    shape,
  )
}

const matrixProduct: PlaceRule = (node, [a, b, c], output) => {
  const letters = (name: string, plain: string) =>
    integerAttribute(node, name, 0) === 1 ? [...plain].reverse().join('') : plain
  const whole = contracted(
    [
      { places: a, letters: letters('transA', 'xz') },
      { places: b, letters: letters('transB', 'zy') },
    ],
    'xy',
    output.shape,
  )
  return c ? elementwise(node, [whole, c], output) : whole
}

const einsum: PlaceRule = (node, given, { shape }) => {
  const [terms, result] = stringAttribute(node, 'equation', '').replaceAll(' ', '').split('->')
  if (result === undefined || terms.includes('.')) return lost
  const operands = terms.split(',').map((letters, index) => ({ places: given[index], letters }))
  return contracted(operands, result, shape)
}

/** A resized axis looks where its samples lie. */
const resizing = ofFirst((node, places, { shape }) => {
  const mode = stringAttribute(node, 'coordinate_transformation_mode', 'half_pixel')
  return places.axes.reduce<Knowledge>((result, axis, at) => {
    const [from, to] = [extentOf(axis), shape[at]]
    if (!result || result === lost || from === to) return result
    const factor = singleFactor(axis)
    if (!factor || isStillAxis(axis)) return lost
    // The nearest of a block's sources lies, on average, where a linear sample of the half pixels lies.
    const nearest = stringAttribute(node, 'mode', 'nearest') === 'nearest'
    if (mode === 'align_corners') return strided(result, at, (from - 1) / Math.max(to - 1, 1), 0, to)
    if (mode === 'asymmetric' && !(nearest && to > from)) return strided(result, at, from / to, 0, to)
    if (mode.endsWith('half_pixel') || mode === 'asymmetric')
      return strided(result, at, from / to, (0.5 * from) / to - 0.5, to)
    return lost
  }, places)
})

const blocks =
  (deeper: boolean) =>
  (node: Node, places: Places, { shape }: Value): Knowledge => {
    const block = integerAttribute(node, 'blocksize', 1)
    const [stride, start] = deeper ? [block, (block - 1) / 2] : [1 / block, (1 / block - 1) / 2]
    const channels = { ...reducedAxis(places, 1) }
    const whole: Knowledge = { ...channels, axes: channels.axes.with(1, stillAxis(shape[1])) }
    return [2, 3].reduce<Knowledge>(
      (result, at) => (result && result !== lost ? strided(result, at, stride, start, shape[at]) : result),
      whole,
    )
  }

const all = (names: string, rule: PlaceRule): Record<string, PlaceRule> =>
  Object.fromEntries(names.split(' ').map(name => [name, rule]))

/** By the name of the operator; those of other domains have it before their own. */
const placeRules: Readonly<Record<string, PlaceRule>> = {
  ...all(
    'Abs Acos Acosh Asin Asinh Atan Atanh BatchNormalization Cast Ceil Celu Clip Cos Cosh CumSum Dropout Elu Erf Exp ' +
      'Floor Gelu GroupNormalization HardSigmoid HardSwish Hardmax Identity InstanceNormalization LRN ' +
      'LayerNormalization LeakyRelu Log LogSoftmax LpNormalization MeanVarianceNormalization Mish Neg Not PRelu ' +
      'RMSNormalization Reciprocal Relu Round Selu Shrink Sigmoid Sign Sin Sinh Softmax Softplus Softsign Sqrt Swish ' +
      'Tan Tanh ThresholdedRelu Trilu',
    same,
  ),
  ...all(
    'Add And Div Equal Greater GreaterOrEqual Less LessOrEqual Max Mean Min Mod Mul Or Pow Sub Sum Where Xor ' +
      'com.microsoft.BiasGelu com.microsoft.FastGelu com.microsoft.QuickGelu',
    elementwise,
  ),
  ...all(
    'ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare',
    reduction,
  ),
  ...all('ArgMax ArgMin', argument),
  ...all('Conv ConvTranspose AveragePool LpPool MaxPool', ofFirst(windows)),
  ...all('GlobalAveragePool GlobalLpPool GlobalMaxPool', globalPool),
  ...all('Expand Tile', expanding),
  Concat: concatenation,
  DepthToSpace: ofFirst(blocks(false)),
  Einsum: einsum,
  Gather: gathering,
  Gemm: matrixProduct,
  MatMul: product,
  Pad: padding,
  Reshape: ofFirst((_, places, { shape }) => reshaped(places, shape)),
  Resize: resizing,
  Slice: slicing,
  SpaceToDepth: ofFirst(blocks(true)),
  Split: splitting,
  Transpose: transposing,
}

export const placeRuleOf = (name: string): PlaceRule | undefined =>
  Object.hasOwn(placeRules, name) ? placeRules[name] : undefined
