/**
 * Damaged files: whatever happens to a file's bytes, reading it must end soon, with a GlasshouseError or with a sound
 * result. GLASSHOUSE_FUZZ sets how many files are tried per format.
 */
import { GlasshouseError } from '../src/errors.ts'
import { type Random, random } from '../src/random.ts'

export const damagedFiles = Number(process.env.GLASSHOUSE_FUZZ ?? 2000)

/** Milliseconds for one file of a few kilobytes; generous, for a busy machine. */
const longest = 2000

/**
 * Reads `damagedFiles` damaged versions of the file and checks what could be read.
 *
 * @returns how many could be read, and how many were refused
 */
export function readDamaged<Content>(
  name: string,
  file: Uint8Array,
  read: (bytes: Uint8Array) => Content,
  check: (content: Content) => void,
): { read: number; refused: number } {
  const outcomes = { read: 0, refused: 0 }
  for (let i = 0; i < damagedFiles; i++) {
    const bytes = damage(file, random('damage', name, i))
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
  }
  return outcomes
}

/** Flips, overwrites, inserts, removes, repeats or cuts; values at the borders of their types come often. */
function damage(file: Uint8Array, { integer, pick, chance }: Random): Uint8Array {
  let bytes = file
  do {
    const place = integer(bytes.length + 1)
    const length = pick([1, 1, 2, 4, 8, integer(64)])
    const before = bytes.subarray(0, place)
    const cut = bytes.subarray(place, place + length)
    const after = bytes.subarray(place + length)
    const value = pick([0, 1, 0x7f, 0x80, 0xff, integer(256)])
    const ways = [
      () => [before, cut.map(byte => byte ^ (1 << integer(8))), after],
      () => [before, cut.map(() => value), after],
      () => [before, cut.map(() => integer(256)), after],
      () => [before, new Uint8Array(length).fill(value), cut, after],
      () => [before, after],
      () => [before, cut, cut, after],
      () => [before],
    ]
    bytes = new Uint8Array(Buffer.concat(pick(ways)()))
  } while (chance(0.4))
  return bytes
}
