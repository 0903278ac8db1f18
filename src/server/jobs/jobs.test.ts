/** Jobs: they wait, run, tell what they are at, fail with the field that is wrong, and outlive a server that is killed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { seedlings } from '../../../test/seedlings.ts'
import { type TestStudio, testStudio } from '../../../test/studio.ts'
import { gate, thorough } from '../../../test/thorough.ts'
import type { Job } from '../api.ts'

/** A process takes a second or two to start where others work beside it. */
const soon = { timeout: 90_000, interval: 100 }

describe('in one studio', () => {
  let studio: TestStudio
  beforeAll(async () => {
    studio = await testStudio()
  })
  afterAll(() => studio.end())

  const start = async (asked: object): Promise<Job> => {
    const answer = await studio.send('POST', '/api/jobs', asked)
    expect(answer.status).toBe(200)
    return answer.json()
  }
  const jobOf = async ({ id }: Pick<Job, 'id'>): Promise<Job> =>
    (await studio.get(`/api/job?job=${id}`)).json()
  const inspect = () => start({ command: 'data inspect', inputs: { data: studio.data } })
  const training = (epochs: number) =>
    start({
      command: 'train',
      inputs: { data: studio.data },
      options: { net: 'small', size: 16, batch: 32, epochs, threads: 1, augment: 'none' },
    })

  test.runIf(gate)('a training is watched, and leaves a run that knows its job', async () => {
    const job = await training(2)
    expect(job).toMatchObject({
      state: 'waiting',
      command: 'train',
      run: expect.stringMatching(/^train-\d+$/),
    })
    const told = new Set<string>()
    await expect
      .poll(async () => {
        const { state, stages } = await jobOf(job)
        for (const { name } of stages) told.add(name)
        return state
      }, soon)
      .toBe('finished')
    expect([...told].some(name => name.startsWith('epoch'))).toBe(true)
    const ended = await jobOf(job)
    expect(ended).toMatchObject({ attempts: 1, hasResult: true, hasPage: true, stages: [] })
    expect(ended.notes.join(' ')).toContain('epoch 2/2')
    const detail = await (await studio.get(`/api/run?run=${job.run}`)).json()
    expect(detail.line).toMatch(/^glasshouse train .*--net small .*--epochs 2/)
    expect([detail.job, detail.listed.state, detail.confusion.cells.length > 0]).toEqual([
      job.id,
      'finished',
      true,
    ])
    const { text, next } = await (await studio.get(`/api/job/log?job=${job.id}`)).json()
    expect(text).toContain('Results:')
    expect(await (await studio.get(`/api/job/log?job=${job.id}&from=${next}`)).json()).toEqual({
      text: '',
      next,
    })
  })

  test.runIf(gate)('what fails says which field is wrong, and can be tried again', async () => {
    const job = await start({
      command: 'dream',
      inputs: { model: 'small', image: 'noise' },
      options: { layer: ['nothing'], octaves: 1, steps: 1 },
    })
    await expect.poll(async () => (await jobOf(job)).state, soon).toBe('failed')
    const { error } = await jobOf(job)
    expect([error?.code, error?.path]).toEqual(['unknown-layer', ['options', 'layer']])
    const again = await (await studio.send('POST', `/api/job/retry?job=${job.id}`)).json()
    expect([again.id, again.error]).toEqual([job.id, undefined])
    await expect.poll(async () => (await jobOf(job)).state, soon).toBe('failed')
    expect((await jobOf(job)).attempts).toBe(2)
  })

  test.runIf(gate)('a dream grows before one’s eyes', async () => {
    const job = await start({
      command: 'dream',
      inputs: { model: 'small', image: 'noise' },
      options: { layer: ['stage1'], octaves: 2, steps: 10_000, size: 64 },
    })
    let type = ''
    await expect
      .poll(async () => {
        const { previews, state } = await jobOf(job)
        const [first] = previews
        if (first && type === '') {
          const shown = await studio.get(
            `/api/job/preview?job=${job.id}&name=${encodeURIComponent(first.name)}`,
          )
          type = shown.headers.get('content-type') ?? ''
        }
        return type !== '' || state === 'finished' || state === 'failed'
      }, soon)
      .toBe(true)
    expect(type).toBe('image/png')
    await studio.send('POST', `/api/job/cancel?job=${job.id}`)
  })

  test.runIf(gate)('jobs run in the order of their coming, as many at a time as is wished', async () => {
    const [first, second, third] = [await training(500), await inspect(), await inspect()]
    await expect.poll(async () => (await jobOf(first)).state, soon).toBe('running')
    expect((await jobOf(second)).state).toBe('waiting')
    const answer = await studio.send('PUT', '/api/queue', { atOnce: 2 })
    expect(await answer.json()).toEqual({ atOnce: 2 })
    await expect.poll(async () => (await jobOf(second)).state, soon).toBe('finished')
    expect((await jobOf(first)).state).toBe('running')
    expect((await studio.send('PUT', '/api/queue', { atOnce: 0 })).status).toBe(400)
    await expect.poll(async () => (await studio.get(`/api/run?run=${first.run}`)).status, soon).toBe(200)
    // A running one is stopped, and keeps what is finished; it cannot be forgotten while it runs.
    expect((await studio.send('DELETE', `/api/job?job=${first.id}`)).status).toBe(409)
    expect((await (await studio.send('POST', `/api/job/cancel?job=${first.id}`)).json()).state).toBe(
      'cancelled',
    )
    expect((await studio.get(`/api/run?run=${first.run}`)).status).toBe(200)
    expect((await studio.send('DELETE', `/api/job?job=${first.id}`)).status).toBe(200)
    expect((await studio.get(`/api/job?job=${first.id}`)).status).toBe(404)
    await expect.poll(async () => (await jobOf(third)).state, soon).toBe('finished')
    await studio.send('PUT', '/api/queue', { atOnce: 1 })
  })

  test('one that waits is cancelled without a trace', async () => {
    const [running, waiting] = [await training(500), await inspect()]
    expect((await (await studio.send('POST', `/api/job/cancel?job=${waiting.id}`)).json()).state).toBe(
      'cancelled',
    )
    expect(existsSync(join(studio.folder, 'runs', waiting.run))).toBe(false)
    await studio.send('POST', `/api/job/cancel?job=${running.id}`)
  })

  test.runIf(gate)('runs of a sweep tell what they are at, too', async () => {
    const train = { net: 'small', size: 16, batch: 32, epochs: 2, augment: 'none' }
    const job = await start({
      command: 'sweep',
      inputs: { spec: { data: studio.data, train, grid: { lr: [0.05] } } },
    })
    await expect.poll(async () => (await jobOf(job)).state, soon).toBe('finished')
    expect((await jobOf(job)).notes.join('\n')).toMatch(/^lr-0.05: epoch 2\/2/m)
  })
})

const program = fileURLToPath(new URL('../../../bin/glasshouse.js', import.meta.url))

/** The studio as a process of its own, which can be killed. */
async function serve(folder: string, data: string): Promise<{ server: ChildProcess; ask: typeof ask }> {
  const words = ['studio', join(folder, 'runs'), '--port', '0', '--json', '--no-open', '--data', data]
  const server = spawn(process.execPath, [program, ...words], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const line = await new Promise<string>(done => server.stdout?.once('data', text => done(String(text))))
  const url = new URL(JSON.parse(line).url)
  const headers = {
    Authorization: `Bearer ${url.searchParams.get('token')}`,
    'Content-Type': 'application/json',
  }
  const ask = async (path: string, body?: unknown) => {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
    return (await fetch(url.origin + path, { headers, ...init })).json()
  }
  return { server, ask }
}

const ended = (server: ChildProcess) =>
  new Promise<void>(done => {
    if (server.exitCode !== null || server.signalCode !== null) done()
    else server.once('exit', () => done())
  })

test.runIf(gate)(
  `a server that is killed at ${thorough ? 20 : 3} random moments comes back with its queue, and loses no job`,
  async () => {
    const data = await seedlings()
    const folder = mkdtempSync(join(tmpdir(), 'glasshouse-killed-'))
    const train = { net: 'small', size: 16, batch: 32, epochs: 3, threads: 1, augment: 'none' }
    const kept: string[] = []
    try {
      for (let kill = 0; kill < (thorough ? 20 : 3); kill++) {
        const { server, ask } = await serve(folder, data)
        const known: Job[] = (await ask('/api/jobs')).jobs
        expect(known.map(({ id }) => id).sort()).toEqual([...kept].sort())
        const asked =
          kill % 2 === 0
            ? { command: 'train', inputs: { data }, options: train }
            : { command: 'data inspect', inputs: { data } }
        // What was answered is kept, whatever happens then.
        kept.push((await ask('/api/jobs', asked)).id)
        await new Promise(done => setTimeout(done, Math.random() * 4000))
        server.kill('SIGKILL')
        await ended(server)
      }
      const { server, ask } = await serve(folder, data)
      const list = async (): Promise<Job[]> => (await ask('/api/jobs')).jobs
      await expect
        .poll(async () => (await list()).map(({ state, error }) => error?.message ?? state), {
          ...soon,
          timeout: thorough ? 1_000_000 : 300_000,
        })
        .toEqual(kept.map(() => 'finished'))
      for (const { run, command } of await list()) {
        const place = join(folder, 'runs', run)
        expect(existsSync(join(place, 'result.json'))).toBe(true)
        if (command !== 'train') continue
        const epochs = readFileSync(join(place, 'log.ndjson'), 'utf8').match(/^\{"kind":"epoch"/gm)
        expect(epochs).toHaveLength(4)
      }
      server.kill('SIGTERM')
      await ended(server)
      expect(server.exitCode).toBe(130)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
  thorough ? 1_500_000 : 400_000,
)

test('a damaged file of a job is left where it is, and the others are there; a second studio is refused', async () => {
  const studio = await testStudio()
  await studio.send('POST', '/api/jobs', { command: 'data inspect', inputs: { data: studio.data } })
  const jobs = join(studio.folder, 'runs/.studio/jobs')
  await expect(testStudio({ folder: join(studio.folder, 'runs') })).rejects.toThrow(
    'another studio serves this folder',
  )
  writeFileSync(join(jobs, 'damaged.json'), '{"format":1')
  await studio.close()
  const again = await testStudio({ folder: join(studio.folder, 'runs') })
  expect(again.notes.join()).toContain('damaged.json')
  const { jobs: found } = await (await again.get('/api/jobs')).json()
  expect(found).toHaveLength(1)
  expect(existsSync(join(jobs, 'damaged.json'))).toBe(true)
  await again.end()
  rmSync(studio.folder, { recursive: true, force: true })
})
