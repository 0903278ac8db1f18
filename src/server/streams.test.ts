/** Event streams: what they tell of a run that trains elsewhere, and that many of them do no harm. */
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestStudio, testStudio } from '../../test/studio.ts'
import { gate, thorough } from '../../test/thorough.ts'

let studio: TestStudio
beforeAll(async () => {
  studio = await testStudio()
})
afterAll(() => studio.end())

interface Told {
  name: string
  data: Record<string, unknown>
  id?: string
}

interface Listener {
  told: Told[]
  close(): void
  ended: Promise<void>
}

/** What a browser's EventSource does. */
async function listen(query: string, headers: Record<string, string> = {}): Promise<Listener> {
  const stop = new AbortController()
  const answer = await studio.get(`/api/events?${query}`, { headers, signal: stop.signal })
  expect([answer.status, answer.headers.get('content-type')]).toEqual([
    200,
    'text/event-stream; charset=utf-8',
  ])
  const told: Told[] = []
  const read = async () => {
    let text = ''
    const decoder = new TextDecoder()
    for await (const part of answer.body ?? []) {
      text += decoder.decode(part, { stream: true })
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const [, name] = /^event: (.*)$/m.exec(text.slice(0, end)) ?? []
        const [, data] = /^data: (.*)$/m.exec(text.slice(0, end)) ?? []
        const [, id] = /^id: (.*)$/m.exec(text.slice(0, end)) ?? []
        if (name && data) told.push({ name, data: JSON.parse(data), ...(id && { id }) })
        text = text.slice(end + 2)
      }
    }
  }
  return { told, close: () => stop.abort(), ended: read().catch(() => {}) }
}

const log = () => join(studio.folder, 'runs/train-1/log.ndjson')
const stepLine = (step: number) =>
  `${JSON.stringify({ kind: 'step', epoch: 3, step, loss: 0.5, rate: 0.1 })}\n`
const stepsIn = ({ told }: Listener) =>
  told
    .filter(({ name }) => name === 'log')
    .flatMap(({ data }) => data.lines as { kind: string; step: number }[])
    .filter(({ kind }) => kind === 'step')
    .map(({ step }) => step)

test('a run that another process trains is followed line by line, and from where a reader had come', async () => {
  const first = await listen('run=train-1')
  await expect.poll(() => stepsIn(first)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  expect(first.told.slice(0, 2).map(({ name }) => name)).toEqual(['runs', 'jobs'])
  // Half a line is not sent.
  appendFileSync(log(), stepLine(8) + stepLine(9).slice(0, 20))
  await expect.poll(() => stepsIn(first).at(-1)).toBe(8)
  appendFileSync(log(), stepLine(9).slice(20))
  await expect.poll(() => stepsIn(first).at(-1)).toBe(9)
  first.close()
  const id = first.told.findLast(({ name }) => name === 'log')?.id ?? ''
  appendFileSync(log(), stepLine(10))
  const again = await listen('run=train-1', { 'Last-Event-ID': id })
  await expect.poll(() => stepsIn(again)).toEqual([10])
  // Resumed from an earlier step: the log is another file, and shorter.
  writeFileSync(log(), stepLine(3))
  await expect.poll(() => again.told.some(({ data }) => data.reset === true)).toBe(true)
  await expect.poll(() => stepsIn(again)).toEqual([10, 3])
  again.close()
})

test('a stream says at its beginning whether runs came or went while none was open', async () => {
  const turn = async () => {
    const listener = await listen('')
    await expect.poll(() => listener.told.length).toBe(2)
    listener.close()
    await listener.ended
    return listener.told[0].data.turn
  }
  const before = await turn()
  expect(await turn()).toBe(before)
  expect((await studio.send('DELETE', '/api/run?run=cam-1')).status).toBe(200)
  expect(await turn()).not.toBe(before)
})

test.runIf(gate)('twenty pages that watch one run all hear of each step', async () => {
  writeFileSync(log(), stepLine(0))
  const pages = await Promise.all(Array.from({ length: 20 }, () => listen('run=train-1')))
  await expect.poll(() => pages.every(page => stepsIn(page).length === 1)).toBe(true)
  for (let step = 1; step <= 40; step++) {
    appendFileSync(log(), stepLine(step))
    await new Promise(done => setTimeout(done, 10))
  }
  const all = Array.from({ length: 41 }, (_, step) => step)
  for (const page of pages) await expect.poll(() => stepsIn(page)).toEqual(all)
  for (const page of pages) page.close()
})

test.runIf(gate)('200 streams that are opened and dropped leave nothing behind', async () => {
  const before = process.getActiveResourcesInfo().length
  for (let round = 0; round < (thorough ? 20 : 4); round++) {
    const opened = await Promise.all(Array.from({ length: 50 }, () => listen('run=train-1')))
    for (const page of opened) page.close()
    await Promise.all(opened.map(({ ended }) => ended))
  }
  expect((await studio.get('/api/state')).status).toBe(200)
  await expect
    .poll(() => process.getActiveResourcesInfo().length, { timeout: 10_000 })
    .toBeLessThan(before + 50)
})

test.runIf(gate)('more streams than there may be are refused until others end', async () => {
  const headers = { Authorization: `Bearer ${studio.token}` }
  const stop = new AbortController()
  const statuses: number[] = []
  // An answer that nobody holds is collected, and its stream ends.
  const held: Response[] = []
  for (let batch = 0; batch < 11; batch++)
    statuses.push(
      ...(await Promise.all(
        Array.from({ length: 50 }, async () => {
          const answer = await fetch(`${studio.origin}/api/events`, { headers, signal: stop.signal })
          held.push(answer)
          return answer.status
        }),
      )),
    )
  expect(new Set(statuses)).toEqual(new Set([200, 503]))
  stop.abort()
  await expect
    .poll(async () => (await studio.get('/api/events', { signal: AbortSignal.timeout(5000) })).status, {
      timeout: 20_000,
    })
    .toBe(200)
})

test.runIf(gate)('a thousand requests at once are all answered', async () => {
  const data = encodeURIComponent(studio.data)
  const paths = ['/api/state', '/api/runs', '/api/run?run=train-1', `/api/data/images?data=${data}&count=5`]
  const thumb = `/api/image/thumb?data=${data}&path=test%2FMaize%2F0004.png&size=`
  const statuses = await Promise.all(
    Array.from({ length: 1000 }, async (_, i) => {
      const answer = await studio.get(i % 5 === 4 ? `${thumb}${8 + (i % 16)}` : paths[i % 5])
      await answer.arrayBuffer()
      return answer.status
    }),
  )
  expect(statuses.filter(status => status !== 200)).toEqual([])
})

test('a studio that stops says goodbye, and ends its streams', async () => {
  const other = await testStudio()
  const answer = await other.get('/api/events')
  const text = answer.text()
  await other.end()
  expect(await text).toContain('event: goodbye')
})
