/**
 * Batches of a montage: some moments of one video, at each of them some of the people. What is the same moment is to
 * come out alike, everything else in the batch apart: also the same person at another moment, so that a face is no help.
 * Moments of a batch keep a distance, so that none is pushed away from what is hardly another moment (the dead zone);
 * and a person's frame lies up to `within` seconds from the moment, so that nobody has to react in the same instant.
 */
import { GlasshouseError } from '../../base/errors.ts'
import { largest, smallest } from '../../base/extremes.ts'
import { random } from '../../base/random.ts'
import type { Batch } from '../batches.ts'
import type { MomentFrame } from './moments.ts'

export interface MomentBatchOptions {
  /** of one video in a batch */
  people: number
  moments: number
  /** seconds by which a frame may lie off its moment */
  within: number
  /** seconds between two moments of a batch, at least */
  apart: number
}

/** The frames of each person of each video, in their order in time. */
type Videos = Map<string, Map<string, number[]>>

export function videosOf(frames: readonly MomentFrame[], indices: ArrayLike<number>): Videos {
  const videos: Videos = new Map()
  for (let at = 0; at < indices.length; at++) {
    const { video, person } = frames[indices[at]]
    const people = videos.get(video) ?? new Map<string, number[]>()
    videos.set(video, people)
    const own = people.get(person)
    if (own) own.push(indices[at])
    else people.set(person, [indices[at]])
  }
  for (const people of videos.values())
    for (const own of people.values()) own.sort((a, b) => frames[a].seconds - frames[b].seconds)
  return videos
}

/** As many moments, `wanted` at most, as fit into the shortest video in whatever order they are drawn. */
export function momentsThatFit(
  frames: readonly MomentFrame[],
  indices: ArrayLike<number>,
  apart: number,
  wanted: number,
): number {
  let fit = wanted
  for (const people of videosOf(frames, indices).values()) {
    const times = [...people.values()].flatMap(own => own.map(index => frames[index].seconds))
    const length = largest(times) - smallest(times)
    // Each moment blocks `apart` on both sides.
    fit = Math.min(fit, Math.floor(length / (2 * apart)))
  }
  if (fit >= 2) return fit
  throw new GlasshouseError({
    code: 'moments-few',
    what: 'the video is too short for two moments that are far enough apart',
    path: ['options', 'apart'],
    got: `${apart} s`,
    hint: 'Choose a smaller --apart, or a longer video',
  })
}

/** Those of `own`, which are in the order of time, that are at most `within` seconds away. */
function framesNear(
  own: readonly number[],
  frames: readonly MomentFrame[],
  seconds: number,
  within: number,
): number[] {
  let [low, high] = [0, own.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (frames[own[middle]].seconds - seconds < -within) low = middle + 1
    else high = middle
  }
  const found: number[] = []
  while (low < own.length && frames[own[low]].seconds - seconds <= within) found.push(own[low++])
  return found
}

export function momentBatches(
  frames: readonly MomentFrame[],
  indices: ArrayLike<number>,
  { people, moments, within, apart, seed, epoch }: MomentBatchOptions & { seed: number; epoch: number },
): Batch[] {
  const stream = random(seed, 'moments', epoch)
  const batches: Batch[] = []
  for (const members of videosOf(frames, indices).values()) {
    const all = [...members.values()]
    const total = all.reduce((sum, own) => sum + own.length, 0)
    const steps = Math.max(1, Math.round(total / (people * moments)))
    for (let step = 0; step < steps; step++) {
      const chosen = stream.shuffle([...all]).slice(0, people)
      const taken: number[] = []
      const rows: number[] = []
      const candidates = stream.shuffle(chosen[0].map(index => frames[index].seconds))
      for (const seconds of candidates) {
        if (taken.length === moments) break
        if (taken.some(other => Math.abs(other - seconds) < apart)) continue
        const near = chosen.map(own => framesNear(own, frames, seconds, within + 1e-6))
        if (near.some(own => own.length === 0)) continue
        taken.push(seconds)
        rows.push(...near.map(own => stream.pick(own)))
      }
      // Where faces are missing so often that moments run out, the batch begins again with those it has.
      if (taken.length < 2) continue
      const size = people * moments
      batches.push({
        indices: Int32Array.from({ length: size }, (_, at) => rows[at % rows.length]),
        labels: Int32Array.from({ length: size }, (_, at) => Math.floor((at % rows.length) / people)),
        valid: size,
      })
    }
  }
  return stream.shuffle(batches)
}

export interface HeldOut {
  /** share of the people of each video, two at least */
  people: number
  /** share of the videos */
  videos: number
}

/**
 * Who is trained on and who is not: people of every video, and whole videos where there are three or more. Of a video with
 * fewer than four people nobody is held out.
 */
export function heldOutPeople(
  frames: readonly MomentFrame[],
  { people, videos }: HeldOut,
  seed: number,
): Set<string> {
  const members = videosOf(
    frames,
    frames.map((_, at) => at),
  )
  const names = [...members.keys()].sort()
  const count = names.length < 3 ? 0 : Math.min(names.length - 1, Math.round(videos * names.length))
  const whole = new Set(
    random(seed, 'held-out videos')
      .shuffle([...names])
      .slice(0, count),
  )
  const held = new Set<string>()
  for (const name of names) {
    const all = [...members.get(name)!.keys()].sort()
    const wanted = Math.max(2, Math.round(people * all.length))
    const some = whole.has(name)
      ? all
      : all.length - wanted < 2
        ? []
        : random(seed, 'held-out people', name)
            .shuffle([...all])
            .slice(0, wanted)
    for (const person of some) held.add(person)
  }
  return held
}
