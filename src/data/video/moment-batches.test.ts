/** Batches of moments: who stands in them, how far apart, and who is held out. */
import { describe, expect, it } from 'vitest'
import { heldOutPeople, momentBatches, momentsThatFit } from './moment-batches.ts'
import { type MomentFrame, momentName, momentOf, personOf } from './moments.ts'

/** `people` of each video, four frames a second; the third one's face is lost at times. */
const framesOf = (videos: number, people: number, seconds = 40): MomentFrame[] =>
  Array.from({ length: videos * people * seconds * 4 }, (_, at) => {
    const person = at % people
    const video = Math.floor(at / people) % videos
    const index = Math.floor(at / (people * videos))
    return { video: `v${video}`, person: `v${video}/tile-${person + 1}`, seconds: index / 4 }
  }).filter(({ person, seconds }) => !(person.endsWith('-3') && seconds % 5 < 1))

describe('a batch of moments', () => {
  const frames = framesOf(2, 6)
  const indices = frames.map((_, at) => at)
  const options = { people: 4, moments: 8, within: 0.25, apart: 1.5, seed: 3 }
  const batches = momentBatches(frames, indices, { ...options, epoch: 1 })

  it('holds the same people at each of its moments, of one video', () => {
    expect(batches.length).toBeGreaterThan(20)
    for (const { indices, labels } of batches) {
      const rows = Array.from(indices, (index, at) => ({ ...frames[index], moment: labels![at] }))
      expect(new Set(rows.map(({ video }) => video)).size).toBe(1)
      const people = new Set(rows.map(({ person }) => person))
      expect(people.size).toBe(4)
      for (const moment of new Set(labels))
        expect(new Set(rows.filter(row => row.moment === moment).map(({ person }) => person))).toEqual(people)
    }
  })

  it('has a dead zone: what is one moment lies together, everything else apart', () => {
    for (const { indices, labels } of batches)
      for (let a = 0; a < indices.length; a++)
        for (let b = 0; b < a; b++) {
          const gap = Math.abs(frames[indices[a]].seconds - frames[indices[b]].seconds)
          if (labels![a] === labels![b]) expect(gap).toBeLessThanOrEqual(0.5)
          else expect(gap).toBeGreaterThanOrEqual(1.5 - 0.5)
        }
  })

  it('is another in each epoch, and the same for the same seed', () => {
    const flat = (epoch: number) =>
      momentBatches(frames, indices, { ...options, epoch }).map(batch => batch.indices.join())
    expect(flat(1)).toEqual(flat(1))
    expect(flat(1)).not.toEqual(flat(2))
  })

  it('has as many moments as fit', () => {
    expect(momentsThatFit(frames, indices, 1.5, 8)).toBe(8)
    expect(momentsThatFit(frames, indices, 5, 8)).toBe(3)
    expect(() => momentsThatFit(frames, indices, 30, 8)).toThrow(/too short/)
  })
})

describe('who is held out', () => {
  it('two people at least of each video, and whole videos where there are three', () => {
    const held = heldOutPeople(framesOf(4, 6), { people: 0.34, videos: 0.25 }, 0)
    const perVideo = [0, 1, 2, 3].map(video => [...held].filter(name => name.startsWith(`v${video}/`)).length)
    expect(perVideo.toSorted()).toEqual([2, 2, 2, 6])
  })

  it('nobody where two would not be left', () =>
    expect(heldOutPeople(framesOf(1, 3), { people: 0.34, videos: 0.2 }, 0).size).toBe(0))
})

it('moments and people are read from classes and paths', () => {
  const moment = { video: 'a talk@home', seconds: 12.25 }
  expect(momentOf(momentName(moment))).toEqual(moment)
  expect(momentOf('Maize')).toBeUndefined()
  expect(personOf('talk/tile-3/000012.jpg')).toBe('talk/tile-3')
})
