import { expect, test } from 'vitest'
import { createTeller, duration } from './progress.ts'

function told({ isTTY = false, quiet = false, columns = 80 } = {}) {
  let text = ''
  let time = 0
  const stream = { isTTY, columns, write: (part: string) => void (text += part) }
  return {
    teller: createTeller(stream, quiet, () => time),
    text: () => text,
    at: (seconds: number) => void (time = 1000 * seconds),
  }
}

test('a plain stream gets whole lines, one for every tenth or every five seconds', () => {
  const { teller, text, at } = told()
  const progress = teller.progress('training', 1000)
  for (let step = 1; step <= 1000; step++) {
    at(step / 10)
    progress.update(step)
  }
  progress.done()
  const lines = text().trimEnd().split('\n')
  for (const control of ['\r', '\x1b']) expect(text()).not.toContain(control)
  expect(lines.length).toBeGreaterThanOrEqual(20)
  expect(lines.length).toBeLessThanOrEqual(31)
  expect(lines[0]).toBe('training  5 %  50/1000  10.0/s  1:35 left')
  expect(lines.at(-1)).toBe('training  100 %  1000/1000  10.0/s  1:40')
})

test('what was done before counts for the share, not for the rate', () => {
  const { teller, text, at } = told()
  const progress = teller.progress('training', 1000, 900)
  at(10)
  progress.update(950)
  expect(text()).toBe('training  95 %  950/1000  5.00/s  0:10 left\n')
})

test('fast work on a plain stream ends with one line, not a flood', () => {
  const { teller, text } = told()
  const progress = teller.progress('reading', 100)
  for (let done = 1; done <= 100; done++) progress.update(done, 'a.jpg')
  progress.done()
  expect(text()).toBe('reading  100 %  100/100  0:00  a.jpg\n')
})

test('a terminal gets a bar that is redrawn in place and no wider than the window', () => {
  const { teller, text, at } = told({ isTTY: true, columns: 40 })
  const progress = teller.progress('dreaming', 10)
  for (let step = 1; step <= 10; step++) {
    at(step * 4)
    progress.update(step, 'a note that is far too long for so narrow a window')
  }
  progress.done()
  const frames = text().split('\r\x1b[2K').slice(1)
  expect(frames.length).toBe(11)
  expect(frames[4]).toContain('██████████░░░░░░░░░░')
  for (const frame of frames) expect(frame.trimEnd().length).toBeLessThan(40)
  expect(text().endsWith('\n')).toBe(true)
})

test('a note does not tear the bar of a terminal', () => {
  const { teller, text } = told({ isTTY: true })
  teller.progress('x', 2).update(1)
  teller.note('skipped b.jpg')
  expect(text()).toContain(`\r\x1b[2Kskipped b.jpg\nx  ${'█'.repeat(10)}${'░'.repeat(10)}  50 %`)
})

test('slow work is reported in seconds per step', () => {
  const { teller, text, at } = told()
  const progress = teller.progress('epoch', 4)
  at(10)
  progress.update(1)
  expect(text()).toBe('epoch  25 %  1/4  10.0 s each  0:30 left\n')
})

test('quiet is silent', () => {
  const { teller, text } = told({ quiet: true })
  teller.note('x')
  const progress = teller.progress('x', 1)
  progress.update(1)
  progress.done()
  expect(text()).toBe('')
})

test('durations', () => {
  expect([0, 59.6, 3599, 3661].map(duration)).toEqual(['0:00', '1:00', '59:59', '1:01:01'])
})
