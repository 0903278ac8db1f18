/** Maps as the page gets them: what the data says of the images, the ties of other strengths, the line that made them. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestStudio, testStudio } from '../../test/studio.ts'
import { writeVectors } from '../embedding/vectors.node.ts'
import { exampleRecord } from '../runs/fixtures/record.ts'
import type { MapsResult, RunDetail } from './api.ts'

let studio: TestStudio
beforeAll(async () => {
  studio = await testStudio()
})
afterAll(() => studio.end())

const paths = ['a/1.png', 'a/2.png', 'b/1.png']
const map = (place: string, data: readonly number[]) =>
  writeVectors(place, {
    ids: Int32Array.of(0, 1, 2),
    paths,
    labels: ['a', 'a', 'b'],
    dim: 2,
    data: Float32Array.from(data),
  })

test('fields of the list, splits, and the swept strengths, the weakest first', async () => {
  const runs = join(studio.folder, 'runs')
  for (const name of ['list', 'emb', 'tsne-1']) mkdirSync(join(runs, name))
  const list = join(runs, 'list', 'images.csv')
  writeFileSync(
    list,
    'path,label,split,place,sharpness,same\na/1.png,a,train,"north, hill",1.5,x\na/2.png,a,test,south,2,x\nb/1.png,b,test,,3,x\n',
  )
  const record = exampleRecord({ objective: 'ep', head: { kind: 'embedding', dim: 8 } })
  writeFileSync(
    join(runs, 'emb', 'run.json'),
    JSON.stringify({ ...record, data: { ...record.data, path: list } }),
  )
  const vectors = ['runs/emb@0:test', 'runs/emb@2:test']
  const sweep = [1, 0.01].map(lambda => ({ lambda }))
  writeFileSync(
    join(runs, 'tsne-1', 'result.json'),
    JSON.stringify({
      command: 'tsne',
      version: '0.1.0',
      seed: 3,
      device: 'cpu',
      seconds: 1,
      parameters: { vectors, perplexity: 5, yoke: 'auto', sweep: [1, 0.01] },
      metrics: { lambda: 0.1, sweep },
      files: [],
    }),
  )
  for (const at of [1, 2]) {
    await map(join(runs, 'tsne-1', `map-${at}.arrow`), [0, 0, 1, 1, 2, at])
    for (const tie of [1, 2])
      await map(join(runs, 'tsne-1', `sweep-${tie}-map-${at}.arrow`), [tie, 0, 1, 1, 2, at])
  }
  const found: MapsResult = await (await studio.get('/api/run/maps?run=tsne-1')).json()
  const known = found.fields.map(({ name, values }) => [name, values])
  expect(known).toEqual([
    ['split', ['train', 'test']],
    ['place', ['north, hill', 'south']],
    ['sharpness', ['1.5', '2', '3']],
  ])
  const of = Buffer.from(found.fields[1].of.base64, 'base64')
  expect([0, 4, 8].map(at => of.readInt32LE(at))).toEqual([0, 1, -1])
  expect([found.lambda, found.strengths.map(({ lambda }) => lambda)]).toEqual([0.1, [0.01, 1]])
  // The second of the sweep is the weaker one.
  expect(Buffer.from(found.strengths[0].maps[0].x.base64, 'base64').readFloatLE(0)).toBe(2)

  const detail: RunDetail = await (await studio.get('/api/run?run=tsne-1')).json()
  expect(detail.line).toBe(
    'glasshouse tsne runs/emb@0:test runs/emb@2:test --perplexity 5 --sweep 1 --sweep 0.01 --seed 3',
  )
})
