/** The queue by itself: what it must never do to a folder, and to a process. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { seedlings } from '../../../test/seedlings.ts'
import { isAlive } from '../../base/leftovers.node.ts'
import { lockFolder } from '../../runs/lock.node.ts'
import type { Events } from '../events.ts'
import { wordsFor } from './job-process.ts'
import { openQueue } from './queue.ts'

async function opened(publish: Events['publish'] = () => {}) {
  const base = mkdtempSync(join(tmpdir(), 'glasshouse-jobs-'))
  const [runs, own] = [join(base, 'runs'), join(base, 'runs/.studio')]
  mkdirSync(join(own, 'jobs'), { recursive: true })
  const events: Events = { publish, noteRuns() {}, readers: 0, open: () => undefined, close() {} }
  return { runs, own, queue: await openQueue({ runs, own, base, events, note() {} }) }
}

const asked = (words: string[]) => async () => ({
  asked: { command: words[0], inputs: {}, options: {} },
  words,
  line: `glasshouse ${words.join(' ')}`,
})

test('a process whose job cannot be written is ended, since nobody could cancel it', async () => {
  let pid = 0
  const { own, queue } = await opened((name, data) => {
    if (name !== 'job' || !('id' in data)) return
    const stored = JSON.parse(readFileSync(join(own, `jobs/${data.id}.json`), 'utf8'))
    if (pid || stored.pid === undefined) return
    pid = stored.pid
    throw new Error('the disk is full')
  })
  const words = ['train', await seedlings(), '--net', 'small', '--size', '16', '--epochs', '500']
  const { id } = await queue.add(asked(words))
  queue.start()
  await expect.poll(() => queue.job(id).state).toBe('failed')
  expect([pid > 0, isAlive(pid)]).toEqual([true, false])
  expect(queue.job(id).error?.message).toContain('the disk is full')
})

test('a job that is tried again never gets the folder that is another one’s by now', async () => {
  const { runs, queue } = await opened()
  const train = asked(['train', 'data'])
  // It was cancelled while it waited: the next one gets the name of its folder.
  const first = await queue.add(train)
  await queue.cancel(first.id)
  const second = await queue.add(train)
  expect(second.run).toBe(first.run)
  const file = join(runs, second.run, 'run.json')
  writeFileSync(file, '{}')
  expect([queue.jobOf(second.run), queue.job(first.id).run]).toEqual([second.id, first.run])
  await queue.cancel(second.id)
  const tries = await Promise.allSettled([queue.retry(first.id), queue.retry(first.id)])
  expect(tries.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  const folders = () => readdirSync(runs).filter(name => name.startsWith('train'))
  expect(queue.job(first.id).run).not.toBe(second.run)
  expect(folders().sort()).toEqual([second.run, queue.job(first.id).run])

  // The same where the other job is forgotten: its results stay.
  const third = await queue.add(train)
  await queue.cancel(third.id)
  const fourth = await queue.add(train)
  expect(fourth.run).toBe(third.run)
  writeFileSync(join(runs, fourth.run, 'run.json'), '{}')
  await queue.cancel(fourth.id)
  await queue.forget(fourth.id)
  expect((await queue.retry(third.id)).run).not.toBe(third.run)

  // Its own folder stays its own.
  expect((await queue.retry(second.id)).run).toBe(second.run)
  expect(existsSync(file)).toBe(true)
})

test('a training without a checkpoint begins again in an empty folder, unless somebody is at work in it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'glasshouse-jobs-'))
  writeFileSync(join(folder, 'run.json'), '{}')
  const lock = await lockFolder(folder)
  const words = ['train', 'data', '--out', folder]
  expect(await wordsFor(['train', 'data'], folder)).toEqual(words)
  expect(readdirSync(folder).sort()).toEqual(['run.json', 'run.lock'])
  lock.release()
  expect(await wordsFor(['train', 'data'], folder)).toEqual(words)
  expect(readdirSync(folder)).toEqual([])
})
