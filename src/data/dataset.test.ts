import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { beforeEach, describe, expect, test } from 'vitest'
import { gate } from '../../test/thorough.ts'
import { createWork } from '../base/work.ts'
import { readDataset } from './dataset.node.ts'
import { imagesPerClass, indicesOf, labelsOf, requireImagesPerClass } from './dataset.ts'
import { encoded, noise, temporaryFolder, writeAll, writeClasses } from './fixtures/pictures.node.ts'
import { summarise } from './inspect.ts'

let root: string
beforeEach(() => {
  process.env.GLASSHOUSE_CACHE = temporaryFolder()
  root = temporaryFolder()
})

const refusal = (work: Promise<unknown>) =>
  work.then(
    () => ({ code: 'no error' }),
    ({ code, where, got, what }) => ({ code, where, got, what }),
  )

/** A PNG that claims many pixels and holds hardly any: a decompression bomb's header. */
function bomb(width: number, height: number): Buffer {
  const chunk = (type: string, body: Buffer) => {
    const typed = Buffer.concat([Buffer.from(type), body])
    const length = Buffer.alloc(4)
    length.writeUInt32BE(body.length)
    const sum = Buffer.alloc(4)
    sum.writeUInt32BE(crc(typed))
    return Buffer.concat([length, typed, sum])
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header[8] = 8
  const rows = deflateSync(Buffer.alloc((width + 1) * 16))
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', rows),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function crc(bytes: Uint8Array): number {
  let sum = 0xffffffff
  for (const byte of bytes) {
    sum ^= byte
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0)
  }
  return ~sum >>> 0
}

describe('a folder of class folders', () => {
  test('gives classes sorted by name, items sorted by path, and no splits', async () => {
    await writeClasses(root, ['b', 'a', 'B'], 2)
    const dataset = await readDataset(root)
    expect(dataset.classes).toEqual(['B', 'a', 'b'])
    expect(dataset.items.map(({ path, label, split }) => [path, label, split])).toEqual([
      ['B/0.jpg', 0, undefined],
      ['B/1.jpg', 0, undefined],
      ['a/0.jpg', 1, undefined],
      ['a/1.jpg', 1, undefined],
      ['b/0.jpg', 2, undefined],
      ['b/1.jpg', 2, undefined],
    ])
    expect(dataset.items[0]).toMatchObject({ width: 24, height: 20 })
    expect([...labelsOf(dataset)]).toEqual([0, 0, 1, 1, 2, 2])
  })

  test('may stand under train and val, and the classes are those of both', async () => {
    await writeClasses(join(root, 'train'), ['x', 'y'], 2)
    await writeClasses(join(root, 'val'), ['y', 'z'], 1)
    const dataset = await readDataset(root)
    expect(dataset.classes).toEqual(['x', 'y', 'z'])
    expect([...imagesPerClass(dataset, 'train')]).toEqual([2, 2, 0])
    expect([...imagesPerClass(dataset, 'test')]).toEqual([0, 1, 1])
    expect(indicesOf(dataset, 'test').length).toBe(2)
  })

  test('takes train for a class where other classes stand beside it', async () => {
    await writeClasses(root, ['train', 'bus'], 1)
    expect((await readDataset(root)).classes).toEqual(['bus', 'train'])
  })

  test('takes images by content, from nested folders and through links, and lets other files be', async () => {
    await writeClasses(root, ['x', 'y'], 1)
    const elsewhere = temporaryFolder()
    writeAll(elsewhere, { 'a.png': await encoded('png') })
    symlinkSync(elsewhere, join(root, 'z'))
    writeAll(root, {
      'x/deep/er/no-extension': await encoded('webp'),
      'x/wrong.png': await encoded('jpeg', { seed: 9 }),
      'x/notes.txt': 'notes',
      'x/.DS_Store': 'hidden',
      'x/.hidden.jpg': await encoded('jpeg'),
      'README.md': 'read me',
    })
    const { items, unreadable } = await readDataset(root)
    expect(items.map(({ path }) => path)).toEqual([
      'x/0.jpg',
      'x/deep/er/no-extension',
      'x/wrong.png',
      'y/0.jpg',
      'z/a.png',
    ])
    expect(unreadable).toEqual([])
  })

  test('reports what cannot be read by path and reason, and skips it', async () => {
    await writeClasses(root, ['x', 'y'], 2)
    const jpeg = await encoded('jpeg', { width: 300, height: 300 })
    writeAll(root, {
      'x/cut.jpg': jpeg.subarray(0, jpeg.length * 0.7),
      'x/empty.jpg': '',
      'x/text.jpg': 'this is text',
      'y/bomb.png': bomb(10000, 6000),
    })
    mkdirSync(join(root, 'vacant'))
    execFileSync('mkfifo', [join(root, 'y/pipe.jpg')])
    const { items, classes, unreadable } = await readDataset(root)
    expect(items.length).toBe(4)
    expect(classes).toEqual(['x', 'y'])
    expect(Object.fromEntries(unreadable.map(({ path, reason }) => [path, reason]))).toEqual({
      vacant: 'the folder holds no file',
      'x/cut.jpg': expect.stringMatching(/^truncated or damaged/),
      'x/empty.jpg': 'the file is empty',
      'x/text.jpg': 'no kind of image that is known',
      'y/bomb.png': '10000 x 6000 are 60.0 megapixels, more than the 50 allowed',
      'y/pipe.jpg': 'a named pipe, not a file',
    })
    expect(await refusal(readDataset(root, { strict: true }))).toMatchObject({ code: 'image-unreadable' })
  })

  test('admits large images where that is asked for', async () => {
    await writeClasses(root, ['x', 'y'], 1)
    writeAll(root, { 'x/large.png': await encoded('png', { width: 400, height: 300 }) })
    expect((await readDataset(root, { maxMegapixels: 0.1 })).items.length).toBe(2)
    expect((await readDataset(root, { maxMegapixels: 0.2 })).items.length).toBe(3)
    expect((await readDataset(root, { maxMegapixels: 0.1 })).items.length).toBe(2)
  })

  test('stops when it is aborted', async () => {
    await writeClasses(root, ['x', 'y'], 3)
    const stop = new AbortController()
    const work = createWork({ signal: stop.signal, emit: ({ kind }) => kind === 'progress' && stop.abort() })
    const reading = readDataset(root, { work, threads: 1 })
    await expect(reading).rejects.toThrow('aborted')
  })
})

describe('a list', () => {
  test('names images relative to its own folder, quotes and all', async () => {
    await writeClasses(root, ['some, class', 'y'], 1)
    writeAll(root, {
      'lists/mine.tsv': 'path\tlabel\tsplit\n../y/0.jpg\tB\ttest\n"../some, class/0.jpg"\tA\ttrain\n',
    })
    const dataset = await readDataset(join(root, 'lists/mine.tsv'))
    expect(dataset.root).toBe(join(root, 'lists'))
    expect(dataset.items.map(({ path, label, split }) => [path, label, split])).toEqual([
      ['../some, class/0.jpg', 0, 'train'],
      ['../y/0.jpg', 1, 'test'],
    ])
  })

  test('called labels.csv speaks for its folder', async () => {
    await writeClasses(root, ['x', 'y'], 2)
    writeAll(root, { 'labels.csv': 'path,label\nx/0.jpg,even\nx/1.jpg,odd\n' })
    expect((await readDataset(root)).classes).toEqual(['even', 'odd'])
  })

  test('whose files are partly missing reports them with their line; wholly missing, it is refused', async () => {
    await writeClasses(root, ['x', 'y'], 1)
    writeAll(root, {
      'part.csv': 'path,label\nx/0.jpg,x\ny/9.jpg,y\ny/0.jpg,y\nlabels.txt,y\n',
      'none.csv': 'path,label\nq/2.jpg,x\nq/1.jpg,y\n',
      'labels.txt': 'no image',
    })
    const { unreadable } = await readDataset(join(root, 'part.csv'))
    expect(unreadable).toEqual([
      { path: 'labels.txt', reason: 'no kind of image that is known (line 5 of the list)' },
      { path: 'y/9.jpg', reason: 'no such file or folder (line 3 of the list)' },
    ])
    expect(await refusal(readDataset(join(root, 'none.csv')))).toMatchObject({
      code: 'list-files-missing',
      where: `${join(root, 'none.csv')}, line 2`,
      got: "'q/2.jpg'",
    })
  })
})

describe('what is not a data set', () => {
  test('is refused with a code, a place and a reason', async () => {
    expect(await refusal(readDataset(join(root, 'nowhere')))).toMatchObject({ code: 'data-missing' })
    expect(await refusal(readDataset(root))).toMatchObject({ code: 'data-empty', where: root })
    writeAll(root, { 'photo.jpg': await encoded('jpeg') })
    expect(await refusal(readDataset(root))).toMatchObject({ code: 'data-no-classes', where: root })
    const loose = await readDataset(root, { minimumClasses: 1 })
    expect([loose.classes, loose.items[0].path]).toEqual([[basename(root)], 'photo.jpg'])
    expect(await refusal(readDataset(join(root, 'photo.jpg')))).toMatchObject({ code: 'data-form' })
    writeAll(root, { 'x/notes.txt': 'no image' })
    expect(await refusal(readDataset(root))).toMatchObject({
      code: 'data-empty',
      what: 'there is no readable image',
    })
    await writeClasses(root, ['x'], 2)
    expect(await refusal(readDataset(root))).toMatchObject({ code: 'data-too-few-classes', got: "1: 'x'" })
    expect((await readDataset(root, { minimumClasses: 1 })).items.length).toBe(2)
    const split = temporaryFolder()
    writeAll(split, { 'train/a.jpg': await encoded('jpeg'), 'test/a.jpg': await encoded('jpeg') })
    expect(await refusal(readDataset(split))).toMatchObject({ code: 'data-no-classes' })
  })

  test('a class with too few images is refused by those who need more', async () => {
    await writeClasses(root, ['x', 'y'], 2)
    writeAll(root, { 'z/0.jpg': await encoded('jpeg') })
    const dataset = await readDataset(root)
    expect(() => requireImagesPerClass(dataset, undefined, 1)).not.toThrow()
    expect(() => requireImagesPerClass(dataset, undefined, 2)).toThrow(/'z' \(1\)/)
    expect(() => requireImagesPerClass(dataset, 'train', 1)).toThrow(/no images in this split/)
  })
})

describe('the fingerprint', () => {
  test('is the same for a copy, and another when a path, label, split or pixel is', async () => {
    await writeClasses(root, ['x', 'y'], 2)
    const { fingerprint } = await readDataset(root)
    const copy = temporaryFolder()
    cpSync(root, copy, { recursive: true })
    expect((await readDataset(copy)).fingerprint).toBe(fingerprint)
    writeAll(copy, { 'y/1.jpg': await encoded('jpeg', { seed: 77 }) })
    const changed = (await readDataset(copy)).fingerprint
    expect(changed).not.toBe(fingerprint)
    writeAll(root, {
      'l.csv': 'path,label,split\nx/0.jpg,x,train\nx/1.jpg,x,train\ny/0.jpg,y,train\ny/1.jpg,y,train\n',
    })
    expect((await readDataset(join(root, 'l.csv'))).fingerprint).not.toBe(fingerprint)
    writeAll(root, { 'l.csv': 'path,label\nx/0.jpg,x\nx/1.jpg,x\ny/0.jpg,y\ny/1.jpg,y\n' })
    expect((await readDataset(join(root, 'l.csv'))).fingerprint).toBe(fingerprint)
  })

  test('follows a file that changed under the same size and modification time', async () => {
    await writeClasses(root, ['x', 'y'], 1)
    const file = join(root, 'x/0.jpg')
    const flat = (seed: number) =>
      sharp(noise(24, 20, seed), { raw: { width: 24, height: 20, channels: 3 } })
        .tiff({ compression: 'none' })
        .toBuffer()
    const [first, second] = [await flat(1), await flat(2)]
    expect(second.length).toBe(first.length)
    const then = new Date('2020-01-01')
    const put = (bytes: Buffer) => {
      writeFileSync(file, bytes)
      utimesSync(file, then, then)
    }
    put(first)
    // Only what has not changed for two seconds is remembered.
    await new Promise(resolve => setTimeout(resolve, 2100))
    const { fingerprint } = await readDataset(root)
    const [memory] = readdirSync(join(process.env.GLASSHOUSE_CACHE!, 'surveys'))
    const remembered = readFileSync(join(process.env.GLASSHOUSE_CACHE!, 'surveys', memory), 'utf8')
    expect(remembered).toContain('["x/0.jpg",')
    expect((await readDataset(root)).fingerprint).toBe(fingerprint)
    writeFileSync(join(process.env.GLASSHOUSE_CACHE!, 'surveys', memory), '{ damaged')
    expect((await readDataset(root)).fingerprint).toBe(fingerprint)
    put(second)
    expect((await readDataset(root)).fingerprint).not.toBe(fingerprint)
  })
})

test('the summary counts, measures and finds duplicates', async () => {
  await writeClasses(join(root, 'train'), ['x', 'y'], 2)
  await writeClasses(join(root, 'test'), ['x'], 1)
  writeAll(root, {
    'train/y/large.png': await encoded('png', { width: 100, height: 50 }),
    'train/x/bad.jpg': 'bad',
  })
  const summary = summarise(await readDataset(root))
  expect(summary).toMatchObject({
    images: 6,
    classes: 2,
    splits: { train: 5, val: 0, test: 1, none: 0 },
    perClass: [
      { name: 'x', images: 3, train: 2, test: 1, none: 0 },
      { name: 'y', images: 3, train: 3, test: 0, none: 0 },
    ],
    width: { min: 24, median: 24, max: 100 },
    height: { min: 20, median: 20, max: 50 },
    unreadable: [{ path: 'train/x/bad.jpg' }],
    duplicates: [{ paths: ['test/x/0.jpg', 'train/x/0.jpg'], acrossSplits: true, acrossClasses: false }],
  })
})

const seedlings = '../shared/data/seedlings'
test.skipIf(!gate || !existsSync(seedlings))(
  `the plant seedlings are 3,420 for training and 855 for testing, of 12 classes (needs ${seedlings})`,
  async () => {
    const summary = summarise(await readDataset(seedlings))
    expect(summary).toMatchObject({
      classes: 12,
      splits: { train: 3420, val: 0, test: 855, none: 0 },
      unreadable: [],
    })
    expect(summary.width).toEqual({ min: 128, median: 128, max: 128 })
  },
)
