import { createWork, inStage, unwatched, type Work } from './work.ts'

/**
 * Does `each` for every item with at most `limit` in flight; the results keep the order of the items.
 *
 * @param stage what the progress is called; none is shown unless given
 */
export async function mapConcurrently<T, R>(
  items: readonly T[],
  limit: number,
  each: (item: T, index: number) => Promise<R>,
  { work = createWork(), stage }: { work?: Work; stage?: string } = {},
): Promise<R[]> {
  const watched = stage === undefined ? unwatched(work) : work
  return inStage(watched, stage ?? '', items.length, async update => {
    const results = new Array<R>(items.length)
    let next = 0
    let done = 0
    let failed = false
    const lane = async () => {
      while (next < items.length && !failed) {
        work.signal.throwIfAborted()
        const index = next++
        results[index] = await each(items[index], index)
        update(++done)
      }
    }
    // Every lane is awaited, also after a failure, so that nothing still runs when the caller hears of it.
    const lanes = Array.from({ length: Math.max(1, limit) }, () =>
      lane().catch(error => {
        failed = true
        throw error
      }),
    )
    const outcome = (await Promise.allSettled(lanes)).find(lane => lane.status === 'rejected')
    if (outcome) throw outcome.reason
    return results
  })
}

/** At most `most` work at once. The others wait in order, and leave the queue when their signal is aborted. */
export function turns(most: number) {
  let working = 0
  const waiting = new Set<() => void>()
  return async <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
    while (working >= most) {
      let wake = () => {}
      await new Promise<void>(resolve => {
        wake = resolve
        waiting.add(wake)
        signal.addEventListener('abort', wake, { once: true })
      })
      signal.removeEventListener('abort', wake)
      waiting.delete(wake)
      if (signal.aborted) break
    }
    if (signal.aborted) {
      // The turn that woke it goes to the next one.
      waiting.values().next().value?.()
      signal.throwIfAborted()
    }
    working++
    try {
      return await work()
    } finally {
      working--
      waiting.values().next().value?.()
    }
  }
}

/** Whoever asks for a key whose work is under way waits for that work. Whoever asks later begins it again. */
export function joined<T>() {
  const underWay = new Map<string, Promise<T>>()
  return (key: string, work: () => Promise<T>): Promise<T> => {
    const begun = underWay.get(key) ?? work().finally(() => underWay.delete(key))
    underWay.set(key, begun)
    return begun
  }
}
