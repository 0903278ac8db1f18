/**
 * The tie between maps, lambda sum |mu_a - mu_b|^2 over tied pairs of maps and over groups, mu being the mean
 * of the group's points in a map. A group is one item, or the items of a class.
 *
 * An explicit step along the tie's gradient diverges as soon as rate * gain * lambda is not small. It is taken
 * implicitly instead: with z the places to which divergence and momentum alone have led, and g the gains,
 *
 *   mu_a = mean z_a - k_a sum_b (mu_a - mu_b),   k_a = 2 rate lambda mean g_a / size_a,
 *
 * is solved exactly for each group, so no lambda diverges: the result lies within the hull of the z. A map that
 * is held in place has gain 0. All pairs: mu_a = w_a z_a + (1 - w_a) m with w_a = 1 / (1 + k_a n) and m the mean
 * of the z weighted by w. Chain and star are trees and are folded from the leaves to the root and back; no step
 * of either subtracts, so nothing is lost to rounding however large k is. Everything is done on differences from
 * one of the maps, so maps that agree exactly go on to agree exactly.
 */
import { meet } from './barrier'
import * as Field from './fields'
import { address, entry, integer, mapRecord, measure, setMeasure, share } from './job'

/** Doubles per map in a thread's scratch. */
const target: i32 = 0
const gain: i32 = 1
const excess: i32 = 2
const result: i32 = 3
const size: i32 = 4
const stiffness: i32 = 5
const scratchSlots: i32 = 6

function scratch(job: usize, thread: i32, map: i32): usize {
  const maps = integer(job, Field.mapCount)
  return address(job, Field.tieScratch) + (((thread * maps + map) * scratchSlots) << 3)
}

function groupStart(job: usize, group: i32): i32 {
  const starts = address(job, Field.groupStarts)
  return starts == 0 ? group : load<i32>(starts + (group << 2))
}

function groupItem(job: usize, at: i32): i32 {
  return address(job, Field.groupStarts) == 0 ? at : load<i32>(address(job, Field.groupItems) + (at << 2))
}

export function tie(job: usize, thread: i32, threads: i32): void {
  const groups = integer(job, Field.groupCount)
  const from = share(groups, thread, threads)
  const to = share(groups, thread + 1, threads)
  const selective = measure(job, Field.groupRatio) < 1
  if (selective) {
    for (let g = from; g < to; g++) measureGroup(job, g, thread)
    meet(job, threads)
  }
  for (let g = from; g < to; g++) {
    const tied = !selective || isNear(job, g, groups)
    tieAxis(job, g, 0, tied, thread)
    tieAxis(job, g, 4, tied, thread)
  }
}

/** Means of a group along one axis (byte offset 0 or 4) in every map; returns the first map that has any. */
function meansOfGroup(job: usize, group: i32, axis: usize, thread: i32): i32 {
  const maps = integer(job, Field.mapCount)
  const from = groupStart(job, group)
  const to = groupStart(job, group + 1)
  let first: i32 = -1
  for (let m: i32 = 0; m < maps; m++) {
    const map = mapRecord(job, m)
    const rows = address(map, Field.rowOfItem)
    const held = integer(map, Field.fixed) != 0
    let place: f64 = 0
    let gains: f64 = 0
    let count: i32 = 0
    for (let at = from; at < to; at++) {
      const row = load<i32>(rows + (groupItem(job, at) << 2))
      if (row < 0) continue
      count++
      const offset = (<usize>row << 3) + axis
      place += <f64>load<f32>(address(map, Field.positions) + offset)
      if (!held) gains += <f64>load<f32>(address(map, Field.gains) + offset)
    }
    const s = scratch(job, thread, m)
    setMeasure(s, size, <f64>count)
    if (count == 0) continue
    if (first < 0) first = m
    setMeasure(s, target, place / <f64>count)
    setMeasure(s, gain, gains / <f64>count)
  }
  return first
}

function tieAxis(job: usize, group: i32, axis: usize, tied: bool, thread: i32): void {
  const maps = integer(job, Field.mapCount)
  const first = meansOfGroup(job, group, axis, thread)
  if (first < 0) return
  const origin = measure(scratch(job, thread, first), target)
  const factor = 2 * measure(job, Field.learningRate) * measure(job, Field.tieWeight)
  for (let m: i32 = 0; m < maps; m++) {
    const s = scratch(job, thread, m)
    if (measure(s, size) == 0) continue
    setMeasure(s, target, measure(s, target) - origin)
    setMeasure(s, result, measure(s, target))
    setMeasure(s, stiffness, (factor * measure(s, gain)) / measure(s, size))
  }
  if (tied) {
    if (integer(job, Field.tieKind) == Field.tiePairs) solvePairs(job, maps, thread)
    else solveTree(job, maps, thread)
  }
  const from = groupStart(job, group)
  const to = groupStart(job, group + 1)
  for (let m: i32 = 0; m < maps; m++) {
    const map = mapRecord(job, m)
    const s = scratch(job, thread, m)
    if (measure(s, size) == 0 || integer(map, Field.fixed) != 0) continue
    const rows = address(map, Field.rowOfItem)
    // The group's pull spreads over its points in proportion to their gains, as an explicit step would.
    const shift = (measure(s, result) - measure(s, target)) / measure(s, gain)
    for (let at = from; at < to; at++) {
      const row = load<i32>(rows + (groupItem(job, at) << 2))
      if (row < 0) continue
      const offset = (<usize>row << 3) + axis
      const own = <f64>load<f32>(address(map, Field.gains) + offset)
      const velocity = address(map, Field.velocities) + offset
      const place = address(map, Field.positions) + offset
      store<f32>(velocity, <f32>(<f64>load<f32>(velocity) + own * shift))
      store<f32>(place, <f32>(<f64>load<f32>(place) + own * shift))
    }
  }
}

function solvePairs(job: usize, maps: i32, thread: i32): void {
  let present: f64 = 0
  for (let m: i32 = 0; m < maps; m++) if (measure(scratch(job, thread, m), size) > 0) present++
  let weights: f64 = 0
  let weighted: f64 = 0
  for (let m: i32 = 0; m < maps; m++) {
    const s = scratch(job, thread, m)
    if (measure(s, size) == 0) continue
    const w = 1 / (1 + measure(s, stiffness) * present)
    weights += w
    weighted += w * measure(s, target)
  }
  const middle = weighted / weights
  for (let m: i32 = 0; m < maps; m++) {
    const s = scratch(job, thread, m)
    if (measure(s, size) == 0) continue
    const k = measure(s, stiffness) * present
    setMeasure(s, result, (measure(s, target) + k * middle) / (1 + k))
  }
}

/** Row a of the system is (excess_a + sum of k_a) mu_a - sum k_a mu_b = result_a; excess starts at 1. */
function solveTree(job: usize, maps: i32, thread: i32): void {
  const order = address(job, Field.tieOrder)
  for (let m: i32 = 0; m < maps; m++) setMeasure(scratch(job, thread, m), excess, 1)
  for (let i: i32 = 0; i < maps; i++) {
    const m = <i32>entry(order, i)
    const parent = tiedParent(job, m, thread)
    if (parent < 0) continue
    const s = scratch(job, thread, m)
    const p = scratch(job, thread, parent)
    const pull = measure(p, stiffness) / (measure(s, excess) + measure(s, stiffness))
    setMeasure(p, excess, measure(p, excess) + pull * measure(s, excess))
    setMeasure(p, result, measure(p, result) + pull * measure(s, result))
  }
  for (let i = maps - 1; i >= 0; i--) {
    const m = <i32>entry(order, i)
    const parent = tiedParent(job, m, thread)
    const s = scratch(job, thread, m)
    const e = measure(s, excess)
    if (parent < 0) {
      setMeasure(s, result, measure(s, result) / e)
    } else {
      const k = measure(s, stiffness)
      const above = measure(scratch(job, thread, parent), result)
      setMeasure(s, result, (measure(s, result) + k * above) / (e + k))
    }
  }
}

/** The map that m is tied to where both have the group, otherwise -1. */
function tiedParent(job: usize, m: i32, thread: i32): i32 {
  const parent = <i32>entry(address(job, Field.tieParents), m)
  if (parent < 0 || measure(scratch(job, thread, m), size) == 0) return -1
  return measure(scratch(job, thread, parent), size) == 0 ? -1 : parent
}

/** Squared distance of a group's centroids, summed over the tied pairs of maps. */
function measureGroup(job: usize, group: i32, thread: i32): void {
  const maps = integer(job, Field.mapCount)
  const pairs = integer(job, Field.tieKind) == Field.tiePairs
  let total: f64 = 0
  for (let axis: usize = 0; axis <= 4; axis += 4) {
    if (meansOfGroup(job, group, axis, thread) < 0) continue
    for (let a: i32 = 0; a < maps; a++) {
      const s = scratch(job, thread, a)
      if (measure(s, size) == 0) continue
      if (pairs) {
        for (let b: i32 = 0; b < a; b++) {
          const other = scratch(job, thread, b)
          const d = measure(s, target) - measure(other, target)
          if (measure(other, size) > 0) total += d * d
        }
      } else {
        const parent = tiedParent(job, a, thread)
        if (parent < 0) continue
        const d = measure(s, target) - measure(scratch(job, thread, parent), target)
        total += d * d
      }
    }
  }
  setMeasure(address(job, Field.groupDistances), group, total)
}

/** Whether the group is among the nearest, by the share that is to be tied. */
function isNear(job: usize, group: i32, groups: i32): bool {
  const distances = address(job, Field.groupDistances)
  const own = measure(distances, group)
  let nearer: i32 = 0
  for (let g: i32 = 0; g < groups; g++) if (measure(distances, g) < own) nearer++
  return <f64>nearer < measure(job, Field.groupRatio) * <f64>groups
}
