/** A budget of memory that work done at the same time shares: work that would exceed it waits for others to end. */
export interface Budget {
  /** runs `work`, which needs this many bytes meanwhile; one that needs more than there is runs alone */
  within<T>(bytes: number, work: () => Promise<T>): Promise<T>
}

export function createBudget(total: number): Budget {
  let used = 0
  const waiting: { bytes: number; start: () => void }[] = []
  const startWaiting = () => {
    // In the order of their coming, so that large work is not put off for ever by small.
    while (waiting.length > 0 && (used === 0 || used + waiting[0].bytes <= total)) {
      const next = waiting.shift()
      if (!next) return
      used += next.bytes
      next.start()
    }
  }
  return {
    async within(bytes, work) {
      await new Promise<void>(start => {
        waiting.push({ bytes, start })
        startWaiting()
      })
      try {
        return await work()
      } finally {
        used -= bytes
        startWaiting()
      }
    },
  }
}
