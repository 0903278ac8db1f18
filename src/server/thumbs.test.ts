import { mkdtempSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createThumbs } from './thumbs.ts'

test('the tag of a small form is there before anything is decoded, and changes with the file', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'glasshouse-thumbs-')), 'broken.png')
  writeFileSync(path, 'not an image')
  const thumbs = createThumbs()
  const { tag, made } = await thumbs.of(path, 64)
  expect((await thumbs.of(path, 64)).tag).toBe(tag)
  expect((await thumbs.of(path, 128)).tag).not.toBe(tag)
  utimesSync(path, 1, 1)
  expect((await thumbs.of(path, 64)).tag).not.toBe(tag)
  await expect(made(new AbortController().signal)).rejects.toThrow('broken.png')
})
