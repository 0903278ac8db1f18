/** ONNX's numbers for element types (TensorProto.DataType), both ways. */
import type { DType } from '../tensor.ts'

export const onnxDataTypes: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
}

const byNumber = new Map(Object.entries(onnxDataTypes).map(([name, number]) => [number, name as DType]))

export const dtypeOfOnnx = (dataType: number): DType | undefined => byNumber.get(dataType)
