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
import { address, entry, integer, mapRecord, measure, pointShare, setMeasure, share } from './job'

/** In a thread's scratch, pairs of float64 (x, y) per map. Where a map lacks the group, `size` is 0. */
const target: i32 = 0
const gain: i32 = 1
/** of a tree: what is left of a row's own weight; of all pairs: w */
const excess: i32 = 2
const ownShare: i32 = 2
const result: i32 = 3
const size: i32 = 4
const stiffness: i32 = 5

function scratch(job: usize, thread: i32, map: i32): usize {
  const own = address(job, Field.tieScratch) + thread * address(job, Field.tieScratchStride)
  return own + ((map * Field.tieScratchSlots) << 4)
}

function pair(record: usize, slot: i32): v128 {
  return v128.load(record + (slot << 4))
}

function setPair(record: usize, slot: i32, value: v128): void {
  v128.store(record + (slot << 4), value)
}

/** Number of the group's points in the map of this scratch. */
function sizeOf(record: usize): f64 {
  return load<f64>(record + (size << 4))
}

/** The two numbers of a point in one of a map's arrays. */
function loadPoint(at: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(at))
}

function addToPoint(at: usize, change: v128): void {
  v128.store64_lane(at, f32x4.demote_f64x2_zero(f64x2.add(loadPoint(at), change)), 0)
}

function groupStart(starts: usize, group: i32): i32 {
  return starts == 0 ? group : load<i32>(starts + (group << 2))
}

/** An item's row in the map, -1 where the map lacks it. */
function rowAt(job: usize, starts: usize, map: usize, at: i32): i32 {
  const item = starts == 0 ? at : load<i32>(address(job, Field.groupItems) + (at << 2))
  return load<i32>(address(map, Field.rowOfItem) + (item << 2))
}

export function tie(job: usize, thread: i32, threads: i32): void {
  if (integer(job, Field.tieKind) == Field.tieRows) {
    tieRows(job, thread, threads)
    return
  }
  const groups = integer(job, Field.groupCount)
  const from = share(groups, thread, threads)
  const to = share(groups, thread + 1, threads)
  const selective = measure(job, Field.groupRatio) < 1
  if (selective) {
    for (let g = from; g < to; g++) measureGroup(job, g, thread)
    meet(job, threads)
  }
  for (let g = from; g < to; g++) {
    if (!selective || isNear(job, g, groups)) tieGroup(job, g, thread)
  }
}

/**
 * The common case: row by row, mu_a = z_a + k_a d, mu_b = z_b - k_b d with d = (z_b - z_a) / (1 + k_a + k_b),
 * two points at a time.
 */
function tieRows(job: usize, thread: i32, threads: i32): void {
  const one = mapRecord(job, 0)
  const other = mapRecord(job, 1)
  const factor = <f32>(2 * measure(job, Field.learningRate) * measure(job, Field.tieWeight))
  const ofOne = f32x4.splat(integer(one, Field.fixed) ? 0 : factor)
  const ofOther = f32x4.splat(integer(other, Field.fixed) ? 0 : factor)
  const count = integer(one, Field.pointCount)
  const to = <usize>pointShare(count, thread + 1, threads) << 3
  for (let at = <usize>pointShare(count, thread, threads) << 3; at < to; at += 16) {
    const a = f32x4.mul(ofOne, v128.load(address(one, Field.gains) + at))
    const b = f32x4.mul(ofOther, v128.load(address(other, Field.gains) + at))
    const apart = f32x4.sub(
      v128.load(address(other, Field.positions) + at),
      v128.load(address(one, Field.positions) + at),
    )
    const left = f32x4.div(apart, f32x4.add(f32x4.splat(1), f32x4.add(a, b)))
    shift(one, at, f32x4.mul(a, left))
    shift(other, at, f32x4.neg(f32x4.mul(b, left)))
  }
}

/** Moves two points of a map and adds to their velocities. */
function shift(map: usize, at: usize, change: v128): void {
  const places = address(map, Field.positions) + at
  const velocities = address(map, Field.velocities) + at
  v128.store(places, f32x4.add(v128.load(places), change))
  v128.store(velocities, f32x4.add(v128.load(velocities), change))
}

/** Means of a group in every map; returns the first map that has any of it. */
function meansOfGroup(job: usize, group: i32, thread: i32): i32 {
  const maps = integer(job, Field.mapCount)
  const starts = address(job, Field.groupStarts)
  const from = groupStart(starts, group)
  const to = groupStart(starts, group + 1)
  let first: i32 = -1
  for (let m: i32 = 0; m < maps; m++) {
    const map = mapRecord(job, m)
    const positions = address(map, Field.positions)
    const gainsOfMap = address(map, Field.gains)
    const held = integer(map, Field.fixed) != 0
    let place = f64x2.splat(0)
    let gains = f64x2.splat(0)
    let count: i32 = 0
    for (let at = from; at < to; at++) {
      const row = rowAt(job, starts, map, at)
      if (row < 0) continue
      count++
      place = f64x2.add(place, loadPoint(positions + (row << 3)))
      if (!held) gains = f64x2.add(gains, loadPoint(gainsOfMap + (row << 3)))
    }
    const s = scratch(job, thread, m)
    const points = f64x2.splat(<f64>count)
    setPair(s, size, points)
    if (count == 0) continue
    if (first < 0) first = m
    // Most groups are one item; divisions are what this loop waits for.
    setPair(s, target, count == 1 ? place : f64x2.div(place, points))
    setPair(s, gain, count == 1 ? gains : f64x2.div(gains, points))
  }
  return first
}

function tieGroup(job: usize, group: i32, thread: i32): void {
  const maps = integer(job, Field.mapCount)
  const first = meansOfGroup(job, group, thread)
  if (first < 0) return
  const origin = pair(scratch(job, thread, first), target)
  const factor = f64x2.splat(2 * measure(job, Field.learningRate) * measure(job, Field.tieWeight))
  for (let m: i32 = 0; m < maps; m++) {
    const s = scratch(job, thread, m)
    if (sizeOf(s) == 0) continue
    const from = f64x2.sub(pair(s, target), origin)
    setPair(s, target, from)
    setPair(s, result, from)
    const pull = f64x2.mul(factor, pair(s, gain))
    setPair(s, stiffness, sizeOf(s) == 1 ? pull : f64x2.div(pull, pair(s, size)))
  }
  if (integer(job, Field.tieKind) == Field.tiePairs) solvePairs(job, maps, thread)
  else solveTree(job, maps, thread)
  const starts = address(job, Field.groupStarts)
  const from = groupStart(starts, group)
  const to = groupStart(starts, group + 1)
  for (let m: i32 = 0; m < maps; m++) {
    const map = mapRecord(job, m)
    const s = scratch(job, thread, m)
    if (sizeOf(s) == 0 || integer(map, Field.fixed) != 0) continue
    const apart = f64x2.sub(pair(s, result), pair(s, target))
    const single = sizeOf(s) == 1
    // The group's pull spreads over its points in proportion to their gains, as an explicit step would.
    const perGain = single ? apart : f64x2.div(apart, pair(s, gain))
    for (let at = from; at < to; at++) {
      const row = rowAt(job, starts, map, at)
      if (row < 0) continue
      const offset = <usize>row << 3
      const change = single ? apart : f64x2.mul(loadPoint(address(map, Field.gains) + offset), perGain)
      addToPoint(address(map, Field.velocities) + offset, change)
      addToPoint(address(map, Field.positions) + offset, change)
    }
  }
}

function solvePairs(job: usize, maps: i32, thread: i32): void {
  let count: f64 = 0
  for (let m: i32 = 0; m < maps; m++) if (sizeOf(scratch(job, thread, m)) > 0) count++
  const present = f64x2.splat(count)
  const one = f64x2.splat(1)
  let weights = f64x2.splat(0)
  let weighted = f64x2.splat(0)
  for (let m: i32 = 0; m < maps; m++) {
    const s = scratch(job, thread, m)
    if (sizeOf(s) == 0) continue
    const w = f64x2.div(one, f64x2.add(one, f64x2.mul(pair(s, stiffness), present)))
    setPair(s, ownShare, w)
    weights = f64x2.add(weights, w)
    weighted = f64x2.add(weighted, f64x2.mul(w, pair(s, target)))
  }
  const middle = f64x2.div(weighted, weights)
  for (let m: i32 = 0; m < maps; m++) {
    const s = scratch(job, thread, m)
    if (sizeOf(s) == 0) continue
    const pull = f64x2.mul(f64x2.mul(pair(s, stiffness), present), middle)
    setPair(s, result, f64x2.mul(pair(s, ownShare), f64x2.add(pair(s, target), pull)))
  }
}

/** Row a of the system is (excess_a + sum of k_a) mu_a - sum k_a mu_b = result_a; excess starts at 1. */
function solveTree(job: usize, maps: i32, thread: i32): void {
  const order = address(job, Field.tieOrder)
  for (let m: i32 = 0; m < maps; m++) setPair(scratch(job, thread, m), excess, f64x2.splat(1))
  for (let i: i32 = 0; i < maps; i++) {
    const m = <i32>entry(order, i)
    const parent = tiedParent(job, m, thread)
    if (parent < 0) continue
    const s = scratch(job, thread, m)
    const p = scratch(job, thread, parent)
    const pull = f64x2.div(pair(p, stiffness), f64x2.add(pair(s, excess), pair(s, stiffness)))
    setPair(p, excess, f64x2.add(pair(p, excess), f64x2.mul(pull, pair(s, excess))))
    setPair(p, result, f64x2.add(pair(p, result), f64x2.mul(pull, pair(s, result))))
  }
  for (let i = maps - 1; i >= 0; i--) {
    const m = <i32>entry(order, i)
    const parent = tiedParent(job, m, thread)
    const s = scratch(job, thread, m)
    const e = pair(s, excess)
    if (parent < 0) {
      setPair(s, result, f64x2.div(pair(s, result), e))
    } else {
      const k = pair(s, stiffness)
      const above = pair(scratch(job, thread, parent), result)
      setPair(s, result, f64x2.div(f64x2.add(pair(s, result), f64x2.mul(k, above)), f64x2.add(e, k)))
    }
  }
}

/** The map that m is tied to where both have the group, otherwise -1. */
function tiedParent(job: usize, m: i32, thread: i32): i32 {
  const parent = <i32>entry(address(job, Field.tieParents), m)
  if (parent < 0 || sizeOf(scratch(job, thread, m)) == 0) return -1
  return sizeOf(scratch(job, thread, parent)) == 0 ? -1 : parent
}

/** Squared distance of a group's centroids, summed over the tied pairs of maps. */
function measureGroup(job: usize, group: i32, thread: i32): void {
  const maps = integer(job, Field.mapCount)
  const pairs = integer(job, Field.tieKind) == Field.tiePairs
  let total = f64x2.splat(0)
  meansOfGroup(job, group, thread)
  for (let a: i32 = 0; a < maps; a++) {
    const s = scratch(job, thread, a)
    if (sizeOf(s) == 0) continue
    if (pairs) {
      for (let b: i32 = 0; b < a; b++) {
        const other = scratch(job, thread, b)
        if (sizeOf(other) > 0) total = f64x2.add(total, squaredDifference(s, other))
      }
    } else {
      const parent = tiedParent(job, a, thread)
      if (parent >= 0) total = f64x2.add(total, squaredDifference(s, scratch(job, thread, parent)))
    }
  }
  const distance = f64x2.extract_lane(total, 0) + f64x2.extract_lane(total, 1)
  setMeasure(address(job, Field.groupDistances), group, distance)
}

function squaredDifference(one: usize, other: usize): v128 {
  const d = f64x2.sub(pair(one, target), pair(other, target))
  return f64x2.mul(d, d)
}

/** Whether the group is among the nearest, by the share that is to be tied. */
function isNear(job: usize, group: i32, groups: i32): bool {
  const distances = address(job, Field.groupDistances)
  const own = measure(distances, group)
  let nearer: i32 = 0
  for (let g: i32 = 0; g < groups; g++) if (measure(distances, g) < own) nearer++
  return <f64>nearer < measure(job, Field.groupRatio) * <f64>groups
}
