/**
 * The kernel of t-SNE: what runs in WebAssembly, in several threads at once over one shared memory. Every
 * export is called in all threads with the same arguments but the first, and returns when its work is done.
 * Sums are formed per thread and added in the order of the threads, so the same number of threads gives the
 * same result bit for bit.
 */
import { meet } from './barrier'
import { addAttraction, attractionEnergy, setEnergy, step } from './descent'
import * as Field from './fields'
import { address, integer, mapRecord, measure, setMeasure } from './job'
import { repel } from './repulsion'
import { tie } from './tie'

export { neighbours } from './neighbours'

/** Takes steps of gradient descent on all maps of a job that are not held in place. */
export function descend(
  thread: i32,
  threads: i32,
  job: usize,
  steps: i32,
  exaggeration: f64,
  momentum: f64,
): void {
  const maps = integer(job, Field.mapCount)
  const tied = integer(job, Field.tieKind) != Field.tieNone
  const rate = measure(job, Field.learningRate)
  for (let i: i32 = 0; i < steps; i++) {
    for (let m: i32 = 0; m < maps; m++) {
      const map = mapRecord(job, m)
      if (integer(map, Field.fixed)) continue
      repel(job, map, thread, threads)
      addAttraction(map, exaggeration, thread, threads)
      // Other threads may still read the positions that the step changes.
      meet(job, threads)
      step(map, rate, momentum, thread, threads)
    }
    meet(job, threads)
    if (tied) {
      tie(job, thread, threads)
      meet(job, threads)
    }
  }
}

/** Fills in every map's gradient (of the divergence alone), its normaliser and its sum of p log(1 + d^2). */
export function assess(thread: i32, threads: i32, job: usize): void {
  const maps = integer(job, Field.mapCount)
  for (let m: i32 = 0; m < maps; m++) {
    const map = mapRecord(job, m)
    if (integer(map, Field.rowStarts) == 0) continue
    repel(job, map, thread, threads)
    addAttraction(map, 1, thread, threads)
    setMeasure(address(job, Field.sums), thread, attractionEnergy(map, thread, threads))
    meet(job, threads)
    if (thread == 0) setEnergy(map, address(job, Field.sums), threads)
    meet(job, threads)
  }
}
