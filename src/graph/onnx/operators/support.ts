/**
 * What is supported of each ONNX operator that can be imported: how its shape is found, whether a gradient passes it,
 * whether it is folded, whether feature maps behind it have places. Read off the tables that do the work; the
 * reference is written from it, and tests hold it against every case in `test/operator-cases.ts`.
 */
import { decompositions, rules } from '../../gradient.ts'
import { placeRuleOf } from '../../receptive-field/rules.ts'
import { foldedOperators } from '../constant-folding.ts'
import { operators } from './index.ts'

/** Operators that an imported graph never holds: the importer writes these in their place. */
export const writtenAs: Readonly<Record<string, readonly string[]>> = {
  Attention: ['Add', 'Expand', 'MatMul', 'Mul', 'Reshape', 'Softmax', 'Tanh', 'Transpose', 'Where'],
  CastLike: ['Cast'],
  Flatten: ['Reshape'],
  Identity: [],
  RMSNormalization: ['Add', 'Mul', 'Reciprocal', 'ReduceMean', 'Sqrt'],
  RotaryEmbedding: ['Add', 'Concat', 'Gather', 'Mul', 'Reshape', 'Slice', 'Sub', 'Transpose'],
  Shape: [],
  Size: [],
  Squeeze: ['Reshape'],
  Swish: ['Mul', 'Sigmoid'],
  Unsqueeze: ['Reshape'],
  Upsample: ['Resize'],
}

const list = (names: string): ReadonlySet<string> => new Set(names.split(' '))

/** Their results are whole numbers or truth values, which have no derivative. */
const withoutDerivative = list(
  'And ArgMax ArgMin ConvInteger Equal Greater GreaterOrEqual Less LessOrEqual MatMulInteger ' +
    'Not Or QLinearConv QLinearMatMul QuantizeLinear Shape Size Xor',
)

/**
 * Behind these, no cell of a feature map looks at one place: single numbers, elements chosen by their values, states that
 * gather what came before.
 */
export const withoutPlaces = list(
  'ConstantOfShape GRU GatherElements GatherND GridSample LSTM OneHot RNN Range ScatterElements ScatterND Shape ' +
    'Size TopK',
)

/** Feature maps behind these lose their places for now: quantised networks are not followed. */
export const placesUnknown = list(
  'ConvInteger DequantizeLinear DynamicQuantizeLinear MatMulInteger QLinearConv QLinearMatMul QuantizeLinear',
)

/** Besides what is computed: what is known in another shape stays so, and shapes are always known. */
const folded = new Set([...foldedOperators, ...list('Flatten Identity Reshape Shape Size Squeeze Unsqueeze')])

export type GradientSupport = 'rule' | 'decomposition' | 'parts' | 'no derivative' | 'none'

export interface OperatorSupport {
  readonly name: string
  /** how its shape is found: worked out, or seen in one run of the engine */
  readonly shape: 'rule' | 'run'
  /** what stands in the graph in its place; undefined where it stands there itself */
  readonly writtenAs?: readonly string[]
  /** 'parts': that of the operators in its place */
  readonly gradient: GradientSupport
  /** whether it is computed while reading, where its operands are known */
  readonly folded: boolean
  /** whether the places of cells are followed through it */
  readonly places: boolean
}

const hasGradient = (name: string): boolean =>
  Object.hasOwn(rules, name) || Object.hasOwn(decompositions, name)

function gradientOf(name: string): GradientSupport {
  if (withoutDerivative.has(name)) return 'no derivative'
  if (name in writtenAs) return writtenAs[name].every(hasGradient) ? 'parts' : 'none'
  if (Object.hasOwn(rules, name)) return 'rule'
  return Object.hasOwn(decompositions, name) ? 'decomposition' : 'none'
}

const followsPlaces = (name: string): boolean =>
  name in writtenAs && writtenAs[name].length > 0
    ? writtenAs[name].every(followsPlaces)
    : placeRuleOf(name) !== undefined

const names = new Set([
  ...Object.keys(operators),
  ...foldedOperators,
  ...Object.keys(rules),
  ...Object.keys(decompositions),
])

/** In the order of the alphabet; operators of other domains last. */
export const operatorSupport: readonly OperatorSupport[] = [...names].sort().map(name => ({
  name,
  shape: Object.hasOwn(operators, name) ? 'rule' : 'run',
  writtenAs: writtenAs[name],
  gradient: gradientOf(name),
  folded: folded.has(name),
  places: followsPlaces(name),
}))
