/** Events on their way from a child process to its parent. */
import { expect, test } from 'vitest'
import { createSender } from './relay.node.ts'
import { inStage, joinWork, note, preview, type WorkEvent } from './work.ts'

const image = { width: 1, height: 1, data: new Uint8Array(3) }

test('of progress in a rush the last is sent before the stage ends', async () => {
  const sent: WorkEvent[] = []
  const emit = createSender((event, taken) => {
    sent.push(event)
    taken()
  })
  const signal = new AbortController().signal
  await inStage({ signal, emit }, 'steps', 1000, async update => {
    for (let done = 1; done <= 1000; done++) update(done)
  })
  expect(sent.length).toBeLessThan(10)
  expect(sent.map(({ kind }) => kind)).toEqual(['stage', ...sent.slice(1, -1).map(() => 'progress'), 'end'])
  expect(sent.at(-2)).toMatchObject({ done: 1000 })
})

test('of previews the newest waits until the one before was taken', () => {
  const sent: WorkEvent[] = []
  const taken: (() => void)[] = []
  const emit = createSender((event, done) => {
    sent.push(event)
    taken.push(done)
  })
  const work = { signal: new AbortController().signal, emit }
  for (let version = 0; version < 5; version++)
    preview(work, 'dream', { image: { ...image, data: Uint8Array.of(version, 0, 0) } })
  expect(sent).toHaveLength(1)
  taken[0]()
  expect(sent).toHaveLength(2)
  expect(sent[1]).toMatchObject({ image: { data: Uint8Array.of(4, 0, 0) } })
  taken[1]()
  expect(sent).toHaveLength(2)
})

test('the events of a part have numbers of the whole, name the part, and end with it', () => {
  const events: WorkEvent[] = []
  const one = joinWork({ emit: event => void events.push(event) }, 'ep-0.1')
  const two = joinWork({ emit: event => void events.push(event) }, 'ep-0.2')
  for (const part of [one, two]) part.emit({ kind: 'stage', id: 1, stage: 'epoch 1', total: 2, from: 0 })
  one.emit({ kind: 'progress', id: 1, stage: 'epoch 1', done: 1, total: 2 })
  note({ emit: two.emit }, 'a note')
  one.end()
  two.emit({ kind: 'end', id: 1, stage: 'epoch 1' })
  two.end()
  const [first, second] = events.flatMap(event => (event.kind === 'stage' ? [event.id] : []))
  expect(first).not.toBe(second)
  expect(events.slice(2)).toEqual([
    { kind: 'progress', id: first, stage: 'epoch 1', done: 1, total: 2 },
    { kind: 'note', text: 'a note', of: 'ep-0.2' },
    { kind: 'end', id: first, stage: 'epoch 1' },
    { kind: 'end', id: second, stage: 'epoch 1' },
  ])
})
