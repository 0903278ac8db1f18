/**
 * A restricted reader of Python pickles, protocols 2 to 5 (pickletools.py is the reference). A pickle is a program
 * for a small stack machine whose GLOBAL and REDUCE instructions may call any function of Python; that is how a
 * weights file can take over a computer. Here nothing of a pickle is ever run: a name is looked up in a list that the
 * caller gives. A name outside of it is refused, or stands for an inert value that keeps the name and nothing else,
 * as the caller says; checkpoints hold arguments of training and other objects that have nothing to do with weights.
 *
 * What a pickle can cost is bounded: every instruction is paid for from a budget, and so is every copy that a call
 * makes of its arguments, because instructions can name a large value again and again.
 */
import { GlasshouseError } from '../base/errors.ts'
import { type Cursor, cursorOver } from './cursor.ts'
import { damaged, shorten, unsupported } from './damage.ts'
import { type Global, isGlobal, isInert, isTuple, kindOf, type PythonValue, tuple } from './python-values.ts'

export interface PickleOptions {
  /** the file's name, for errors */
  where: string
  /** what a name stands for; undefined refuses it */
  global(name: string): Global | undefined
  /** what a persistent id stands for */
  persistent(id: PythonValue): PythonValue
}

/** In instructions. The checkpoint of a large network with its optimiser has some 10^5. */
const budget = 4_000_000
/** What an empty list, dictionary or set costs, in instructions, for the memory that it takes. */
const containerCost = 8
/** In bytes; no honest integer in a checkpoint is longer, and decoding takes the square of the length. */
const longestInteger = 256
/** In bytes; names and notes, no weights. */
const longestText = 2 ** 24

/** Reads the pickle at `place`; `end` is where it ends. */
export function readPickle(
  bytes: Uint8Array,
  options: PickleOptions,
  place = 0,
): { value: PythonValue; end: number } {
  const cursor = cursorOver(bytes, options.where, place)
  return { value: run(cursor, options), end: cursor.place }
}

/** The error for what a pickle wants to have built or called. */
export const refusal = (where: string, name: string): GlasshouseError =>
  new GlasshouseError({
    code: 'pickle-refused',
    what: `refuses to build ${shorten(name).replaceAll('"', '')}: a file of weights is plain data and tensors`,
    where,
    hint: 'If you trust the file, load it in Python and save only its state_dict()',
  })

function run(cursor: Cursor, { where, global, persistent }: PickleOptions): PythonValue {
  const stack: PythonValue[] = []
  const marks: number[] = []
  const memo = new Map<number, PythonValue>()
  let paid = 0

  const fault = (what: string, got?: PythonValue) =>
    damaged(where, `the pickle is damaged: ${what}`, got === undefined ? undefined : kindOf(got))
  const pay = (cost: number): void => {
    if ((paid += cost) > budget)
      throw unsupported(where, 'refuses a pickle that would take too much memory or time')
  }
  const push = (value: PythonValue): void => {
    stack.push(value)
  }
  const pushContainer = (value: PythonValue): void => {
    pay(containerCost)
    stack.push(value)
  }
  const floor = (): number => marks.at(-1) ?? 0
  const pop = (): PythonValue => {
    if (stack.length <= floor()) throw fault('it takes more from the stack than there is')
    return stack.pop()!
  }
  const top = (): PythonValue => {
    if (stack.length <= floor()) throw fault('it looks at an empty stack')
    return stack.at(-1)!
  }
  const popTuple = (count: number) => tuple(Array.from({ length: count }, pop).reverse())
  const popToMark = (): PythonValue[] => {
    const mark = marks.pop()
    if (mark === undefined) throw fault('it looks for a mark that was not set')
    return stack.splice(mark)
  }
  const text = (length: number): string => {
    if (length > longestText) throw fault('a text is too long')
    return cursor.text(length)
  }
  const integer = (length: number): number | bigint => {
    if (length > longestInteger) throw fault('an integer is too long')
    return integerOf(cursor.take(length))
  }
  const remember = (key: number): void => {
    memo.set(key, top())
  }
  const recall = (key: number): void => {
    const value = memo.get(key)
    if (value === undefined) throw fault('it recalls what it never remembered')
    push(value)
  }
  // What fills an object that is not built is dropped.
  const append = (items: PythonValue[]): void => {
    const list = top()
    if (isInert(list)) return
    if (!Array.isArray(list)) throw fault('it appends to something that is not a list', list)
    for (const item of items) list.push(item)
  }
  const add = (items: PythonValue[]): void => {
    const set = top()
    if (isInert(set)) return
    if (!(set instanceof Set)) throw fault('it adds to something that is not a set', set)
    for (const item of items) set.add(item)
  }
  const assign = (items: PythonValue[]): void => {
    const map = top()
    if (isInert(map)) return
    if (!(map instanceof Map)) throw fault('it sets an entry of something that is not a dictionary', map)
    if (items.length % 2) throw fault('a key has no value')
    for (let i = 0; i < items.length; i += 2) map.set(items[i], items[i + 1])
  }
  const pushGlobal = (module: PythonValue, name: PythonValue): void => {
    if (typeof module !== 'string' || typeof name !== 'string') throw fault('a name is not a text')
    const found = global(`${module}.${name}`)
    if (!found) throw refusal(where, `${module}.${name}`)
    push(found)
  }
  const call = (callee: PythonValue, args: PythonValue): void => {
    const inert = isInert(callee) || (isGlobal(callee) && callee.inert)
    const build = isGlobal(callee) ? callee.call : undefined
    if (!inert && !build) throw refusal(where, `a call of ${kindOf(callee)}`)
    if (!isTuple(args)) throw fault('the arguments of a call are not a tuple', args)
    if (!build) {
      instance(callee)
      return
    }
    for (const arg of args.items) pay(sizeOfArgument(arg))
    push(build(args.items))
  }
  /** An object of a class that is not built here. */
  const instance = (of: PythonValue | undefined): void => {
    if (!isInert(of) && !(isGlobal(of) && of.inert))
      throw refusal(where, `an object of ${kindOf(of ?? null)}`)
    pay(containerCost)
    push({ kind: 'inert', name: of.name })
  }
  /** Attributes of a dictionary, such as the versions that PyTorch notes on a state_dict, carry no weights. */
  const build = (state: PythonValue): void => {
    const object = top()
    if (isInert(object)) object.state = state
    else if (!(object instanceof Map && state instanceof Map))
      throw refusal(where, `the state of ${kindOf(object)}`)
  }

  for (;;) {
    pay(1)
    const opcode = cursor.uint8()
    switch (opcode) {
      case 0x80: // PROTO
        checkProtocol(cursor.uint8(), where)
        break
      case 0x95: // FRAME
        cursor.uint64()
        break
      case 0x2e: // STOP
        return pop()

      case 0x28: // MARK
        marks.push(stack.length)
        break
      case 0x30: // POP
        // Of a mark, it undoes the mark.
        if (marks.length && stack.length === floor()) marks.pop()
        else pop()
        break
      case 0x31: // POP_MARK
        popToMark()
        break
      case 0x32: // DUP
        push(top())
        break

      case 0x71: // BINPUT
        remember(cursor.uint8())
        break
      case 0x72: // LONG_BINPUT
        remember(cursor.uint32())
        break
      case 0x94: // MEMOIZE
        remember(memo.size)
        break
      case 0x68: // BINGET
        recall(cursor.uint8())
        break
      case 0x6a: // LONG_BINGET
        recall(cursor.uint32())
        break

      case 0x4e: // NONE
        push(null)
        break
      case 0x88: // NEWTRUE
        push(true)
        break
      case 0x89: // NEWFALSE
        push(false)
        break
      case 0x4a: // BININT
        push(cursor.int32())
        break
      case 0x4b: // BININT1
        push(cursor.uint8())
        break
      case 0x4d: // BININT2
        push(cursor.uint16())
        break
      case 0x8a: // LONG1
        push(integer(cursor.uint8()))
        break
      case 0x8b: // LONG4
        push(integer(cursor.uint32()))
        break
      case 0x47: // BINFLOAT
        push(cursor.float64BigEndian())
        break

      case 0x55: // SHORT_BINSTRING
      case 0x8c: // SHORT_BINUNICODE
        push(text(cursor.uint8()))
        break
      case 0x54: // BINSTRING
      case 0x58: // BINUNICODE
        push(text(cursor.uint32()))
        break
      case 0x8d: // BINUNICODE8
        push(text(cursor.uint64()))
        break
      case 0x43: // SHORT_BINBYTES
        push(cursor.take(cursor.uint8()))
        break
      case 0x42: // BINBYTES
        push(cursor.take(cursor.uint32()))
        break
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        push(cursor.take(cursor.uint64()))
        break

      case 0x5d: // EMPTY_LIST
        pushContainer([])
        break
      case 0x6c: // LIST
        pushContainer(popToMark())
        break
      case 0x61: // APPEND
        append([pop()])
        break
      case 0x65: // APPENDS
        append(popToMark())
        break
      case 0x29: // EMPTY_TUPLE
        push(tuple([]))
        break
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        push(popTuple(opcode - 0x84))
        break
      case 0x74: // TUPLE
        push(tuple(popToMark()))
        break
      case 0x7d: // EMPTY_DICT
        pushContainer(new Map())
        break
      case 0x64: {
        // DICT
        const items = popToMark()
        pushContainer(new Map())
        assign(items)
        break
      }
      case 0x73: // SETITEM
        assign(popTuple(2).items)
        break
      case 0x75: // SETITEMS
        assign(popToMark())
        break
      case 0x8f: // EMPTY_SET
        pushContainer(new Set())
        break
      case 0x90: // ADDITEMS
        add(popToMark())
        break
      case 0x91: // FROZENSET
        pushContainer(new Set(popToMark()))
        break

      case 0x63: // GLOBAL
        pushGlobal(cursor.line(), cursor.line())
        break
      case 0x93: {
        // STACK_GLOBAL
        const [module, name] = popTuple(2).items
        pushGlobal(module, name)
        break
      }
      case 0x52: {
        // REDUCE
        const [callee, args] = popTuple(2).items
        call(callee, args)
        break
      }
      case 0x62: // BUILD
        build(pop())
        break
      case 0x51: // BINPERSID
        push(persistent(pop()))
        break

      case 0x81: // NEWOBJ
        instance(popTuple(2).items[0])
        break
      case 0x92: // NEWOBJ_EX
        instance(popTuple(3).items[0])
        break
      case 0x6f: // OBJ
        instance(popToMark()[0])
        break
      case 0x69: // INST
        popToMark()
        pushGlobal(cursor.line(), cursor.line())
        instance(pop())
        break
      case 0x82: // EXT1
      case 0x83: // EXT2
      case 0x84: // EXT4
        throw refusal(where, 'what only a registry of Python extensions knows')
      case 0x97: // NEXT_BUFFER
      case 0x98: // READONLY_BUFFER
        throw unsupported(where, 'the pickle keeps data outside of itself')
      default:
        if ('IFLSVPgp'.includes(String.fromCharCode(opcode))) throw oldProtocol(where)
        throw fault(`0x${opcode.toString(16)} is not an instruction`)
    }
  }
}

function checkProtocol(protocol: number, where: string): void {
  if (protocol < 2) throw oldProtocol(where)
  if (protocol > 5) throw unsupported(where, `pickles of protocol ${protocol} are not read, only 2 to 5`)
}

const oldProtocol = (where: string): GlasshouseError =>
  unsupported(where, 'pickles of protocol 0 and 1 are not read', 'Save it with the default pickle_protocol')

/** Little endian, two's complement. */
function integerOf(bytes: Uint8Array): number | bigint {
  let value = 0n
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i])
  value = BigInt.asIntN(8 * bytes.length, value)
  return Number.isSafeInteger(Number(value)) ? Number(value) : value
}

/** How many elements a call may copy out of an argument. */
function sizeOfArgument(value: PythonValue): number {
  if (typeof value === 'string' || Array.isArray(value) || value instanceof Uint8Array) return value.length
  if (value instanceof Map || value instanceof Set) return value.size
  return isTuple(value) ? value.items.length : 1
}
