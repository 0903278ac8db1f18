/**
 * The names that a PyTorch checkpoint may use, and what each of them builds here. This list is the whole of what
 * a pickle can reach; nothing in it touches more than its arguments.
 *
 * Other classes (arguments of training, paths, schedulers, numbers of NumPy, whole modules) become inert values: a name
 * and nothing else. Names that have no business in a checkpoint other than to do harm where it is loaded in Python are
 * refused, so that whoever opens such a file hears of it.
 */
import { arrayTypes, type DType, sizeOf } from '../graph/tensor.ts'
import { damaged, unsupported } from './damage.ts'
import {
  type Global,
  isGlobal,
  isStorage,
  isTensor,
  isTuple,
  kindOf,
  type PythonValue,
  type StorageReference,
  type TensorReference,
} from './python-values.ts'

const storageDtypes = {
  DoubleStorage: 'float64',
  FloatStorage: 'float32',
  HalfStorage: 'float16',
  BFloat16Storage: 'bfloat16',
  LongStorage: 'int64',
  IntStorage: 'int32',
  ShortStorage: 'int16',
  CharStorage: 'int8',
  ByteStorage: 'uint8',
  BoolStorage: 'bool',
} as const satisfies Record<string, DType>

/** Element type by the storage's full name; undefined for storages of bare bytes. */
const storages = new Map<string, DType | undefined>([
  ...['torch', 'torch.cuda'].flatMap(module =>
    Object.entries(storageDtypes).map(([name, dtype]) => [`${module}.${name}`, dtype] as const),
  ),
  ['torch.UntypedStorage', undefined],
  ['torch.storage.UntypedStorage', undefined],
  ['torch.storage._UntypedStorage', undefined],
])

/** Things that are only named, never called. */
const names = new Set([
  ...storages.keys(),
  ...Object.keys(arrayTypes).map(dtype => `torch.${dtype}`),
  'torch.Tensor',
  'torch.nn.parameter.Parameter',
])

/** No network has more; every tensor costs time in proportion. */
const maximalRank = 64

/** @param where the file's name, for errors */
export function pytorchGlobals(where: string): (name: string) => Global | undefined {
  const functions = callables(where)
  return name => {
    const call = functions.get(name)
    if (call) return { kind: 'global', name, call }
    if (names.has(name)) return { kind: 'global', name }
    if (isHarmful(name)) return undefined
    if (/^torch\.(cuda\.)?\w+Storage$/.test(name))
      throw unsupported(where, `tensors of a ${name} are not read`)
    return { kind: 'global', name, inert: true }
  }
}

/** Modules that run programs, reach the network or the disk, or load more code. */
const harmfulModules = new Set(
  `os posix nt subprocess sys shutil socket runpy importlib imp ctypes pty webbrowser code codeop commands pickle
  _pickle dill cloudpickle marshal timeit pdb bdb profile cProfile multiprocessing threading asyncio urllib urllib2
  http ftplib smtplib requests httpx pip setuptools distutils zipimport pkgutil linecache`.split(/\s+/),
)
/** Functions that do so, whatever module they are in. */
const harmfulFunctions = new Set(
  `eval exec execfile compile open input breakpoint load loads system popen CodeType FunctionType LambdaType
  load_url load_state_dict_from_url cpp_extension load_inline apply`.split(/\s+/),
)

/** Attributes with two underscores, such as __class__, are ways from one object to every other. */
function isHarmful(name: string): boolean {
  const parts = name.split('.')
  return (
    parts.some(part => harmfulModules.has(part)) ||
    harmfulFunctions.has(parts.at(-1)!) ||
    parts.some(
      (part, place) => /^__.*__$/.test(part) && !(place === 0 && /^__(main|mp_main|builtin)__$/.test(part)),
    )
  )
}

/**
 * A storage out of the persistent id by which a checkpoint refers to it: ('storage', type, key, device, elements),
 * in the old stream format with a sixth entry, None or (key, offset, elements) of a part of the storage.
 */
export function storageOf(id: PythonValue, where: string): StorageReference {
  const [tag, type, key, , elements, view] = isTuple(id) ? id.items : []
  if (tag !== 'storage' || !isGlobal(type) || !storages.has(type.name) || typeof key !== 'string') {
    throw damaged(where, 'the pickle is damaged: it refers to what is not a storage', kindOf(id))
  }
  const offset = isTuple(view) ? countOf(view.items[1], where) : 0
  const dtype = storages.get(type.name)
  return { kind: 'storage', key, dtype, elements: countOf(elements, where), offset }
}

function callables(where: string): Map<string, (args: PythonValue[]) => PythonValue> {
  const fault = (what: string, args: readonly PythonValue[]) =>
    damaged(where, `the pickle is damaged: ${what}`, `(${args.map(kindOf).join(', ')})`)

  /** (storage, offset, shape, strides, ...), after which stand matters of training */
  const tensor = (args: PythonValue[], dtype?: DType): TensorReference => {
    const [storage, offset, shape, strides] = args
    if (!isStorage(storage) || !isTuple(shape) || !isTuple(strides)) throw fault('this is not a tensor', args)
    if (shape.items.length !== strides.items.length || shape.items.length > maximalRank) {
      throw fault('shape and strides of a tensor do not fit', args)
    }
    const reference: TensorReference = {
      kind: 'tensor',
      storage,
      dtype: dtype ?? storage.dtype ?? 'uint8',
      offset: countOf(offset, where),
      shape: shape.items.map(extent => countOf(extent, where)),
      strides: strides.items.map(stride => countOf(stride, where)),
    }
    if (!Number.isSafeInteger(sizeOf(reference.shape))) throw fault('a tensor is beyond all measure', args)
    return reference
  }
  /** the same with the element type in the seventh place, for types that have no storage of their own */
  const tensorOfType = (args: PythonValue[]): TensorReference => {
    const [type] = args.slice(6)
    const dtype = isGlobal(type) ? type.name.replace('torch.', '') : ''
    if (!isDtype(dtype)) throw fault('a tensor has no element type', args)
    return tensor(args, dtype)
  }
  const parameter = (args: PythonValue[]): TensorReference => {
    if (!isTensor(args[0])) throw fault('a parameter is not a tensor', args)
    return args[0]
  }
  /** (function, type, arguments, attributes): a tensor to which somebody has given attributes */
  const tensorWithAttributes = (args: PythonValue[]): TensorReference => {
    const [build, type, inner] = args
    const rebuild = isGlobal(build) ? tensors.get(build.name) : undefined
    if (!rebuild || !isGlobal(type) || !isTuple(inner)) throw fault('this is not a tensor', args)
    return rebuild(inner.items)
  }
  const dictionary = ([entries = []]: PythonValue[]): PythonValue => {
    if (entries instanceof Map) return new Map(entries)
    if (!Array.isArray(entries)) throw fault('this is not a dictionary', [entries])
    return new Map(
      entries.map(entry => {
        const pair = isTuple(entry) ? entry.items : entry
        if (!Array.isArray(pair) || pair.length !== 2)
          throw fault('this is not an entry of a dictionary', [entry])
        return [pair[0], pair[1]]
      }),
    )
  }
  /** (function for new values, entries) */
  const defaultDictionary = ([, ...entries]: PythonValue[]): PythonValue => dictionary(entries)
  /** (class, base, state): an object of a class as Python 2 builds it */
  const reconstructed = ([of]: PythonValue[]): PythonValue => ({
    kind: 'inert',
    name: isGlobal(of) ? of.name : kindOf(of ?? null),
  })
  const set = ([items = []]: PythonValue[]): PythonValue => {
    if (!Array.isArray(items)) throw fault('this is not a set', [items])
    return new Set(items)
  }
  /** Bytes, as protocol 2 spells them: text of which every character is a byte. */
  const encode = (args: PythonValue[]): PythonValue => {
    const [text, encoding] = args
    if (typeof text !== 'string' || encoding !== 'latin1') throw fault('these are not bytes', args)
    return Uint8Array.from(text, character => character.charCodeAt(0))
  }
  const size = (args: PythonValue[]): PythonValue => {
    if (!isTuple(args[0])) throw fault('this is not a torch.Size', args)
    return args[0]
  }
  const device = (args: PythonValue[]): PythonValue =>
    args.map(part => (typeof part === 'string' || typeof part === 'number' ? part : '')).join(':')

  const tensors = new Map<string, (args: PythonValue[]) => TensorReference>([
    ['torch._utils._rebuild_tensor', tensor],
    ['torch._utils._rebuild_tensor_v2', tensor],
    ['torch._utils._rebuild_tensor_v3', tensorOfType],
    ['torch._utils._rebuild_parameter', parameter],
    ['torch._utils._rebuild_parameter_with_state', parameter],
  ])
  return new Map<string, (args: PythonValue[]) => PythonValue>([
    ...tensors,
    ['torch._tensor._rebuild_from_type_v2', tensorWithAttributes],
    ['torch.Size', size],
    ['torch.device', device],
    ['collections.OrderedDict', dictionary],
    ['collections.Counter', dictionary],
    ['collections.defaultdict', defaultDictionary],
    ['copyreg._reconstructor', reconstructed],
    ['copy_reg._reconstructor', reconstructed],
    ...['builtins', '__builtin__'].flatMap(module => [
      [`${module}.set`, set] as const,
      [`${module}.frozenset`, set] as const,
    ]),
    ['_codecs.encode', encode],
  ])
}

function countOf(value: PythonValue | undefined, where: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw damaged(
    where,
    'the pickle is damaged: a size is not a natural number',
    typeof value === 'number' ? `${value}` : kindOf(value ?? null),
  )
}

const isDtype = (name: string): name is DType => Object.hasOwn(arrayTypes, name)
