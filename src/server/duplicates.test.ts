/** Near-duplicates of a data set: copies, mirrored ones too, and what is no image is like no other. */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestStudio, testStudio } from '../../test/studio.ts'
import type { Duplicates } from './api.ts'

let studio: TestStudio
beforeAll(async () => {
  studio = await testStudio()
})
afterAll(() => studio.end())

test('copies and mirror images are found, across splits', async () => {
  const place = join(studio.folder, 'runs', 'twins')
  const source = (name: string) => join(studio.data, 'test', name)
  for (const folder of ['train/a', 'train/b', 'test/a', 'test/b'])
    mkdirSync(join(place, folder), { recursive: true })
  cpSync(source('Maize/0004.png'), join(place, 'train/a/1.png'))
  cpSync(source('Maize/0009.png'), join(place, 'train/b/2.png'))
  cpSync(source('Sugar beet/0004.png'), join(place, 'test/b/3.png'))
  await sharp(source('Maize/0004.png')).flop().toFile(join(place, 'test/a/1.png'))
  writeFileSync(join(place, 'test/a/no.png'), 'no image')
  const ask = async (): Promise<Duplicates> =>
    (await studio.get('/api/data/duplicates?data=runs/twins')).json()
  await ask()
  await expect.poll(async () => (await ask()).groups).toBeDefined()
  const { groups, done, of, left } = await ask()
  expect([done, of, left]).toEqual([5, 5, 0])
  expect(groups?.map(group => group.map(({ path }) => path))).toEqual([['test/a/1.png', 'train/a/1.png']])
})
