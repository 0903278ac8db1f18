// How a repetition is timed, the same way as in peers/timing.py: some to warm up, then the median of the rest.
import { medianOf } from '../dist/base/statistics.js'

/** seconds of one repetition (an async function); settings: { warmUps, repetitions } */
export async function secondsOf(repetition, { warmUps, repetitions }) {
  for (let i = 0; i < warmUps; i++) await repetition()
  const times = []
  for (let i = 0; i < repetitions; i++) {
    const start = performance.now()
    await repetition()
    times.push((performance.now() - start) / 1000)
  }
  return medianOf(times)
}
