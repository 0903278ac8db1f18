/**
 * Files written by torch.save. Since PyTorch 1.6 they are zip archives: a pickle `data.pkl` describes everything
 * but the numbers, which lie in one entry `data/<key>` per storage. Before, they were a stream: a magic number, a
 * protocol version, notes on the machine, the pickle, the storages' keys, then the storages. torch/serialization.py
 * is the reference for both.
 *
 * Tensors are views of the file where they lie densely and aligned, and tensors that share a storage share memory.
 */
import type { Tensor } from '../graph/tensor.ts'
import { cursorOver } from './cursor.ts'
import { cutShort, damaged, quoted, unsupported } from './damage.ts'
import { elementSize } from './elements.ts'
import { readPickle } from './pickle.ts'
import { isGlobal, isTuple, type PythonValue, type StorageReference } from './python-values.ts'
import { pytorchGlobals, storageOf } from './pytorch-globals.ts'
import { stateDictOf } from './state-dict.ts'
import { tensorGatherer } from './strided.ts'
import { looksLikeZip, openZip } from './zip.ts'

export interface PytorchWeights {
  tensors: Map<string, Tensor>
  /** what else the checkpoint holds, by name: it is not read */
  skipped: string[]
}

/** A description of a checkpoint, and how to come by the content of a storage. */
interface Checkpoint {
  value: PythonValue
  content(storage: StorageReference): Uint8Array
}

const streamMagic = 0x1950a86a20f9469cfc6cn
const streamVersion = 1001

/** A zip archive, a pickle, or the tar archive of PyTorch's first release. */
export const looksLikePytorch = (bytes: Uint8Array): boolean =>
  looksLikeZip(bytes) || bytes[0] === 0x80 || looksLikeTar(bytes)

/**
 * The weights of a state_dict or of a checkpoint that holds one. The prefix `module.` of DataParallel is taken off.
 *
 * @param bytes the whole file
 * @param where the file's name, for errors
 */
export function decodePytorch(bytes: Uint8Array, where: string): PytorchWeights {
  if (looksLikeTar(bytes)) {
    throw unsupported(
      where,
      'the tar format of PyTorch 0.1 is not read',
      'Load and save it in a newer PyTorch',
    )
  }
  const { value, content } = looksLikeZip(bytes) ? openArchive(bytes, where) : openStream(bytes, where)
  const { tensors, skipped } = stateDictOf(value, where)
  const gather = tensorGatherer(content, bytes.byteLength, where)
  return {
    tensors: new Map([...tensors].map(([name, reference]) => [name, gather(name, reference)])),
    skipped,
  }
}

function openArchive(bytes: Uint8Array, where: string): Checkpoint {
  const entries = openZip(bytes, where)
  const description = [...entries.keys()].find(name => /^([^/]*\/)?data\.pkl$/.test(name))
  if (description === undefined) {
    throw unsupported(where, 'the archive was not written by torch.save: it has no data.pkl')
  }
  const prefix = description.replace('data.pkl', '')
  if (entries.has(`${prefix}constants.pkl`)) {
    throw unsupported(where, 'TorchScript programs are not read', 'Save the state_dict() of the module')
  }
  const byteOrder = entries.get(`${prefix}byteorder`)
  if (byteOrder && new TextDecoder().decode(byteOrder.read()) !== 'little') {
    throw unsupported(where, 'the file was written on a big-endian machine')
  }
  const { value } = readPickle(entries.get(description)!.read(), pickleOptions(where))
  const contents = new Map<string, Uint8Array>()
  return {
    value,
    content: ({ key }) => {
      const entry = entries.get(`${prefix}data/${key}`)
      if (!entry) throw cutShort(where, `storage ${quoted(key)}`, `an entry ${prefix}data/${key}`, 'none')
      const content = contents.get(key) ?? aligned(entry.read())
      contents.set(key, content)
      return content
    },
  }
}

function openStream(bytes: Uint8Array, where: string): Checkpoint {
  const storages = new Map<string, StorageReference>()
  const options = pickleOptions(where, storage => storages.set(storage.key, storage))
  let place = 0
  const next = (): PythonValue => {
    const { value, end } = readPickle(bytes, options, place)
    place = end
    return value
  }
  if (next() !== streamMagic) throw unsupported(where, 'the pickle was not written by torch.save')
  const version = next()
  if (version !== streamVersion)
    throw unsupported(where, `version ${String(version)} of the stream is not read`)
  const machine = next()
  if (machine instanceof Map && machine.get('little_endian') === false) {
    throw unsupported(where, 'the file was written on a big-endian machine')
  }
  const value = next()
  const keys = next()
  if (!Array.isArray(keys)) throw damaged(where, 'the file does not list its storages')
  const contents = new Map<string, Uint8Array>()
  const cursor = cursorOver(bytes, where, place)
  for (const key of keys) {
    const storage = typeof key === 'string' ? storages.get(key) : undefined
    if (!storage || contents.has(storage.key)) throw damaged(where, 'the list of storages is damaged')
    const elements = cursor.uint64()
    contents.set(storage.key, cursor.take(elements * elementSize(storage.dtype ?? 'uint8')))
  }
  return {
    value,
    content: ({ key }) => {
      const found = contents.get(key)
      if (!found) throw damaged(where, `the file lacks storage ${quoted(key)}`)
      const content = aligned(found)
      contents.set(key, content)
      return content
    },
  }
}

function pickleOptions(where: string, note: (storage: StorageReference) => void = () => {}) {
  return {
    where,
    global: pytorchGlobals(where),
    persistent: (id: PythonValue) => {
      // Before the zip format, the class of a whole module came with its source, which nobody reads here.
      if (isTuple(id) && id.items[0] === 'module' && isGlobal(id.items[1])) return id.items[1]
      const storage = storageOf(id, where)
      note(storage)
      return storage
    },
  }
}

/** Where any element type can view it; a copy only where it does not lie so already. */
const aligned = (bytes: Uint8Array): Uint8Array => (bytes.byteOffset % 8 === 0 ? bytes : bytes.slice())

const looksLikeTar = (bytes: Uint8Array): boolean =>
  [...'ustar'].every((character, i) => bytes[257 + i] === character.charCodeAt(0))
