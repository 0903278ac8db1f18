/**
 * Tensors: plain data with a shape. What goes into a graph, comes out of it and lies in weight files.
 */

export type Shape = readonly number[]

/** Element types by their ONNX names, and the typed array that holds each. float16 and bfloat16 are raw bits. */
export interface ArrayOf {
  float32: Float32Array
  float64: Float64Array
  float16: Uint16Array
  bfloat16: Uint16Array
  int8: Int8Array
  int16: Int16Array
  int32: Int32Array
  int64: BigInt64Array
  uint8: Uint8Array
  uint16: Uint16Array
  uint32: Uint32Array
  uint64: BigUint64Array
  bool: Uint8Array
}

export type DType = keyof ArrayOf
export type TensorData = ArrayOf[DType]

export interface Tensor<T extends DType = DType> {
  readonly dtype: T
  readonly shape: Shape
  /** row-major */
  readonly data: ArrayOf[T]
}

export const arrayTypes: {
  [T in DType]: {
    new (length: number): ArrayOf[T]
    new (buffer: ArrayBufferLike, offset?: number, length?: number): ArrayOf[T]
    BYTES_PER_ELEMENT: number
  }
} = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
}

/** Number of elements of a shape; 1 for a scalar. */
/** The largest number of the type float32; its negative is the lowest. */
export const largestFloat32 = (2 - 2 ** -23) * 2 ** 127

export const sizeOf = (shape: Shape): number => shape.reduce((product, extent) => product * extent, 1)

export function tensor<T extends DType>(dtype: T, shape: Shape, data: ArrayOf[T]): Tensor<T> {
  if (data.length !== sizeOf(shape)) {
    throw new RangeError(
      `a ${dtype} tensor of shape [${shape}] needs ${sizeOf(shape)} elements, got ${data.length}`,
    )
  }
  return { dtype, shape, data }
}

export const float32 = (shape: Shape, data: Float32Array | readonly number[]): Tensor<'float32'> =>
  tensor('float32', shape, data instanceof Float32Array ? data : Float32Array.from(data))

export const int64 = (shape: Shape, data: readonly number[] | BigInt64Array): Tensor<'int64'> =>
  tensor('int64', shape, data instanceof BigInt64Array ? data : BigInt64Array.from(data, BigInt))

/** The elements of a float32 tensor; a tensor of another type is a fault of the program. */
export function floats({ dtype, data }: Tensor): Float32Array {
  if (dtype !== 'float32' || !(data instanceof Float32Array))
    throw new TypeError(`a float32 tensor is needed, this one is ${dtype}`)
  return data
}

/** The elements of an int64 tensor; a tensor of another type is a fault of the program. */
export function integers({ dtype, data }: Tensor): BigInt64Array {
  if (dtype !== 'int64' || !(data instanceof BigInt64Array))
    throw new TypeError(`an int64 tensor is needed, this one is ${dtype}`)
  return data
}

/** The elements of a tensor of any type as plain numbers: exact up to 2^53. Half precision stays raw bits. */
export const numbersOf = ({ data }: Tensor): number[] => Array.from<number | bigint, number>(data, Number)

/** A tensor whose element type is known only at run time. */
export function typedTensor(dtype: DType, shape: Shape, data: TensorData): Tensor {
  if (!(data instanceof arrayTypes[dtype]))
    throw new TypeError(`a ${dtype} tensor needs a ${arrayTypes[dtype].name}, got a ${data.constructor.name}`)
  return { dtype, shape, data } as Tensor
}
