/** Folders and lists as people lay them out: each is read as it is meant, or refused; nothing is mistaken in silence. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import type { GlasshouseError } from '../base/errors.ts'
import { readDataset } from './dataset.node.ts'
import { imagesPerClass } from './dataset.ts'
import { encoded, temporaryFolder, writeAll, writeClasses } from './fixtures/pictures.node.ts'

let root: string
beforeEach(() => {
  process.env.GLASSHOUSE_CACHE = temporaryFolder()
  root = temporaryFolder()
})

const refusal = (work: Promise<unknown>): Promise<Partial<GlasshouseError>> =>
  work.then(
    () => ({ what: 'no error' }),
    ({ code, where, got, what, hint }) => ({ code, where, got, what, hint }),
  )

const counts = async (data = root) => {
  const dataset = await readDataset(data)
  const [train, val, test] = (['train', 'val', 'test'] as const).map(split => [
    ...imagesPerClass(dataset, split),
  ])
  return { classes: dataset.classes, train, val, test, notes: dataset.notes }
}

describe('split folders', () => {
  test.each([
    ['Train', 'Test'],
    ['TRAIN', 'TEST'],
    ['Training', 'Testing'],
    ['training', 'validation'],
    ['train', 'Valid'],
  ])('may be called %s and %s', async (train, other) => {
    await writeClasses(join(root, train), ['x', 'y'], 2)
    await writeClasses(join(root, other), ['x', 'y'], 1)
    expect(await counts()).toMatchObject({ classes: ['x', 'y'], train: [2, 2], val: [0, 0], test: [1, 1] })
  })

  test('are three where there are three, and validation images are not test images', async () => {
    await writeClasses(join(root, 'train'), ['x', 'y'], 3)
    await writeClasses(join(root, 'Validation'), ['x', 'y'], 2)
    await writeClasses(join(root, 'test'), ['x', 'y'], 1)
    expect(await counts()).toMatchObject({ train: [3, 3], val: [2, 2], test: [1, 1] })
  })

  test('without training images stay what they are', async () => {
    await writeClasses(join(root, 'val'), ['x', 'y'], 2)
    await writeClasses(join(root, 'test'), ['x', 'y'], 1)
    expect(await counts()).toMatchObject({ classes: ['x', 'y'], train: [0, 0], val: [2, 2], test: [1, 1] })
  })

  test('are classes where images lie directly in them and other classes beside them', async () => {
    await writeClasses(root, ['train', 'test', 'bus'], 1)
    expect((await counts()).classes).toEqual(['bus', 'test', 'train'])
  })

  test('beside which folders without images lie leave these out and say so', async () => {
    await writeClasses(join(root, 'train'), ['x', 'y'], 1)
    await writeClasses(join(root, 'test'), ['x', 'y'], 1)
    writeAll(root, { 'annotations/list.json': '{}' })
    const { classes, notes } = await counts()
    expect(classes).toEqual(['x', 'y'])
    expect(notes).toContainEqual(expect.stringContaining("'annotations' beside 'test', 'train'"))
  })

  const ambiguous: [string, string[]][] = [
    ['beside folders of images', ['train/x', 'train/y', 'test/x', 'test/y', 'extra/x']],
    ['beside a split of another name', ['train/x', 'train/y', 'holdout/x', 'holdout/y']],
    ['beside a name that is nearly a split', ['train/x', 'train/y', 'test_images']],
    [
      'whose names are only nearly those of splits',
      ['train_set/x', 'train_set/y', 'test_set/x', 'test_set/y'],
    ],
    ['with years', ['train2017/x', 'val2017/x']],
    ['with prefixes', ['seg_train/x', 'seg_test/x']],
    ['of the same split twice', ['train/x', 'Training/x', 'test/x']],
  ]
  test.each(ambiguous)('%s are refused', async (_, folders) => {
    for (const [i, folder] of folders.entries())
      writeAll(root, { [`${folder}/0.jpg`]: await encoded('jpeg', { seed: i }) })
    expect(await refusal(readDataset(root))).toMatchObject({ code: 'data-ambiguous', where: root })
  })

  test.each(['trainer', 'contest', 'valley', 'attest'])('%s is a class like others', async name => {
    await writeClasses(root, [name, 'other'], 1)
    expect((await counts()).classes).toEqual([name, 'other'].sort())
  })
})

describe('test images without labels', () => {
  test('in a flat folder are left out, and the training images are read', async () => {
    await writeClasses(join(root, 'train'), ['x', 'y'], 2)
    writeAll(root, { 'test/1.jpg': await encoded('jpeg'), 'test/2.jpg': await encoded('jpeg', { seed: 8 }) })
    const { train, test, notes } = await counts()
    expect([train, test]).toEqual([
      [2, 2],
      [0, 0],
    ])
    expect(notes).toEqual(['test/ has no class folders: its 2 files have no labels and are left out'])
  })

  test('in one folder that is not a class are left out too', async () => {
    await writeClasses(join(root, 'train'), ['x', 'y'], 2)
    await writeClasses(join(root, 'test'), ['unknown'], 3)
    const { classes, notes } = await counts()
    expect(classes).toEqual(['x', 'y'])
    expect(notes).toEqual([expect.stringContaining("one folder, 'unknown'")])
  })

  test('training images without labels are refused', async () => {
    await writeClasses(join(root, 'test'), ['x', 'y'], 1)
    writeAll(root, { 'train/1.jpg': await encoded('jpeg') })
    expect(await refusal(readDataset(root))).toMatchObject({
      code: 'data-no-classes',
      where: join(root, 'train'),
    })
  })
})

describe('one folder too many', () => {
  test.each(['plants', 'download/plants'])('%s is named as the one that is meant', async below => {
    await writeClasses(join(root, below), ['x', 'y'], 1)
    expect((await refusal(readDataset(root))).hint).toContain(
      `Name ${join(root, below)}, which holds the folders 'x', 'y'`,
    )
    const { notes } = await readDataset(root, { minimumClasses: 1 })
    expect(notes).toEqual([expect.stringContaining("the folders 'x', 'y'")])
  })

  test('images beside class folders are counted in a note', async () => {
    await writeClasses(root, ['x', 'y'], 1)
    writeAll(root, { 'loose.jpg': await encoded('jpeg', { seed: 5 }), 'notes.txt': '' })
    expect((await counts()).notes).toEqual(['the image loose.jpg in no class folder: left out'])
  })
})

describe('links', () => {
  test('to folders are followed, however deep; circles end, and what leads nowhere is said', async () => {
    await writeClasses(root, ['x', 'y'], 1)
    const elsewhere = temporaryFolder()
    await writeClasses(elsewhere, ['deep/one'], 2)
    symlinkSync(elsewhere, join(root, 'x/linked'))
    symlinkSync(join(root, 'x'), join(root, 'x/linked/deep/circle'))
    symlinkSync('..', join(root, 'y/up'))
    symlinkSync('nowhere', join(root, 'y/lost'))
    const { items, unreadable } = await readDataset(root)
    const inX = items.filter(({ label }) => label === 0).map(({ path }) => path)
    expect(inX).toEqual(['x/0.jpg', 'x/linked/deep/one/0.jpg', 'x/linked/deep/one/1.jpg'])
    expect(unreadable).toEqual([{ path: 'y/lost', reason: 'a link that leads nowhere' }])
  })

  test('that double at every level do not', async () => {
    await writeClasses(root, ['x', 'y'], 1)
    for (let level = 0; level < 20; level++) {
      mkdirSync(join(root, 'chain', `${level}`), { recursive: true })
      for (const name of ['a', 'b'])
        symlinkSync(join(root, 'chain', `${level + 1}`), join(root, 'chain', `${level}`, name))
    }
    writeAll(root, { 'chain/20/1.jpg': await encoded('jpeg') })
    const started = performance.now()
    const { items } = await readDataset(root)
    expect(items.filter(({ path }) => path.startsWith('chain')).length).toBe(1)
    expect(performance.now() - started).toBeLessThan(5000)
  })
})

describe('spellings', () => {
  const composed = 'p\u00eache'
  const decomposed = 'pe\u0302che'

  test('of one class in folders become one class', async () => {
    await writeClasses(join(root, 'train'), [composed, 'y'], 1)
    await writeClasses(join(root, 'test'), [decomposed, 'y'], 1)
    const { classes, train, test, notes } = await counts()
    expect([classes, train, test]).toEqual([
      [composed, 'y'],
      [1, 1],
      [1, 1],
    ])
    expect(notes.join()).toContain('are one class')
  })

  test('of labels and of paths in a list do as well', async () => {
    writeAll(root, {
      [`${decomposed}/1.jpg`]: await encoded('jpeg', { seed: 1 }),
      'y.jpg': await encoded('jpeg', { seed: 2 }),
      'z.jpg': await encoded('jpeg', { seed: 3 }),
      'l.csv': `path,label\n${composed}/1.jpg,${composed}\ny.jpg,${decomposed} \nz.jpg,pache\n`,
    })
    const { classes, items } = await readDataset(join(root, 'l.csv'))
    expect([classes, items.length]).toEqual([['pache', composed], 3])
  })
})

describe('lists', () => {
  beforeEach(() => writeClasses(root, ['a', 'b'], 2))
  const rows = 'a/0.jpg,caf\u00e9\na/1.jpg,caf\u00e9\nb/0.jpg,th\u00e9\nb/1.jpg,th\u00e9\n'
  const text = `path,label\n${rows}`
  const write = (content: string | Uint8Array) => {
    writeFileSync(join(root, 'l.csv'), content)
    return join(root, 'l.csv')
  }
  const utf16 = (bigEndian: boolean, mark: boolean) => {
    const bytes = Buffer.from((mark ? '\ufeff' : '') + text, 'utf16le')
    return bigEndian ? bytes.swap16() : bytes
  }

  test.each([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with a mark', Buffer.from(`\ufeff${text}`)],
    ['UTF-16', utf16(false, true)],
    ['UTF-16 without a mark', utf16(false, false)],
    ['big-endian UTF-16', utf16(true, true)],
    ['big-endian UTF-16 without a mark', utf16(true, false)],
  ])('in %s are read', async (_, bytes) => {
    expect((await readDataset(write(bytes))).classes).toEqual(['caf\u00e9', 'th\u00e9'])
  })

  test.each([
    ['Latin-1', Buffer.from(text, 'latin1'), 2, 'not UTF-8'],
    [
      'Latin-1, far down',
      Buffer.from(text.replace(rows, `${'a/0.jpg,x\n'.repeat(300_000)}${rows}`), 'latin1'),
      300_002,
      'not UTF-8',
    ],
    [
      'UTF-16 with half a character',
      Buffer.concat([utf16(false, true), Buffer.from([0])]),
      undefined,
      'not valid UTF-16',
    ],
    ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x70, 0, 0, 0]), undefined, 'UTF-32'],
    ['zero bytes', Buffer.from(text.replace('b/0', 'b\0/0')), 4, 'zero bytes'],
  ])('in %s are refused, with the line', async (_, bytes, line, what) => {
    const error = await refusal(readDataset(write(bytes)))
    expect(error).toMatchObject({ code: 'text-encoding', what: expect.stringContaining(what) })
    expect(error.where).toBe(
      line === undefined ? join(root, 'l.csv') : `${join(root, 'l.csv')}, line ${line}`,
    )
  })

  test('with paths from Windows are read as the folders they name', async () => {
    const { items } = await readDataset(write('path,label\na\\0.jpg,x\n.\\b\\1.jpg,y\n'))
    expect(items.map(({ path }) => path)).toEqual(['a/0.jpg', 'b/1.jpg'])
  })

  test.skipIf(process.platform === 'win32')('may name a file that really has a backslash', async () => {
    writeAll(root, { 'odd\\name.jpg': await encoded('jpeg', { seed: 77 }) })
    const { items } = await readDataset(write('path,label\nodd\\name.jpg,x\na/0.jpg,y\n'))
    expect(items.map(({ path }) => path)).toEqual(['a/0.jpg', 'odd\\name.jpg'])
  })

  test.each([
    (path: string) => path,
    (path: string) => `./${path}`,
    (path: string) => `b/../${path}`,
    (path: string) => join(root, path),
    (path: string) => path.replaceAll('/', '\\'),
  ])('that name an image twice are refused, however its path is written', async spell => {
    const list = write(`path,label\na/0.jpg,x\nb/0.jpg,y\n${spell('a/0.jpg')},y\n`)
    expect(await refusal(readDataset(list))).toMatchObject({
      code: 'list-duplicate',
      where: `${list}, line 4`,
      got: "'a/0.jpg', also in line 2",
    })
  })

  test('say how many rows are in no split', async () => {
    const { notes } = await readDataset(
      write('path,label,split\na/0.jpg,x,train\nb/0.jpg,y,train\nb/1.jpg,y,\n'),
    )
    expect(notes).toEqual([expect.stringMatching(/^1 of the 3 rows of .* name no split/)])
  })

  test('with the same content under two labels, or in two splits, are doubtful', async () => {
    writeAll(root, { 'c/0.jpg': await encoded('jpeg', { seed: 0 }) })
    const list = 'path,label,split\na/0.jpg,x,train\nc/0.jpg,y,test\nb/0.jpg,y,train\n'
    const { notes } = await readDataset(write(list))
    expect(notes).toEqual([
      "1 image occurs under several labels, such as a/0.jpg ('x') = c/0.jpg ('y'): one of the labels is wrong",
      '1 image occurs in several splits, such as a/0.jpg = c/0.jpg: scores will be better than they should',
    ])
  })

  test('that are a pipe do not wait for ever', async () => {
    if (!existsSync('/usr/bin/mkfifo')) return
    execFileSync('mkfifo', [join(root, 'pipe.csv')])
    expect(await refusal(readDataset(join(root, 'pipe.csv')))).toMatchObject({ code: 'file-not-regular' })
    expect(await refusal(readDataset('/dev/zero'))).toMatchObject({ code: 'data-form' })
  })
})

test('a file whose name is not UTF-8 is named, not lost', async () => {
  if (process.platform !== 'linux') return
  await writeClasses(root, ['x', 'y'], 1)
  writeFileSync(Buffer.concat([Buffer.from(`${root}/x/caf`), Buffer.from([0xe9]), Buffer.from('.jpg')]), 'x')
  const { unreadable } = await readDataset(root)
  expect(unreadable).toEqual([{ path: 'x/caf\ufffd.jpg', reason: 'its name is not UTF-8' }])
})
