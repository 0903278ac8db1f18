/** `classify` on folders: all images in them, those that cannot be read named and left out. */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { beforeAll, expect, it } from 'vitest'
import { glasshouse } from '../../test/command-line.ts'

const folder = mkdtempSync(join(tmpdir(), 'glasshouse-classify-'))
const data = join(folder, 'photos')
beforeAll(async () => {
  mkdirSync(join(data, 'deep'), { recursive: true })
  mkdirSync(join(folder, 'bare'))
  for (const name of ['b.png', 'deep/a.png'])
    await sharp({ create: { width: 40, height: 32, channels: 3, background: '#3a5' } }).toFile(
      join(data, name),
    )
  writeFileSync(join(data, 'broken.jpg'), 'not an image')
  writeFileSync(join(data, 'notes.txt'), 'not an image either')
})

it('answers for every image below, and leaves a list', async () => {
  const out = join(folder, 'out')
  const { code, stdout, stderr } = await glasshouse(
    'classify',
    'small',
    data,
    '--top',
    '1',
    '--json',
    '--out',
    out,
  )
  expect([code, stderr]).toEqual([0, expect.stringContaining('skipped')])
  expect(stderr).toContain('broken.jpg')
  const { images } = JSON.parse(stdout).metrics
  expect(images.map(({ path }: { path: string }) => path)).toEqual([
    join(data, 'b.png'),
    join(data, 'deep/a.png'),
  ])
  const lines = readFileSync(join(out, 'classes.csv'), 'utf8').trim().split('\r\n')
  expect(lines[0]).toBe('path,rank,class,probability,logit')
  expect(lines).toHaveLength(3)
})

it('refuses a folder without images, and an image that is named and cannot be read', async () => {
  const bare = await glasshouse('classify', 'small', join(folder, 'bare'))
  expect([bare.code, bare.stderr]).toEqual([2, expect.stringContaining('no image that can be read')])
  const named = await glasshouse('classify', 'small', join(data, 'b.png'), join(data, 'broken.jpg'))
  expect([named.code, named.stderr]).toEqual([2, expect.stringContaining('broken.jpg')])
})
