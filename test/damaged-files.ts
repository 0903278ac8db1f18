/**
 * Damaged files: whatever happens to a file's bytes, reading it must end soon and in little memory, with a
 * GlasshouseError or with a sound result. GLASSHOUSE_FUZZ sets how many files are tried per format, and has the figures
 * printed.
 */
import { GlasshouseError } from '../src/base/errors.ts'
import { type Random, random } from '../src/base/random.ts'
import { attempts } from './thorough.ts'

export const damagedFiles = attempts(150)

/** Milliseconds for one file of a few kilobytes; generous, for a busy machine. */
const longest = 2000

/** Bytes that the process may grow by, at its peak, over all files. */
const largest = 2 ** 30

export interface Outcomes {
  /** how many could be read */
  read: number
  refused: number
  /** milliseconds for the slowest */
  slowest: number
  /** bytes that the peak of the process's memory grew by meanwhile */
  grown: number
}

/**
 * Reads damaged versions of the file and checks what could be read.
 *
 * @param harm makes a damaged version; anything can happen to any byte unless given
 */
export function readDamaged<Content>(
  name: string,
  file: Uint8Array,
  read: (bytes: Uint8Array) => Content,
  check: (content: Content) => void,
  harm: (file: Uint8Array, chance: Random) => Uint8Array = damage,
): Outcomes {
  const peak = () => process.resourceUsage().maxRSS * 1024
  const before = peak()
  const outcomes: Outcomes = { read: 0, refused: 0, slowest: 0, grown: 0 }
  for (let i = 0; i < damagedFiles; i++) {
    const bytes = harm(file, random('damage', name, i))
    const start = performance.now()
    try {
      check(read(bytes))
      outcomes.read++
    } catch (error) {
      if (!(error instanceof GlasshouseError))
        throw new Error(`file ${i} of ${name}: ${error}`, { cause: error })
      outcomes.refused++
    }
    const time = performance.now() - start
    if (time > longest) throw new Error(`file ${i} of ${name} took ${time} ms`)
    outcomes.slowest = Math.max(outcomes.slowest, time)
    outcomes.grown = peak() - before
    if (outcomes.grown > largest) throw new Error(`file ${i} of ${name} took ${outcomes.grown} bytes`)
  }
  if (process.env.GLASSHOUSE_FUZZ) {
    const { slowest, grown, ...counts } = outcomes
    const figures = `slowest ${slowest.toFixed(1)} ms, memory grew by ${(grown / 2 ** 20).toFixed(0)} MiB`
    process.stdout.write(`${name}: ${counts.read} read, ${counts.refused} refused, ${figures}\n`)
  }
  return outcomes
}

/** Flips, overwrites, inserts, removes, repeats, moves or cuts; values at the borders of their types come often. */
export function damage(file: Uint8Array, { integer, pick, chance }: Random): Uint8Array {
  let bytes = file
  do {
    const place = integer(bytes.length + 1)
    const length = pick([1, 1, 2, 4, 8, integer(64)])
    const before = bytes.subarray(0, place)
    const cut = bytes.subarray(place, place + length)
    const after = bytes.subarray(place + length)
    const value = pick([0, 1, 0x7f, 0x80, 0xff, integer(256)])
    const other = integer(file.length)
    const ways = [
      () => [before, cut.map(byte => byte ^ (1 << integer(8))), after],
      () => [before, cut.map(() => value), after],
      () => [before, cut.map(() => integer(256)), after],
      () => [before, new Uint8Array(length).fill(value), cut, after],
      () => [before, file.subarray(other, other + length), after],
      () => [before, after],
      () => [before, cut, cut, after],
      () => [before],
    ]
    bytes = new Uint8Array(Buffer.concat(pick(ways)()))
  } while (chance(0.4))
  return bytes
}

/** Numbers that are too large, too small or none, as they stand in JSON. */
const bordering = '-1 0 1 7 4294967296 9007199254740993 1e300 -0.5 "8" null [] {} true'.split(' ')

/** Well-formed JSON of another meaning: some of its numbers replaced. */
export function damageNumbers(json: string, { integer, pick, chance }: Random): string {
  let text = json
  do {
    const numbers = [...text.matchAll(/(?<![\w"])-?\d+(?![\w"])/g)]
    if (numbers.length === 0) return text
    const { 0: number, index } = numbers[integer(numbers.length)]
    const value = chance(0.3) ? String(Number(number) + pick([-1, 1, 4])) : pick(bordering)
    text = text.slice(0, index) + value + text.slice(index + number.length)
  } while (chance(0.5))
  return text
}

/** Instructions of pickles that need no operand, or bring one along. */
const instructions = [
  ...'(.0120Nl]}t)esuabRQ'.split('').map(letter => [letter.charCodeAt(0)]),
  ...[0x85, 0x86, 0x87, 0x88, 0x89, 0x8f, 0x90, 0x91, 0x93, 0x94, 0x81].map(code => [code]),
  [0x71, 0],
  [0x71, 255],
  [0x68, 0],
  [0x68, 3],
  [0x4b, 255],
  [0x4a, 255, 255, 255, 127],
  [0x4a, 255, 255, 255, 255],
  [0x8a, 8, 0, 0, 0, 0, 0, 0, 0, 0x40],
  [0x58, 255, 255, 255, 127],
  [...Buffer.from('ccollections\nOrderedDict\n')],
  [...Buffer.from('ctorch._utils\n_rebuild_tensor_v2\n')],
  [...Buffer.from('cbuiltins\neval\n')],
  [...Buffer.from('cposix\nsystem\n')],
]

/** A pickle with instructions that it did not have. */
export function damageInstructions(pickle: Uint8Array, { integer, pick, chance }: Random): Uint8Array {
  let bytes = pickle
  do {
    const place = integer(bytes.length + 1)
    const inserted = Array.from({ length: 1 + integer(4) }, () => pick(instructions)).flat()
    const replaced = chance(0.5) ? integer(4) : 0
    bytes = new Uint8Array(
      Buffer.concat([bytes.subarray(0, place), Uint8Array.from(inserted), bytes.subarray(place + replaced)]),
    )
  } while (chance(0.6))
  return bytes
}
