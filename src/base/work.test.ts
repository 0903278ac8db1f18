import { expect, test, vi } from 'vitest'
import { expectWellFormed } from '../../test/work-events.ts'
import {
  createPace,
  createWork,
  inStage,
  note,
  openStage,
  preview,
  unwatched,
  type WorkEvent,
} from './work.ts'

function watched() {
  const events: WorkEvent[] = []
  const stop = new AbortController()
  const work = createWork({ signal: stop.signal, emit: event => events.push(event) })
  return { events, work, stop, kinds: () => events.map(({ kind }) => kind) }
}

test('stages with one name, side by side, differ by their numbers', async () => {
  const { events, work } = watched()
  const part = (steps: number) =>
    inStage(work, 'epoch 1/1', { total: steps, from: 1 }, async update => {
      for (let step = 2; step <= steps; step++) {
        await null
        update(step)
      }
      return steps
    })
  expect(await Promise.all([part(3), part(5)])).toEqual([3, 5])
  expectWellFormed(events)
  expect(new Set(events.map(event => 'id' in event && event.id)).size).toBe(2)
})

test('a stage ends when its work fails', async () => {
  const { events, work, kinds } = watched()
  const failing = inStage(work, 'steps', 9, async update => {
    update(1)
    throw new Error('it failed')
  })
  await expect(failing).rejects.toThrow('it failed')
  expect(kinds()).toEqual(['stage', 'progress', 'end'])
  expectWellFormed(events)
})

test('work that is stopped counts no further and shows nothing more; what is open ends', () => {
  const { events, work, stop, kinds } = watched()
  const stage = openStage(work, 'steps', 3)
  stage.update(1)
  stop.abort()
  stage.update(2)
  preview(work, 'map', { points: { x: new Float32Array(1), y: new Float32Array(1) } })
  openStage(work, 'more', 1).end()
  stage.end()
  stage.end()
  stage.update(3)
  expect(kinds()).toEqual(['stage', 'progress', 'end'])
  expectWellFormed(events)
})

test('a part that is not watched is stopped with the whole, and says nothing', () => {
  const { work, stop, kinds } = watched()
  const part = unwatched(work)
  openStage(part, 'steps', 1).end()
  note(part, 'hidden')
  stop.abort()
  expect(part.signal.aborted).toBe(true)
  expect(kinds()).toEqual([])
})

test('a pace is kept', () => {
  const clock = vi.spyOn(performance, 'now').mockReturnValue(0)
  try {
    const isDue = createPace(100)
    const due = [50, 100, 150, 199, 200, 1000].filter(time => {
      clock.mockReturnValue(time)
      return isDue()
    })
    expect(due).toEqual([100, 200, 1000])
  } finally {
    clock.mockRestore()
  }
})
