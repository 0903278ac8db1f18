/** `data inspect` and `data seedlings` as they are typed. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { beforeEach, describe, expect, test } from 'vitest'
import { glasshouse } from '../../test/command-line.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'glasshouse-'))
  process.env.GLASSHOUSE_CACHE = join(folder, 'cache')
})

const jpeg = (red: number) =>
  sharp({ create: { width: 40 + red, height: 30, channels: 3, background: { r: red, g: 0, b: 0 } } })
    .jpeg()
    .toBuffer()

test('data seedlings says where the images are, and leaves nothing else', async () => {
  const runs = () => (existsSync('runs') ? readdirSync('runs') : [])
  const before = runs()
  const data = join(folder, 'drawn')
  const { code, stdout } = await glasshouse('data', 'seedlings', data, '--per-class', '2', '--size', '16')
  expect(code).toBe(0)
  expect(stdout).toBe(`images  classes  folder\n    24       12  ${data}\n`)
  expect(readdirSync(data)).toEqual(['test', 'train'])
  expect(runs()).toEqual(before)
})

describe('data inspect', () => {
  /** Two classes, one file twice with contradicting labels, one file that is not an image. */
  async function smallData(): Promise<string> {
    const data = join(folder, 'photos')
    for (const name of ['ash', 'oak']) mkdirSync(join(data, name), { recursive: true })
    for (const i of [1, 2, 3]) writeFileSync(join(data, 'ash', `${i}.jpg`), await jpeg(i))
    writeFileSync(join(data, 'oak', '1.jpg'), await jpeg(1))
    writeFileSync(join(data, 'oak', 'broken.png'), 'not an image')
    return data
  }

  test('counts, sizes, unreadable files and duplicates', async () => {
    const { code, stdout, stderr } = await glasshouse('data', 'inspect', await smallData(), '--json')
    expect(code).toBe(0)
    expect(stderr).toContain('skipped oak/broken.png: ')
    expect(JSON.parse(stdout)).toMatchObject({
      command: 'data inspect',
      metrics: {
        images: 4,
        classes: 2,
        splits: { train: 0, test: 0, none: 4 },
        perClass: [
          { name: 'ash', images: 3 },
          { name: 'oak', images: 1 },
        ],
        width: { min: 41, median: 41, max: 43 },
        height: { min: 30, max: 30 },
        unreadable: [{ path: 'oak/broken.png' }],
        duplicates: [{ paths: ['ash/1.jpg', 'oak/1.jpg'], acrossClasses: true }],
      },
    })
  })

  test('in words', async () => {
    const { stdout } = await glasshouse('data', 'inspect', await smallData(), '--quiet')
    expect(stdout).toContain('class  images\nash         3\noak         1\n')
    expect(stdout).toContain('4 images of 2 classes: 4 in no split')
    expect(stdout).toMatch(/unreadable: oak\/broken\.png \(.+\)/)
    expect(stdout).toContain('same content: ash/1.jpg = oak/1.jpg')
  })

  test('--strict makes an unreadable image a mistake, and so is a folder that is not there', async () => {
    const runs = () => (existsSync('runs') ? readdirSync('runs') : [])
    const before = runs()
    const strict = await glasshouse('data', 'inspect', await smallData(), '--strict')
    expect(strict.code).toBe(2)
    expect(strict.stderr).toContain('broken.png')
    const missing = await glasshouse('data', 'inspect', join(folder, 'nowhere'))
    expect(missing.code).toBe(2)
    expect(missing.stderr).toContain('nowhere')
    expect(runs()).toEqual(before)
  })
})
