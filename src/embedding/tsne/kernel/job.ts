/** Reading a job: see fields.ts for its slots. */
import { headerSlots, mapSlots } from './fields'

export function integer(record: usize, slot: i32): i32 {
  return load<i32>(record + (slot << 3))
}

export function address(record: usize, slot: i32): usize {
  return load<usize>(record + (slot << 3))
}

export function measure(record: usize, slot: i32): f64 {
  return load<f64>(record + (slot << 3))
}

export function setMeasure(record: usize, slot: i32, value: f64): void {
  store<f64>(record + (slot << 3), value)
}

/** The i-th address of a list of addresses. */
export function entry(list: usize, i: i32): usize {
  return load<usize>(list + (i << 2))
}

export function mapRecord(job: usize, map: i32): usize {
  return job + ((headerSlots + map * mapSlots) << 3)
}

/** Where a thread's share of `count` pieces begins; the share of thread `thread` ends where the next begins. */
export function share(count: i32, thread: i32, threads: i32): i32 {
  return <i32>((<i64>count * thread) / threads)
}

/** The same for points: in whole pairs, so that a vector of four coordinates belongs to one thread. */
export function pointShare(count: i32, thread: i32, threads: i32): i32 {
  return thread == threads ? count : share((count + 1) >> 1, thread, threads) << 1
}
