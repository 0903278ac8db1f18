/** What each route answers, on a training, a result of another command, and drawn data. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestStudio, testStudio, writeResult } from '../../test/studio.ts'
import { gate } from '../../test/thorough.ts'
import type { FolderListing, ImagePage, Packed, RetrievalSheet, RunDetail, TripletHistory } from './api.ts'

let studio: TestStudio
beforeAll(async () => {
  studio = await testStudio()
})
afterAll(() => studio.end())

const json = async (path: string) => {
  const answer = await studio.get(path)
  expect([path, answer.status]).toEqual([path, 200])
  return answer.json()
}
const coded = (text: string) => encodeURIComponent(text)

test('the state says where the studio is and what it may read', async () => {
  expect(await json('/api/state')).toMatchObject({
    readOnly: false,
    folder: studio.folder,
    runs: join(studio.folder, 'runs'),
    dataRoots: [studio.data],
    queue: { atOnce: 1 },
  })
})

describe('runs', () => {
  test('are listed, trainings and results alike', async () => {
    // What takes long to read comes a little later.
    await expect.poll(async () => (await json('/api/runs')).more).toBeUndefined()
    const { runs } = await json('/api/runs')
    const listed = runs.map(({ name, command, score, state }: Record<string, unknown>) => [
      name,
      command,
      score,
      state,
    ])
    expect(listed).toEqual(
      expect.arrayContaining([
        ['train-1', 'train', 0.8, 'finished'],
        ['cam-1', 'cam', undefined, 'finished'],
      ]),
    )
  })

  test('have a detail: record, epochs, what lies there, and what looks at it', async () => {
    const detail: RunDetail = await json('/api/run?run=train-1')
    expect(detail.record?.objective).toBe('softmax')
    expect(detail.data).toEqual({ path: studio.data, readable: true })
    expect(detail.epochs.map(({ epoch }) => epoch)).toEqual([0, 1, 2])
    expect(detail.checkpoints).toEqual([0, 1, 2])
    expect(detail.triplets).toEqual([
      { epoch: 0, split: 'test' },
      { epoch: 2, split: 'test' },
    ])
    expect(detail.confusion?.cells).toEqual([
      { truth: 0, predicted: 0, count: 2 },
      { truth: 1, predicted: 0, count: 1 },
    ])
    expect(detail.lenses).toEqual([
      expect.objectContaining({ run: 'cam-1', command: 'cam', epoch: 2, page: '/files/cam-1/index.html' }),
    ])
    expect((await studio.get(detail.files.find(({ name }) => name === 'index.html')!.url)).status).toBe(200)
  })

  test('have a log, thinned where it is long', async () => {
    const log = await json('/api/run/log?run=train-1&steps=3')
    expect([log.epochs.length, log.steps.length, log.ofSteps]).toEqual([3, 4, 8])
    expect(log.steps.at(-1).step).toBe(7)
    expect(log.next).toBeGreaterThan(0)
  })

  test('have predictions, which name the images of a cell', async () => {
    const { classes, items, data } = await json('/api/run/predictions?run=train-1')
    expect([classes, data]).toEqual([['Maize', 'Sugar beet'], studio.data])
    expect(items.at(-1)).toEqual({
      path: 'test/Sugar beet/0004.png',
      truth: 1,
      predicted: 0,
      probability: 0.75,
    })
    const missing = await studio.get('/api/run/predictions?run=cam-1')
    expect([missing.status, (await missing.json()).error.code]).toEqual([404, 'file-missing'])
  })

  test('that are damaged are shown as such', async () => {
    const place = join(studio.folder, 'runs/broken')
    mkdirSync(place)
    writeFileSync(join(place, 'run.json'), '{"format":')
    const { listed, record } = await json('/api/run?run=broken')
    expect([listed.state, record]).toEqual(['damaged', undefined])
  })

  test('go to the trash, and leave the list', async () => {
    writeResult(join(studio.folder, 'runs/old'), 'embed', {})
    expect((await studio.send('DELETE', '/api/run?run=old')).status).toBe(200)
    expect((await studio.get('/api/run?run=old')).status).toBe(404)
    expect(existsSync(join(studio.folder, 'runs/.studio/trash'))).toBe(true)
  })

  test('that are not there are named', async () => {
    const answer = await studio.get('/api/run?run=nothing')
    expect(answer.status).toBe(404)
    expect((await answer.json()).error.message).toContain('nothing')
  })
})

describe('files', () => {
  test('are sent with a stamp, and not again to who has them', async () => {
    const first = await studio.get('/files/train-1/run.json')
    const tag = first.headers.get('etag') ?? ''
    expect((await first.json()).format).toBe(1)
    expect((await studio.get('/files/train-1/run.json', { headers: { 'If-None-Match': tag } })).status).toBe(
      304,
    )
  })

  test('are sent in part, for films', async () => {
    const part = await studio.get('/files/train-1/run.json', { headers: { Range: 'bytes=1-8' } })
    expect([part.status, await part.text()]).toEqual([206, '"format"'])
    expect(
      (await studio.get('/files/train-1/run.json', { headers: { Range: 'bytes=99999999-' } })).status,
    ).toBe(416)
  })

  test('of no known kind are kept, not opened', async () => {
    const { headers } = await studio.get('/files/train-1/embeddings/test-0000.arrow')
    expect(headers.get('content-disposition')).toBe('attachment')
  })
})

describe('vectors', () => {
  test('of an epoch come as Arrow, with what they belong to', async () => {
    const answer = await studio.get('/api/vectors?source=train-1@2:test')
    expect(Buffer.from(await answer.arrayBuffer()).toString('latin1', 0, 6)).toBe('ARROW1')
    expect(await json('/api/vectors/about?source=train-1@2:test')).toMatchObject({
      count: 3,
      dim: 2,
      data: studio.data,
    })
  })

  test('have neighbours by their cosine', async () => {
    const { neighbours } = await json('/api/vectors/neighbours?source=runs/train-1@2:test&row=0&count=5')
    expect(neighbours.map(({ row }: { row: number }) => row)).toEqual([1, 2])
    expect(neighbours[0].similarity).toBeCloseTo(0.8, 6)
    expect((await studio.get('/api/vectors/neighbours?source=train-1@2:test&row=3')).status).toBe(422)
  })

  test('find the nearest of a few images, round the classes', async () => {
    const sheet: RetrievalSheet = await json('/api/run/retrieval?run=train-1&epoch=2&count=2&nearest=1')
    expect(sheet).toMatchObject({ total: 3, data: studio.data })
    expect(sheet.queries.map(({ label }) => label)).toEqual(['Maize', 'Sugar beet'])
    expect(sheet.queries.map(({ found }) => found.map(({ path }) => path))).toEqual([
      ['test/Maize/0009.png'],
      ['test/Maize/0009.png'],
    ])
  })

  test('have triplets by rows', async () => {
    const history: TripletHistory = await json('/api/run/triplets?run=train-1')
    expect(history.epochs.map(({ epoch }) => epoch)).toEqual([0, 2])
    expect(numbers(history.epochs[1].positive)).toEqual([1, 0, -1])
    expect(numbers(history.epochs[1].negativeSimilarity)[1]).toBeCloseTo(0.6, 6)
    const one: TripletHistory = await json('/api/run/triplets?run=train-1&epoch=2')
    expect(one.epochs).toHaveLength(1)
  })
})

function numbers({ type, base64 }: Packed): number[] {
  const bytes = new Uint8Array(Buffer.from(base64, 'base64')).buffer
  return Array.from(type === 'float32' ? new Float32Array(bytes) : new Int32Array(bytes))
}

describe('data', () => {
  test('is summed up by class and split', async () => {
    const { classes, images, splits } = await json(`/api/data?data=${coded(studio.data)}`)
    expect([classes.length, images, splits]).toEqual([12, 120, ['train', 'test']])
    expect(classes[0].splits).toEqual({ train: 8, test: 2 })
  })

  test('is paged by class, split and search', async () => {
    const page = async (query: string): Promise<ImagePage> =>
      json(`/api/data/images?data=${coded(studio.data)}&${query}`)
    expect((await page('')).total).toBe(120)
    expect((await page('split=test')).total).toBe(24)
    const { total, images } = await page('split=train&class=Maize&offset=6&count=5')
    expect([total, images.length, images[0].label]).toEqual([8, 2, 'Maize'])
    expect((await page('search=sugar')).total).toBe(10)
    expect((await page('class=nothing')).total).toBe(0)
    expect((await studio.get(`/api/data/images?data=${coded(studio.data)}&split=odd`)).status).toBe(422)
  })

  test('has small images, whole images, and what training would see', async () => {
    const image = `data=${coded(studio.data)}&path=${coded('test/Maize/0004.png')}`
    const thumb = await studio.get(`/api/image/thumb?${image}&size=16`)
    expect([thumb.headers.get('content-type'), widthOf(await thumb.arrayBuffer())]).toEqual(['image/png', 16])
    const again = await studio.get(`/api/image/thumb?${image}&size=16`, {
      headers: { 'If-None-Match': thumb.headers.get('etag') ?? '' },
    })
    expect(again.status).toBe(304)
    const whole = await studio.get(`/api/image?${image}`)
    expect(widthOf(await whole.arrayBuffer())).toBe(24)
    const seen = await studio.get(`/api/data/augmented?${image}&run=train-1&seed=3`)
    expect(widthOf(await seen.arrayBuffer())).toBe(32)
  })

  test('takes tags, and is paged by them', async () => {
    const tagged = { data: studio.data, tag: 'odd', add: ['test/Maize/0004.png', 'test/Maize/0009.png'] }
    await studio.send('POST', '/api/tags', tagged)
    const { tags } = await (
      await studio.send('POST', '/api/tags', {
        data: studio.data,
        tag: 'odd',
        remove: ['test/Maize/0009.png'],
      })
    ).json()
    expect(tags).toEqual([{ name: 'odd', paths: ['test/Maize/0004.png'] }])
    expect((await json(`/api/data/images?data=${coded(studio.data)}&tag=odd`)).total).toBe(1)
    expect((await json(`/api/data?data=${coded(studio.data)}`)).tags).toEqual(['odd'])
  })

  test('is picked from the allowed folders', async () => {
    const top: FolderListing = await json('/api/browse')
    expect(top.entries.map(({ path }) => path)).toEqual([join(studio.folder, 'runs'), studio.data])
    const runs: FolderListing = await json(`/api/browse?path=${coded(join(studio.folder, 'runs'))}`)
    expect(runs.entries).toContainEqual(expect.objectContaining({ name: 'train-1', kind: 'run' }))
    expect(runs.parent).toBeUndefined()
    const maize: FolderListing = await json(`/api/browse?path=${coded(join(studio.data, 'test/Maize'))}`)
    expect(maize.entries.map(({ kind }) => kind)).toEqual(['image', 'image'])
  })

  test('with hostile names comes as it is, as data', async () => {
    const data = join(studio.folder, 'runs/hostile-data')
    mkdirSync(data)
    copyFileSync(join(studio.data, 'test/Maize/0004.png'), join(data, 'a.png'))
    const labels = [
      '<img src=x onerror=alert(1)>',
      '</script><script>alert(1)</script>',
      '\u0007\u202e',
      'x'.repeat(10_000),
    ]
    const rows = labels.map((label, i) => {
      const name = `${i}<b>&'.png`
      copyFileSync(join(data, 'a.png'), join(data, name))
      return `${name},"${label.replaceAll('"', '""')}"`
    })
    writeFileSync(join(data, 'labels.csv'), ['path,label', ...rows].join('\n'))
    const answer = await studio.get(`/api/data?data=${coded(data)}`)
    expect(answer.headers.get('content-type')).toContain('application/json')
    const names = (await answer.json()).classes.map(({ name }: { name: string }) => name)
    expect(names).toEqual(expect.arrayContaining([labels[0], labels[1], labels[3]]))
    const { images } = await json(`/api/data/images?data=${coded(data)}`)
    const thumb = await studio.get(`/api/image/thumb?data=${coded(data)}&path=${coded(images[0].path)}`)
    expect(thumb.status).toBe(200)
    for (const label of labels)
      expect(
        (await studio.get(`/api/data/images?data=${coded(data)}&class=${coded(label)}`)).status,
      ).toBeLessThan(500)
  })
})

/** Of a PNG. */
const widthOf = (bytes: ArrayBuffer): number => new DataView(bytes).getUint32(16)

describe('models', () => {
  test.runIf(gate)('have layers, units, classes and a drawing', async () => {
    process.env.GLASSHOUSE_CACHE = join(studio.folder, 'cache')
    const [about] = await Promise.all([json('/api/model?model=small'), json('/api/model?model=small')])
    // Both were answered by one process, which says once where its results are.
    const models = join(studio.folder, 'cache/studio/models')
    const logs = readdirSync(models).map(name => readFileSync(join(models, name, 'log.txt'), 'utf8'))
    expect(logs.map(text => text.match(/^Results:/gm)?.length)).toEqual([1])
    expect(about.layers.map(({ layer }: { layer: string }) => layer)).toContain('stage2')
    expect(about.units).toContain('stage2.unit1')
    expect(about.head.kind).toBe('classes')
    expect(about.drawing).toContain('data-layer="stem"')
  })

  test('that cannot be opened say why', async () => {
    const answer = await studio.get('/api/model?model=nothing')
    expect([answer.status, (await answer.json()).error.code]).toEqual([422, 'unknown-model'])
  })
})

describe('commands', () => {
  test('are listed with what each asks for', async () => {
    const { commands } = await json('/api/commands')
    for (const { name, isLens } of commands) {
      const form = await json(`/api/command?command=${coded(name)}`)
      expect([form.name, form.isLens]).toEqual([name, isLens])
      // What these two take is neither on the disk nor one of a few words.
      const isNamed = name === 'objectives' || name === 'weights pull'
      for (const { kind } of form.inputs) expect([name, kind === 'text']).toEqual([name, isNamed])
    }
  })

  test('are checked before they start, field by field', async () => {
    const check = async (asked: object) => (await studio.send('POST', '/api/check', asked)).json()
    const inputs = { data: studio.data }
    expect(await check({ command: 'train', inputs, options: { epochs: 3, lr: 0.01, net: 'small' } })).toEqual(
      {
        line: `glasshouse train ${studio.data} --epochs 3 --lr 0.01 --net small`,
      },
    )
    const faults: [object, string[] | undefined][] = [
      [{ command: 'train', inputs, options: { epochs: 0 } }, ['options', 'epochs']],
      [{ command: 'train', inputs, options: { dim: 8 } }, ['options', 'dim']],
      [{ command: 'train', inputs, options: { nothing: 1 } }, ['options', 'nothing']],
      [{ command: 'train', inputs: { ...inputs, other: 'x' } }, ['inputs', 'other']],
      [{ command: 'cam', inputs: { model: 'small' } }, ['inputs', 'pictures']],
      [{ command: 'pretext', inputs: { task: 'juggle', ...inputs } }, ['inputs', 'task']],
      [{ command: 'data inspect', inputs: { data: join(studio.data, 'nowhere') } }, ['inputs', 'data']],
      [{ command: 'sweep', inputs: { spec: { ...inputs, grid: { nothing: [1] } } } }, ['inputs', 'spec']],
      [{ command: 'studio', inputs: {} }, ['command']],
    ]
    for (const [asked, path] of faults) {
      const { error } = await check({ options: {}, ...asked })
      expect([asked, error?.path]).toEqual([asked, path])
      expect(error.message).not.toBe('')
    }
  })
})

test('an address that is not there says so, in JSON', async () => {
  for (const path of ['/api/nothing', '/files/', '/files/train-1/nothing.html', '/nothing.js'])
    expect([path, (await studio.get(path)).status]).toEqual([path, 404])
  expect((await studio.send('POST', '/api/state', {})).status).toBe(404)
})

test('of the runtime’s package only the build for WebGPU is served', async () => {
  for (const ending of ['mjs', 'wasm']) {
    const answer = await studio.get(`/runtime/ort-wasm-simd-threaded.asyncify.${ending}`)
    expect(answer.status).toBe(200)
    expect((await answer.arrayBuffer()).byteLength).toBeGreaterThan(1000)
  }
  for (const name of [
    'ort.min.mjs',
    '',
    '..%2fpackage.json',
    '%2e%2e/package.json',
    'ort-wasm-simd-threaded.asyncify.mjs%00',
  ])
    expect([name, (await studio.get(`/runtime/${name}`)).status]).toEqual([name, 404])
})
