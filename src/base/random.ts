/**
 * Reproducible random numbers: the same seed and keys give the same stream on every machine.
 *
 * The generator is xoshiro128** (Blackman and Vigna, 2018), seeded by hashing the seed and any keys with
 * FNV-1a and splitmix32. Keyed streams (`random(seed, 'crop', epoch, index)`) make a sample's randomness
 * independent of the order in which samples are prepared, so a resumed run repeats what was lost.
 */

/** The four 32-bit words that a stream continues from. */
export type RandomState = [number, number, number, number]

export interface Random {
  /** the next 32 random bits */
  bits(): number
  /** uniform in [low, high), 0 to 1 by default */
  uniform(low?: number, high?: number): number
  /** uniform integer in [0, bound) */
  integer(bound: number): number
  /** normal deviate */
  normal(mean?: number, deviation?: number): number
  /** fills the array with normal deviates of mean 0 and returns it: three times as fast as one by one, and other numbers */
  normals(target: Float32Array, deviation?: number): Float32Array
  /** true with the given probability */
  chance(probability: number): boolean
  pick<T>(items: ArrayLike<T>): T
  /** shuffles in place (Fisher-Yates) and returns its argument */
  shuffle<T extends { [index: number]: unknown; length: number }>(items: T): T
  state(): RandomState
}

export function random(seed: number | string, ...keys: (number | string)[]): Random {
  let hash = 0x811c9dc5
  for (const character of [seed, ...keys].join('\u0000')) {
    hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193)
  }
  const splitmix = () => {
    hash = (hash + 0x9e3779b9) | 0
    let z = hash ^ (hash >>> 16)
    z = Math.imul(z, 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return (z ^ (z >>> 15)) >>> 0
  }
  return resumeRandom([splitmix(), splitmix(), splitmix(), splitmix()])
}

/** Continues a stream from the state that `state()` returned. */
export function resumeRandom(state: RandomState): Random {
  let [a, b, c, d] = state
  const bits = () => {
    const product = Math.imul(b, 5)
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0
    const t = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= t
    d = (d << 11) | (d >>> 21)
    return result
  }
  const uniform = (low = 0, high = 1) => {
    const unit = ((bits() >>> 5) * 67108864 + (bits() >>> 6)) / 9007199254740992
    return low + (high - low) * unit
  }
  const integer = (bound: number) => Math.floor(uniform() * bound)
  return {
    bits,
    uniform,
    integer,
    // Box-Muller; the second deviate is dropped so that the state stays four words.
    normal: (mean = 0, deviation = 1) =>
      mean + deviation * Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    // Marsaglia's polar method (1964), which gives two at once and needs no cosine.
    normals: (target, deviation = 1) => {
      for (let at = 0; at < target.length; ) {
        const x = (bits() + 0.5) / 2147483648 - 1
        const y = (bits() + 0.5) / 2147483648 - 1
        const square = x * x + y * y
        if (square >= 1) continue
        const factor = deviation * Math.sqrt((-2 * Math.log(square)) / square)
        target[at++] = factor * x
        if (at < target.length) target[at++] = factor * y
      }
      return target
    },
    chance: probability => uniform() < probability,
    pick: items => items[integer(items.length)],
    shuffle: items => {
      for (let i = items.length - 1; i > 0; i--) {
        const j = integer(i + 1)
        const kept = items[i]
        items[i] = items[j]
        items[j] = kept
      }
      return items
    },
    state: () => [a >>> 0, b >>> 0, c >>> 0, d >>> 0],
  }
}
