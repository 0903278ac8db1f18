/**
 * All threads run the same program and meet here between its phases. What one wrote before the barrier, the
 * others see after it. A thread that comes early spins for some microseconds (phases are short), then sleeps.
 */
import * as Field from './fields'

const spins: i32 = 2000

export function meet(job: usize, threads: i32): void {
  if (threads == 1) return
  const arrived = job + (Field.barrier << 3)
  const generation = arrived + 4
  const current = atomic.load<i32>(generation)
  if (atomic.add<i32>(arrived, 1) == threads - 1) {
    atomic.store<i32>(arrived, 0)
    atomic.add<i32>(generation, 1)
    atomic.notify(generation)
    return
  }
  for (let i: i32 = 0; i < spins; i++) if (atomic.load<i32>(generation) != current) return
  while (atomic.load<i32>(generation) == current) atomic.wait<i32>(generation, current, -1)
}
