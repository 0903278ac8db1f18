/** Nothing outside the runs folder and the data folders is read: by no spelling of a path, in no route, through no link. */
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { raw, secret, type TestStudio, testStudio, writeResult } from '../../test/studio.ts'
import { studioRoutes } from '../../test/studio-routes.ts'
import { gate } from '../../test/thorough.ts'

let studio: TestStudio
beforeAll(async () => {
  studio = await testStudio()
})
afterAll(() => studio.end())

/** Spellings of the way out, to be put where a name is expected. */
const ways = (folder: string) => [
  '../secret/passwords.txt',
  '..\\secret\\passwords.txt',
  'train-1/../../secret/passwords.txt',
  './../secret/passwords.txt',
  '....//secret/passwords.txt',
  '%2e%2e/secret/passwords.txt',
  '..%2fsecret%2fpasswords.txt',
  '%252e%252e%252fsecret%252fpasswords.txt',
  '..%c0%afsecret%c0%afpasswords.txt',
  '../secret/passwords.txt\0.png',
  join(folder, 'secret/passwords.txt'),
  `//${join(folder, 'secret/passwords.txt')}`,
  `file://${join(folder, 'secret/passwords.txt')}`,
  '.studio/token',
  '/etc/passwd',
  '/proc/self/environ',
  '~/.ssh/id_rsa',
]

const isRefused = (status: number) => status >= 400 && status < 500

describe('a path that leads out', () => {
  test.each(studioRoutes.filter(({ takes, body }) => takes ?? body))(
    '$method $path',
    async ({ method, path, takes, body }) => {
      const headers = {
        Authorization: `Bearer ${studio.token}`,
        ...(body && { 'Content-Type': 'application/json' }),
      }
      for (const way of ways(studio.folder)) {
        // As a program sends it, and as a browser encodes it.
        const spellings = body
          ? [way]
          : [way.replaceAll('\0', '%00').replaceAll(' ', '%20'), encodeURIComponent(way)]
        for (const spelled of spellings) {
          const { status, text } = await raw(studio, {
            method,
            path: body ? path : `${path}?${takes}${spelled}`,
            headers,
            ...(body && { body: JSON.stringify(body(spelled)) }),
          })
          // A form may be asked about: the answer says what is wrong with it.
          const isSaid = path === '/api/check' && JSON.parse(text).error !== undefined
          expect([spelled, isSaid || isRefused(status)]).toEqual([spelled, true])
          expect(text).not.toContain(secret)
          expect(text).not.toContain('root:')
          expect(text).not.toContain(studio.token)
        }
      }
      expect(existsSync(join(studio.folder, 'secret/passwords.txt'))).toBe(true)
    },
  )

  test('of a file of a run, in every encoding', async () => {
    const token = { Authorization: `Bearer ${studio.token}` }
    for (const way of ways(studio.folder))
      for (const before of ['/files/', '/files/train-1/', '/files//', '/assets/', '/'])
        for (const spelled of [way.replaceAll('\0', '%00'), encodeURIComponent(way)]) {
          const { status, text } = await raw(studio, { path: before + spelled, headers: token })
          // What the parser of addresses has mended is the page itself, which says that it is not built.
          expect(status === 503 || status === 200 || isRefused(status)).toBe(true)
          expect(text).not.toContain(secret)
          expect(text).not.toContain('root:')
          expect(text).not.toContain(studio.token)
        }
  })

  test('beside an image of data', async () => {
    for (const way of ways(studio.folder)) {
      for (const route of ['/api/image', '/api/image/thumb', '/api/data/augmented']) {
        const answer = await studio.get(
          `${route}?data=${encodeURIComponent(studio.data)}&path=${encodeURIComponent(way)}`,
        )
        expect(isRefused(answer.status)).toBe(true)
        expect(await answer.text()).not.toContain(secret)
      }
    }
  })

  test('in a form', async () => {
    const model = join(studio.folder, 'runs/train-1')
    const outside = join(studio.folder, 'secret')
    const forms = [
      { command: 'data inspect', inputs: { data: outside } },
      { command: 'data inspect', inputs: { data: '/etc' } },
      { command: 'cam', inputs: { model, pictures: [join(outside, 'passwords.txt')] } },
      { command: 'cam', inputs: { model: `small:${join(outside, 'passwords.txt')}`, pictures: ['x.png'] } },
      { command: 'cam', inputs: { model: `${outside}@2`, pictures: ['x.png'] } },
      { command: 'dream', inputs: { model, image: 'noise' }, options: { guide: '../secret/passwords.txt' } },
      {
        command: 'train',
        inputs: { data: studio.data },
        options: { weights: join(outside, 'passwords.txt') },
      },
      { command: 'train', inputs: { data: studio.data }, options: { set: ['x=/etc/passwd', '/etc/passwd'] } },
      { command: 'train', inputs: { data: studio.data }, options: { resume: outside } },
      { command: 'tsne', inputs: { vectors: [`${outside}@1:test`] } },
      { command: 'data seedlings', inputs: { folder: join(outside, 'new') } },
      { command: 'data seedlings', inputs: { folder: join(studio.folder, 'runs/.studio/new') } },
      { command: 'sweep', inputs: { spec: { data: outside, grid: { lr: [0.1] } } } },
      {
        command: 'sweep',
        inputs: { spec: { data: studio.data, train: { weights: '/etc/passwd' }, grid: { lr: [0.1] } } },
      },
      { command: 'sweep', inputs: { spec: join(outside, 'passwords.txt') } },
    ]
    for (const asked of forms) {
      const checked = await (await studio.send('POST', '/api/check', asked)).json()
      expect([asked, checked.error?.code]).toEqual([asked, 'outside-folders'])
      const started = await studio.send('POST', '/api/jobs', asked)
      expect([asked, started.status]).toEqual([asked, 403])
    }
    for (const key of ['out', 'json', 'quiet']) {
      const asked = { command: 'data inspect', inputs: { data: studio.data }, options: { [key]: 'x' } }
      expect((await studio.send('POST', '/api/jobs', asked)).status).toBe(422)
    }
  })
})

describe('a link that leads out', () => {
  test('of a run folder is not followed', async () => {
    const runs = join(studio.folder, 'runs')
    symlinkSync(join(studio.folder, 'secret'), join(runs, 'linked'))
    symlinkSync(join(studio.folder, 'secret/passwords.txt'), join(runs, 'cam-1/notes.txt'))
    symlinkSync('/etc', join(runs, 'cam-1/etc'))
    for (const path of ['linked/passwords.txt', 'cam-1/notes.txt', 'cam-1/etc/passwd']) {
      const answer = await studio.get(`/files/${path}`)
      expect([path, answer.status]).toEqual([path, 403])
      expect(await answer.text()).not.toContain(secret)
    }
    const { entries } = await (await studio.get(`/api/browse?path=${encodeURIComponent(runs)}`)).json()
    expect(entries.map(({ name }: { name: string }) => name)).not.toContain('linked')
  })

  test.runIf(gate)('of a run is no run, and its files are not those of the run', async () => {
    const place = join(studio.folder, 'runs/hostile')
    writeResult(place, 'tsne', { vectors: [join(studio.folder, 'secret@1')] })
    for (const name of ['predictions.csv', 'map-1.arrow', 'log.ndjson'])
      symlinkSync(join(studio.folder, 'secret/passwords.txt'), join(place, name))
    for (const route of [
      '/api/run',
      '/api/run/predictions',
      '/api/run/maps',
      '/api/run/log',
      '/api/run/triplets',
    ]) {
      const text = await (await studio.get(`${route}?run=hostile`)).text()
      expect(text).not.toContain(secret)
    }
    const sent = await studio.get('/api/events?run=hostile', { signal: AbortSignal.timeout(1500) })
    expect(await sent.text().catch(() => '')).not.toContain(secret)
  })

  test.runIf(gate)('out of data is refused with the data, before anything behind it is read', async () => {
    const data = join(studio.folder, 'runs/own-data')
    mkdirSync(join(data, 'a'), { recursive: true })
    mkdirSync(join(data, 'b'))
    const image = readFileSync(join(studio.data, 'test/Maize/0004.png'))
    for (const label of ['a', 'b']) writeFileSync(join(data, label, '0.png'), image)
    expect((await studio.get(`/api/data?data=${encodeURIComponent(data)}`)).status).toBe(200)
    // The errors would give the content of a list away, line by line.
    symlinkSync(join(studio.folder, 'secret/passwords.txt'), join(data, 'labels.csv'))
    await new Promise(done => setTimeout(done, 3100))
    const answer = await studio.get(`/api/data?data=${encodeURIComponent(data)}`)
    expect([answer.status, (await answer.json()).error.code]).toEqual([403, 'outside-folders'])
    const started = await studio.send('POST', '/api/jobs', { command: 'data inspect', inputs: { data } })
    expect(started.status).toBe(403)
  })

  test('to a folder above itself ends', async () => {
    const data = join(studio.folder, 'runs/circle')
    mkdirSync(join(data, 'a'), { recursive: true })
    symlinkSync(data, join(data, 'a/again'))
    const answer = await studio.get(`/api/data?data=${encodeURIComponent(data)}`)
    expect(answer.status).toBeLessThan(500)
  })
})

test('only images are sent as images, whatever they are called', async () => {
  writeFileSync(join(studio.folder, 'runs/page.png'), '<script>alert(1)</script>')
  for (const route of ['/api/image', '/api/image/thumb']) {
    const answer = await studio.get(
      `${route}?path=${encodeURIComponent(join(studio.folder, 'runs/page.png'))}`,
    )
    expect([answer.status, (await answer.json()).error.code]).toEqual([422, 'not-an-image'])
  }
})
