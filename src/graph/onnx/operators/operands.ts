/** How many operands the operators of the table take, by the standard: of all its versions, the largest number. */
import { operatorError } from '../../graph.ts'
import type { Operation } from './operation.ts'

const each = (count: number, names: string): [name: string, count: number][] =>
  names.split(' ').map(name => [name, count])

/** Operands that these cannot do without, though a shape can be told without them. */
const least = new Map([
  ...each(
    2,
    'Add Sub Mul Div Pow Mod PRelu MatMul Gemm Conv ConvTranspose LayerNormalization RMSNormalization',
  ),
  ...each(2, 'Gather GatherElements GatherND CumSum CastLike'),
  ...each(3, 'GroupNormalization InstanceNormalization ScatterElements ScatterND Where OneHot Attention'),
  ...each(3, 'RotaryEmbedding'),
  ...each(5, 'BatchNormalization'),
])

/** Operators that are not here take any number. */
const most = new Map([
  ...each(
    1,
    'Abs Acos Acosh ArgMax ArgMin Asin Asinh Atan Atanh AveragePool Cast Ceil Celu Cos Cosh DepthToSpace',
  ),
  ...each(
    1,
    'DynamicQuantizeLinear Elu Erf Exp Flatten Floor Gelu GlobalAveragePool GlobalMaxPool HardSigmoid',
  ),
  ...each(
    1,
    'HardSwish Hardmax Identity LRN LeakyRelu Log LogSoftmax LpNormalization MaxPool Mish Neg Not Round',
  ),
  ...each(
    1,
    'MeanVarianceNormalization Reciprocal Relu Selu Shape Shrink Sigmoid Sign Sin Sinh Size Softmax Sqrt',
  ),
  ...each(1, 'Softplus Softsign SpaceToDepth Swish Tan Tanh ThresholdedRelu Transpose'),
  ...each(
    2,
    'Add And CastLike CumSum Div Equal Expand Gather GatherElements GatherND Greater GreaterOrEqual Less',
  ),
  ...each(
    2,
    'LessOrEqual MatMul Mod Mul Or PRelu Pow RMSNormalization ReduceL1 ReduceL2 ReduceLogSum ReduceMax',
  ),
  ...each(
    2,
    'ReduceLogSumExp ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare Reshape Split Squeeze Sub',
  ),
  ...each(2, 'TopK Trilu Unsqueeze Upsample Xor'),
  ...each(
    3,
    'Clip Conv ConvTranspose DequantizeLinear Dropout Gemm GroupNormalization InstanceNormalization Tile',
  ),
  ...each(3, 'LayerNormalization OneHot QuantizeLinear ScatterElements ScatterND Where'),
  ...each(4, 'ConvInteger MatMulInteger Pad Resize RotaryEmbedding'),
  ...each(5, 'BatchNormalization Slice'),
  ...each(7, 'Attention'),
  ...each(8, 'QLinearMatMul'),
  ...each(9, 'QLinearConv'),
])

/** @throws GlasshouseError where operands are missing, or where there are more than the operator takes */
export function requireOperands({ op, inputs }: Pick<Operation, 'op' | 'inputs'>): void {
  const needed = least.get(op) ?? 0
  for (let index = 0; index < needed; index++)
    if (!inputs[index]) throw operatorError(op, `operand ${index} of ${needed} is missing`, inputs)
  const taken = most.get(op) ?? inputs.length
  const given = inputs.findLastIndex(input => input !== undefined) + 1
  if (given > taken)
    throw operatorError(op, `it takes ${taken} operand${taken === 1 ? '' : 's'}, and not ${given}`, inputs)
}
