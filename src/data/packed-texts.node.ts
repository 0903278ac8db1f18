/**
 * Very many texts, such as the paths of a long list, as the bytes of their UTF-8 in a few large blocks: ten million take
 * what their characters take and ten bytes each, where strings in an array take several times that.
 */

/** A text never crosses from one block into the next. Few texts take a small one. */
const blockSize = 2 ** 24
const firstBlockSize = 2 ** 14

export interface PackedTexts {
  readonly count: number
  /** a text may hold no zero character */
  add(text: string): void
  /** in the order in which they were added, unless sorted */
  at(place: number): string
  /**
   * Sorts by code unit, as `sort()` does.
   * @returns for each place, when its text was added, counted from 0
   */
  sort(): Uint32Array
}

export function packTexts(): PackedTexts {
  const blocks: Buffer[] = []
  let used = 0
  let blockOf = new Uint16Array(1024)
  let starts = new Uint32Array(1024)
  let order: Uint32Array | undefined
  let count = 0
  return {
    get count() {
      return count
    },
    add(text) {
      // A code unit takes at most three bytes, and the zero at the end one.
      const most = 3 * text.length + 1
      if (used + most > (blocks.at(-1)?.length ?? 0)) {
        blocks.push(Buffer.alloc(Math.max(most, blocks.length ? blockSize : firstBlockSize)))
        used = 0
      }
      if (count === starts.length) {
        starts = grown(starts, new Uint32Array(2 * count))
        blockOf = grown(blockOf, new Uint16Array(2 * count))
      }
      blockOf[count] = blocks.length - 1
      starts[count++] = used
      used += blocks[blocks.length - 1].write(text, used) + 1
    },
    at(place) {
      const text = order ? order[place] : place
      const block = blocks[blockOf[text]]
      const start = starts[text]
      return block.toString('utf8', start, block.indexOf(0, start))
    },
    sort() {
      order = Uint32Array.from({ length: count }, (_, text) => text)
      sortByBytes(order, (text, depth) => {
        const block = blocks[blockOf[text]]
        let key = 0
        for (let at = starts[text] + depth, shift = 24; shift >= 0; at++, shift -= 8) {
          if (block[at] === 0) break
          key |= rankOf[block[at]] << shift
        }
        return key >>> 0
      })
      return order
    },
  }
}

/** What is in `before`, with room behind it. */
export function grown<Numbers extends Uint32Array | Uint16Array | Uint8Array>(
  before: Numbers,
  larger: Numbers,
): Numbers {
  larger.set(before)
  return larger
}

/**
 * The order of code units in the bytes of UTF-8: characters beyond U+FFFF, whose first byte is F0 and more, are pairs of
 * code units from D800 on, so they come before those of U+E000 to U+FFFF, whose first byte is EE or EF.
 */
const rankOf = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0xf0 ? byte - 2 : byte >= 0xee ? byte + 16 : byte,
)

/** Below this many, a sort by insertion is faster. */
const fewTexts = 12

/**
 * Multikey quicksort (Bentley and Sedgewick 1997, "Fast algorithms for sorting and searching strings"): divides by a key
 * into less, equal and greater, and goes on behind the key where it is equal. A key is four bytes, held beside the order:
 * the texts themselves lie far apart in memory, and are looked at once for every four bytes.
 */
function sortByBytes(order: Uint32Array, keyAt: (text: number, depth: number) => number): void {
  const keys = Uint32Array.from(order, text => keyAt(text, 0))
  const open: [start: number, end: number, depth: number][] = [[0, order.length, 0]]
  const isLess = (a: number, b: number, depth: number): boolean => {
    for (let at = depth; ; at += keyBytes) {
      const [one, other] = [keyAt(a, at), keyAt(b, at)]
      if (one !== other) return one < other
      if (isLast(one)) return false
    }
  }
  const insert = (start: number, end: number, depth: number) => {
    for (let i = start + 1; i < end; i++) {
      const [text, key] = [order[i], keys[i]]
      let at = i
      for (; at > start; at--) {
        const before = keys[at - 1]
        if (key > before || (key === before && !isLess(text, order[at - 1], depth))) break
        order[at] = order[at - 1]
        keys[at] = before
      }
      order[at] = text
      keys[at] = key
    }
  }
  const swap = (a: number, b: number) => {
    const [text, key] = [order[a], keys[a]]
    order[a] = order[b]
    keys[a] = keys[b]
    order[b] = text
    keys[b] = key
  }
  for (let part = open.pop(); part; part = open.pop()) {
    const [start, end, depth] = part
    if (end - start < fewTexts) {
      insert(start, end, depth)
      continue
    }
    const [a, b, c] = [keys[start], keys[(start + end) >> 1], keys[end - 1]]
    const pivot = Math.max(Math.min(a, b), Math.min(Math.max(a, b), c))
    let [less, greater] = [start, end]
    for (let at = start; at < greater; ) {
      if (keys[at] < pivot) swap(at++, less++)
      else if (keys[at] > pivot) swap(at, --greater)
      else at++
    }
    open.push([start, less, depth], [greater, end, depth])
    if (isLast(pivot)) continue
    for (let at = less; at < greater; at++) keys[at] = keyAt(order[at], depth + keyBytes)
    open.push([less, greater, depth + keyBytes])
  }
}

const keyBytes = 4

/** Whether a text ends within a key: what follows the end counts as zeros. */
const isLast = (key: number): boolean => (key & 0xff) === 0
