/**
 * Training programs put a network inside others, and so its weights' names begin with something that the network
 * itself does not know: `model.`, `net.`, `backbone.encoder.`, `module.`. Beside it lie tensors of a loss, of a moving
 * average of the same weights, of heads that only training used. This file finds the network among them by its names.
 */

/** Put into names, at any depth, by what wraps a module for several devices, for the compiler or to save memory. */
const wrappers = /(^|\.)(?:(?:module|_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module)\.)+/g

/** The name without wrappers. */
export const withoutWrappers = (name: string): string => name.replace(wrappers, '$1')

/** Whether a prefix is that of a second copy of the weights that training keeps: a moving average, a teacher. */
export const isAverage = (prefix: string): boolean =>
  /(^|[._])(ema|swa|averaged?|avg|shadow|teacher|momentum|target|mean_?teacher|encoder_k|key_encoder)(?=[._])/i.test(
    prefix,
  )

export interface Prefixed {
  /** what stood before every name of the network */
  prefix: string
  /** names of the network, as the file has them, by the network's own */
  names: Map<string, string>
  /** names in the file that are not the network's: what stands elsewhere in its training program */
  beside: string[]
  /** prefixes under which the same network lies once more */
  copies: string[]
}

/**
 * Finds the prefix under which most of the wanted names are found; the empty one where less than half of them are
 * found under any.
 *
 * @param isWanted whether the network has a parameter of that name
 * @param count how many parameters it has
 */
export function findPrefix(
  names: Iterable<string>,
  isWanted: (name: string) => boolean,
  count: number,
): Prefixed {
  const plain = new Map<string, string>()
  for (const name of names) {
    const short = withoutWrappers(name)
    plain.set(plain.has(short) ? name : short, name)
  }
  const found = new Map<string, number>()
  for (const name of plain.keys()) {
    for (let start = 0; ; ) {
      if (isWanted(name.slice(start)))
        found.set(name.slice(0, start), (found.get(name.slice(0, start)) ?? 0) + 1)
      const point = name.indexOf('.', start)
      if (point < 0) break
      start = point + 1
    }
  }
  const sorted = [...found].sort(
    ([a, aCount], [b, bCount]) =>
      bCount - aCount || Number(isAverage(a)) - Number(isAverage(b)) || a.length - b.length,
  )
  const [prefix, most] = sorted.find(([, own]) => 2 * own >= count) ?? ['', 0]
  const own = new Map<string, string>()
  const beside: string[] = []
  for (const [name, original] of plain) {
    if (name.startsWith(prefix)) own.set(name.slice(prefix.length), original)
    else beside.push(original)
  }
  const copies = sorted.filter(([other, count]) => other !== prefix && count === most).map(([other]) => other)
  return { prefix, names: own, beside, copies }
}
