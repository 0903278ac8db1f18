/** What is asked of a queue, and that its connections are closed, on a queue that is not there. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { gate } from '../../../test/thorough.ts'
import { createWork } from '../../base/work.ts'
import { readUnit } from '../units/unit.ts'
import * as connection from './connection.node.ts'
import { openQueueSubmitter } from './submit.node.ts'
import { workFrom } from './worker.node.ts'

const address = { kind: 'redis' as const, url: 'redis://nowhere', shown: 'redis://nowhere' }
const work = createWork()
const wishes = { parallel: 1, folders: [], lease: 30, once: true, idle: 0 }
const queue = {
  addBulk: vi.fn().mockResolvedValue([]),
  getJob: vi.fn().mockResolvedValue({ getState: async () => 'waiting' }),
  getJobs: vi.fn(),
  getJobLogs: vi.fn(),
  getJobCounts: vi.fn(),
  getRanges: vi.fn().mockResolvedValue([]),
  close: vi.fn().mockResolvedValue(undefined),
}
const worker = { run: vi.fn().mockResolvedValue(undefined), close: vi.fn().mockResolvedValue(undefined) }

beforeEach(() => {
  vi.spyOn(connection, 'openQueue').mockResolvedValue(queue)
  vi.spyOn(connection, 'openWorker').mockResolvedValue(worker)
})
afterEach(() => {
  vi.restoreAllMocks()
  for (const asked of [...Object.values(queue), ...Object.values(worker)]) asked.mockClear()
})

describe('a worker closes what it has opened', () => {
  it('where the queue takes no worker', async () => {
    vi.mocked(connection.openWorker).mockRejectedValue(new Error('no worker'))
    await expect(workFrom(address, work, wishes)).rejects.toThrow('no worker')
    expect(queue.close).toHaveBeenCalledOnce()
  })

  it('where the queue does not say what is left', async () => {
    queue.getJobCounts.mockRejectedValue(new Error('no counts'))
    await expect(workFrom(address, work, wishes)).rejects.toThrow('no counts')
    expect(worker.close).toHaveBeenCalledOnce()
    expect(queue.close).toHaveBeenCalledOnce()
  })
})

describe('who waits for units', () => {
  const unit = readUnit({
    kind: 'run',
    folder: mkdtempSync(join(tmpdir(), 'glasshouse-asked-')),
    name: 'one',
    data: '/data',
    seed: 0,
    threads: 1,
    asked: {},
  })
  const looks = 5

  it('asks nothing of the queue where there are none', async () => {
    const submitter = await openQueueSubmitter(address, work)
    await setTimeout(700)
    await submitter.close()
    expect(queue.getRanges).not.toHaveBeenCalled()
  })

  it.runIf(gate)(
    'asks after a unit that waits for long now and then, not at every look',
    async () => {
      const submitter = await openQueueSubmitter(address, work)
      void submitter.ask(unit)
      const start = performance.now()
      while (queue.getRanges.mock.calls.length < 2) await setTimeout(20)
      // Laying it into the queue asks once, too.
      queue.getJob.mockClear()
      const now = vi.spyOn(performance, 'now').mockReturnValue(start + 20_000)
      const before = queue.getRanges.mock.calls.length
      while (queue.getRanges.mock.calls.length < before + 2 * looks) await setTimeout(20)
      now.mockRestore()
      expect(queue.getJob).toHaveBeenCalledOnce()
      await submitter.close()
    },
    20_000,
  )
})
