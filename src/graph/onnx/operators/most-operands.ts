/**
 * How many operands the operators of the table take at most, by the standard: of all its versions, the largest number.
 * What an operator needs at least it asks for itself, with `operands` of `graph.ts`.
 */
import { operatorError } from '../../graph.ts'
import type { Operation } from './operation.ts'

/** Operators that are not here take any number. */
const most = new Map(
  Object.entries({
    1: `
      Abs Acos Acosh ArgMax ArgMin Asin Asinh Atan Atanh AveragePool Cast Ceil Celu Cos Cosh DepthToSpace
      DynamicQuantizeLinear Elu Erf Exp Flatten Floor Gelu GlobalAveragePool GlobalLpPool GlobalMaxPool
      HardSigmoid HardSwish Hardmax Identity LRN LeakyRelu Log LogSoftmax LpNormalization LpPool MaxPool
      MeanVarianceNormalization Mish Neg Not Reciprocal Relu Round Selu Shape Shrink Sigmoid Sign Sin Sinh
      Size Softmax Softplus Softsign SpaceToDepth Sqrt Swish Tan Tanh ThresholdedRelu Transpose`,
    2: `
      Add And CastLike CumSum Div Equal Expand Gather GatherElements GatherND Greater GreaterOrEqual
      GridSample Less LessOrEqual MatMul Mod Mul Or PRelu Pow RMSNormalization ReduceL1 ReduceL2 ReduceLogSum
      ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare Reshape Split
      Squeeze Sub TopK Trilu Unsqueeze Upsample Xor`,
    3: `
      Clip Conv ConvTranspose DequantizeLinear Dropout Gemm GroupNormalization InstanceNormalization
      LayerNormalization OneHot QuantizeLinear ScatterElements ScatterND Tile Where`,
    4: `ConvInteger MatMulInteger Pad Resize RotaryEmbedding`,
    5: `BatchNormalization Slice`,
    6: `GRU RNN`,
    7: `Attention`,
    8: `LSTM QLinearMatMul`,
    9: `QLinearConv`,
  }).flatMap(([count, names]) =>
    names
      .trim()
      .split(/\s+/)
      .map(name => [name, Number(count)] as const),
  ),
)

/** @throws GlasshouseError 'operator-shape' where there are more operands than the operator takes */
export function refuseSurplus({ op, inputs }: Pick<Operation, 'op' | 'inputs'>): void {
  const taken = most.get(op) ?? inputs.length
  const given = inputs.findLastIndex(input => input !== undefined) + 1
  if (given > taken)
    throw operatorError(op, `it takes ${taken} operand${taken === 1 ? '' : 's'}, and not ${given}`, inputs)
}
