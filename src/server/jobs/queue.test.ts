/** The queue by itself: what it must never do to a folder, and to a process. */
import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { seedlings } from '../../../test/seedlings.ts'
import { isAlive } from '../../base/leftovers.node.ts'
import type { Events } from '../events.ts'
import { openQueue } from './queue.ts'

async function opened(publish: Events['publish'] = () => {}) {
  const base = mkdtempSync(join(tmpdir(), 'glasshouse-jobs-'))
  const [runs, own] = [join(base, 'runs'), join(base, 'runs/.studio')]
  mkdirSync(join(own, 'jobs'), { recursive: true })
  const events: Events = { publish, readers: 0, open: () => undefined, close() {} }
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
  await expect.poll(() => queue.job(id).state, { timeout: 60_000 }).toBe('failed')
  expect([pid > 0, isAlive(pid)]).toEqual([true, false])
  expect(queue.job(id).error?.message).toContain('the disk is full')
})
