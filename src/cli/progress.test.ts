import { expect, test } from 'vitest'
import { createWork, note, openStage } from '../base/work.ts'
import { createReporter, duration } from './progress.ts'

function watched({ isTTY = false, quiet = false, columns = 80 } = {}) {
  let text = ''
  let time = 0
  const stream = { isTTY, columns, write: (part: string) => void (text += part) }
  return {
    work: createWork({ emit: createReporter(stream, quiet, () => time) }),
    text: () => text,
    at: (seconds: number) => void (time = 1000 * seconds),
  }
}

test('a plain stream gets whole lines, one for every tenth or every five seconds', () => {
  const { work, text, at } = watched()
  const stage = openStage(work, 'training', 1000)
  for (let step = 1; step <= 1000; step++) {
    at(step / 10)
    stage.update(step)
  }
  stage.end()
  const lines = text().trimEnd().split('\n')
  for (const control of ['\r', '\x1b']) expect(text()).not.toContain(control)
  expect(lines.length).toBeGreaterThanOrEqual(20)
  expect(lines.length).toBeLessThanOrEqual(31)
  expect(lines[0]).toBe('training  5 %  50/1000  10.0/s  1:35 left')
  expect(lines.at(-1)).toBe('training  100 %  1000/1000  10.0/s  1:40')
})

test('what was done before counts for the share, not for the rate', () => {
  const { work, text, at } = watched()
  const stage = openStage(work, 'training', { total: 1000, from: 900 })
  at(10)
  stage.update(950)
  expect(text()).toBe('training  95 %  950/1000  5.00/s  0:10 left\n')
})

test('bytes are shown in megabytes', () => {
  const { work, text, at } = watched()
  const stage = openStage(work, 'net', { total: 46_830_571, from: 1_000_000, unit: 'bytes' })
  at(10)
  stage.update(21_000_000)
  expect(text()).toBe('net, MB  44 %  21/46.8  2.00/s  0:13 left\n')
})

test('fast work on a plain stream ends with one line, not a flood', () => {
  const { work, text } = watched()
  const stage = openStage(work, 'reading', 100)
  for (let done = 1; done <= 100; done++) stage.update(done, 'a.jpg')
  stage.end()
  expect(text()).toBe('reading  100 %  100/100  0:00  a.jpg\n')
})

test('a terminal gets a bar that is redrawn in place and no wider than the window', () => {
  const { work, text, at } = watched({ isTTY: true, columns: 40 })
  const stage = openStage(work, 'dreaming', 10)
  for (let step = 1; step <= 10; step++) {
    at(step * 4)
    stage.update(step, 'a note that is far too long for so narrow a window')
  }
  stage.end()
  const frames = text().split('\r\x1b[2K').slice(1)
  expect(frames.length).toBe(11)
  expect(frames[4]).toContain('██████████░░░░░░░░░░')
  for (const frame of frames) expect(frame.trimEnd().length).toBeLessThan(40)
  expect(text().endsWith('\n')).toBe(true)
})

test('a note does not tear the bar of a terminal', () => {
  const { work, text } = watched({ isTTY: true })
  openStage(work, 'x', 2).update(1)
  note(work, 'skipped b.jpg')
  expect(text()).toContain(`\r\x1b[2Kskipped b.jpg\nx  ${'█'.repeat(10)}${'░'.repeat(10)}  50 %`)
})

test('nested and concurrent stages share one bar, and each leaves its own line', () => {
  const { work, text, at } = watched({ isTTY: true, columns: 60 })
  const outer = openStage(work, 'runs', 2)
  outer.update(0)
  const [one, other] = [openStage(work, 'one', 4), openStage(work, 'other', 4)]
  for (let step = 1; step <= 4; step++) {
    at(step)
    one.update(step)
    other.update(step)
    outer.update(step / 4)
  }
  at(5)
  one.end()
  other.end()
  outer.update(2)
  outer.end()
  note(work, 'done')
  const lines = text().split('\n')
  expect(lines.map(line => line.split('\r\x1b[2K').at(-1)?.split(' ')[0])).toEqual([
    'one',
    'other',
    'runs',
    'done',
    '',
  ])
  // Between a line break and the next, every part is drawn over the one before: nothing is written behind a bar.
  for (const line of lines.slice(0, 3)) expect(line.startsWith('\r\x1b[2K')).toBe(true)
  // While it runs, the bar is that of the stage that began last.
  expect(
    lines[0]
      .split('\r\x1b[2K')
      .slice(2, -1)
      .every(frame => /^o/.test(frame)),
  ).toBe(true)
})

test('names of strangers do not reach the terminal raw, and stay on one line', () => {
  const { work, text } = watched()
  const stage = openStage(work, 'run\n\x1b[31m', 1)
  stage.update(1, 'a\nb')
  stage.end()
  expect(text()).toBe('run\\n\\x1b[31m  100 %  1/1  0:00  a\\nb\n')
})

test('slow work is reported in seconds per step', () => {
  const { work, text, at } = watched()
  const stage = openStage(work, 'epoch', 4)
  at(10)
  stage.update(1)
  expect(text()).toBe('epoch  25 %  1/4  10.0 s each  0:30 left\n')
})

test('quiet is silent', () => {
  const { work, text } = watched({ quiet: true })
  note(work, 'x')
  const stage = openStage(work, 'x', 1)
  stage.update(1)
  stage.end()
  expect(text()).toBe('')
})

test('durations', () => {
  expect([0, 59.6, 3599, 3661].map(duration)).toEqual(['0:00', '1:00', '59:59', '1:01:01'])
})
