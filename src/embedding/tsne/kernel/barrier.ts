/**
 * All threads run the same program and meet here between its phases. What one wrote before the barrier, the
 * others see after it. A thread that comes early spins for some tens of microseconds (phases are short), then
 * sleeps.
 *
 * Sleeping is left to the host's Atomics.wait. The instruction memory.atomic.wait32 would do the same, but V8's
 * baseline compiler (seen in Node 20.20, V8 11.3) zeroes half of a float64 that is live across it.
 */
import * as Field from './fields'

const spins: i32 = 30000

/** Returns when the number at the address is no longer `value`, or sooner. */
declare function sleep(address: usize, value: i32): void

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
  while (atomic.load<i32>(generation) == current) sleep(generation, current)
}
