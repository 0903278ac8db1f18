/** The time, for what says how long something has been going on. */
import { signal } from '@preact/signals'

export const clock = signal(Date.now())
const ticking = setInterval(() => {
  clock.value = Date.now()
}, 1000)

/** In an exported page nothing goes on. */
export function stopClock(at: number): void {
  clearInterval(ticking)
  clock.value = at
}
