/**
 * Finds the weights in what a checkpoint holds. Some are a state_dict and nothing else; most keep it under one of a
 * few customary names, beside the epoch, the optimiser, a moving average of the same weights and the like. Some are
 * whole modules, whose tables of parameters are read as their state_dict() would give them.
 */
import { GlasshouseError } from '../base/errors.ts'
import { quoted } from './damage.ts'
import { moduleState } from './module-state.ts'
import { isAverage } from './prefix.ts'
import { isInert, isTensor, kindOf, type PythonValue, type TensorReference } from './python-values.ts'

type Dictionary = Map<PythonValue, PythonValue>

/** By which name training programs keep a network's weights; the first that is there counts. */
const customary = [
  'state_dict',
  'model_state_dict',
  'model_state',
  'model',
  'net_state_dict',
  'net',
  'network',
  'params',
  'weights',
]
/** Put in front of every name by DataParallel and by torch.compile. */
const wrappers = ['module.', '_orig_mod.']
/** Checkpoints within checkpoints, and networks wrapped again, go no deeper. */
const deepest = 4

export interface StateDict {
  tensors: Map<string, TensorReference>
  /** what lies beside the weights, and entries among them that are not tensors */
  skipped: string[]
}

/** @param where the file's name, for errors */
export function stateDictOf(value: PythonValue, where: string): StateDict {
  const skipped: string[] = []
  let dictionary = dictionaryOf(value, where)
  let path = ''
  for (let depth = 0; depth < deepest; depth++) {
    const inner = innerOf(dictionary, where)
    if (!inner) break
    for (const [key, entry] of dictionary) if (key !== inner.key) skipped.push(path + skippedText(key, entry))
    path += `${inner.key}.`
    dictionary = inner.dictionary
  }
  const tensors = new Map<string, TensorReference>()
  for (const [key, entry] of dictionary) {
    if (isTensor(entry)) tensors.set(textOf(key), entry)
    else skipped.push(path + skippedText(key, entry))
  }
  return { tensors: unwrapped(tensors), skipped }
}

/** Strips the prefixes that every name has in common with a wrapped network. */
function unwrapped<T>(tensors: Map<string, T>, depth = 0): Map<string, T> {
  const names = [...tensors.keys()]
  const wrapper = wrappers.find(prefix => names.length > 0 && names.every(name => name.startsWith(prefix)))
  if (!wrapper || depth === deepest) return tensors
  const shorter = new Map([...tensors].map(([name, tensor]) => [name.slice(wrapper.length), tensor]))
  return unwrapped(shorter, depth + 1)
}

/** The dictionary that holds the weights, if this one does not hold them itself. */
function innerOf(outer: Dictionary, where: string): { key: string; dictionary: Dictionary } | undefined {
  for (const key of customary) {
    const dictionary = tableOf(outer.get(key), where)
    if (dictionary && holdsTensors(dictionary, deepest)) return { key, dictionary }
  }
  if (holdsTensors(outer, 1)) return undefined
  const candidates = new Map<Dictionary, string>()
  for (const [key, entry] of outer) {
    const table = tableOf(entry, where)
    if (typeof key === 'string' && table) candidates.set(table, key)
  }
  const found = [...candidates].filter(([dictionary]) => holdsTensors(dictionary, 1))
  const own = found.filter(([, key]) => !isAverage(`${key}.`))
  for (const sets of [found, own]) if (sets.length === 1) return { key: sets[0][1], dictionary: sets[0][0] }
  const keys = found.length ? found.map(([, key]) => key) : [...outer.keys()].map(textOf)
  throw new GlasshouseError({
    code: 'weights-no-state-dict',
    what: found.length ? 'the checkpoint holds several sets of weights' : 'the file holds no weights',
    where,
    expected: `a state_dict, or one under ${customary.slice(0, 4).join(', ')} or another customary name`,
    got: someOf(keys.map(quoted)) || 'nothing',
    hint: 'Save the state_dict() of the network alone',
  })
}

/** Whether there is a tensor in a dictionary or in those within it; each is looked at once, they may be shared. */
function holdsTensors(dictionary: Dictionary, levels: number): boolean {
  const seen = new Set([dictionary])
  let level = [dictionary]
  for (; levels > 0; levels--) {
    const next: Dictionary[] = []
    for (const entry of level.flatMap(outer => [...outer.values()])) {
      if (isTensor(entry)) return true
      if (!(entry instanceof Map) || seen.has(entry)) continue
      seen.add(entry)
      next.push(entry)
    }
    level = next
  }
  return false
}

/** A dictionary, or that of a whole module. */
const tableOf = (value: PythonValue | undefined, where: string): Dictionary | undefined =>
  value instanceof Map ? value : isInert(value) ? moduleState(value, where) : undefined

function dictionaryOf(value: PythonValue, where: string): Dictionary {
  const table = tableOf(value, where)
  if (table) return table
  throw new GlasshouseError({
    code: 'weights-no-state-dict',
    what: 'the file holds no weights by name',
    where,
    expected: 'a state_dict',
    got: `a ${kindOf(value)}`,
    hint: 'Save the state_dict() of the network',
  })
}

const textOf = (key: PythonValue): string =>
  typeof key === 'string' || typeof key === 'number' ? String(key) : `a ${kindOf(key)}`

/** What is not read, with its class where it is an object. */
const skippedText = (key: PythonValue, value: PythonValue): string =>
  isInert(value) ? `${textOf(key)} (${value.name})` : textOf(key)

function someOf(entries: readonly string[]): string {
  return entries.length > 6
    ? `${entries.slice(0, 5).join(', ')} and ${entries.length - 5} more`
    : entries.join(', ')
}
