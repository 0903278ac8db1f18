/** The time, for what says how long something has been going on. */
import { signal } from '@preact/signals'

export const clock = signal(Date.now())
setInterval(() => {
  clock.value = Date.now()
}, 1000)
