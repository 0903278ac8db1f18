/** The values that a restricted unpickler can give: Python's plain data, and references to PyTorch's tensors. */
import type { DType, Shape } from '../graph/tensor.ts'

/** A list is an array, a dictionary a Map, an integer a number or, beyond 2^53, a bigint. */
export type PythonValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PythonValue[]
  | Map<PythonValue, PythonValue>
  | Set<PythonValue>
  | Tuple
  | Global
  | Inert
  | StorageReference
  | TensorReference

export interface Tuple {
  kind: 'tuple'
  items: PythonValue[]
}

/** A function or class that may be named. */
export interface Global {
  kind: 'global'
  /** module and name, joined by a point */
  name: string
  /** absent where it is only a name, such as an element type */
  call?: (args: PythonValue[]) => PythonValue
  /** a class or function that is not built here: what it would give is an Inert of its name */
  inert?: true
}

/** What stands for an object that is not built: its class by name, and its attributes where the pickle lists them. */
export interface Inert {
  kind: 'inert'
  name: string
  state?: PythonValue
}

/** Memory that tensors look into; its content lies elsewhere in the file. */
export interface StorageReference {
  kind: 'storage'
  key: string
  /** undefined for bare bytes: the tensor has the type */
  dtype?: DType
  /** elements of the whole storage; bytes where it has no type */
  elements: number
  /** where a part of the storage begins, in elements */
  offset: number
}

export interface TensorReference {
  kind: 'tensor'
  storage: StorageReference
  dtype: DType
  /** from the storage's begin, in elements */
  offset: number
  shape: Shape
  /** in elements */
  strides: readonly number[]
}

export const tuple = (items: PythonValue[]): Tuple => ({ kind: 'tuple', items })

/** What a value is, in Python's words. */
export function kindOf(value: PythonValue): string {
  if (value === null) return 'None'
  if (typeof value === 'string') return 'str'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'bigint') return 'int'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float'
  if (Array.isArray(value)) return 'list'
  if (value instanceof Map) return 'dict'
  if (value instanceof Set) return 'set'
  if (value instanceof Uint8Array) return 'bytes'
  return value.kind === 'global' || value.kind === 'inert' ? value.name : value.kind
}

type Tagged = Extract<PythonValue, { kind: string }>

const isTagged = (value: PythonValue | undefined): value is Tagged =>
  typeof value === 'object' && value !== null && 'kind' in value

export const isTuple = (value: PythonValue | undefined): value is Tuple =>
  isTagged(value) && value.kind === 'tuple'

export const isGlobal = (value: PythonValue | undefined): value is Global =>
  isTagged(value) && value.kind === 'global'

export const isInert = (value: PythonValue | undefined): value is Inert =>
  isTagged(value) && value.kind === 'inert'

export const isStorage = (value: PythonValue | undefined): value is StorageReference =>
  isTagged(value) && value.kind === 'storage'

export const isTensor = (value: PythonValue | undefined): value is TensorReference =>
  isTagged(value) && value.kind === 'tensor'
