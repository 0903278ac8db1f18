/** Runs `work` on every item with at most `limit` in flight; the results keep the order of the items. */
export async function mapConcurrently<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T, index: number) => Promise<R>,
  { signal, onProgress }: { signal?: AbortSignal; onProgress?: (done: number, total: number) => void } = {},
): Promise<R[]> {
  const results = new Array<R>(items.length)
  let next = 0
  let done = 0
  let failed = false
  const lane = async () => {
    while (next < items.length && !failed) {
      signal?.throwIfAborted()
      const index = next++
      results[index] = await work(items[index], index)
      onProgress?.(++done, items.length)
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
}
