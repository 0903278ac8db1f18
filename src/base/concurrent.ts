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
