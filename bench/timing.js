// How a repetition is timed, the same way as in peers/timing.py: some to warm up, then the median of the rest.

/** seconds of one repetition (an async function); settings: { warmUps, repetitions } */
export async function secondsOf(repetition, { warmUps, repetitions }) {
  for (let i = 0; i < warmUps; i++) await repetition()
  const times = []
  for (let i = 0; i < repetitions; i++) {
    const start = performance.now()
    await repetition()
    times.push((performance.now() - start) / 1000)
  }
  return median(times)
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
