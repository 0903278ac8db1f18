import { spawn } from 'node:child_process'
import {
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { gate } from '../../test/thorough.ts'
import { createWork } from '../base/work.ts'
import { openPictures } from './cache.node.ts'
import { readDataset } from './dataset.node.ts'
import { decodePicture } from './decode.node.ts'
import { encoded, temporaryFolder, writeAll, writeClasses } from './fixtures/pictures.node.ts'

let root: string
let cache: string
beforeEach(async () => {
  cache = process.env.GLASSHOUSE_CACHE = temporaryFolder()
  root = temporaryFolder()
  await writeClasses(root, ['x', 'y'], 3)
})

const files = () => readdirSync(join(cache, 'pictures'))
const onlyFile = () => join(cache, 'pictures', files()[0])

/** Opens the images and says how many of them had to be decoded. */
async function open(size: number, options = {}) {
  let decoded = 0
  const store = await openPictures(await readDataset(root), size, {
    ...options,
    work: createWork({ emit: event => event.kind === 'progress' && (decoded = event.done) }),
  })
  return { store, decoded }
}

describe('the store of decoded images', () => {
  test('holds every item in order, short side to the size and the centre of it', async () => {
    const { store } = await open(16)
    expect([store.size, store.count]).toEqual([16, 6])
    const bytes = readFileSync(join(root, 'y/1.jpg'))
    const { data } = await decodePicture(bytes, '', { resize: { square: 16 } })
    expect(Buffer.from(store.picture(4))).toEqual(Buffer.from(data))
  })

  test('is decoded once per size and then comes from disk, byte for byte', async () => {
    const first = await open(16)
    const again = await open(16)
    expect([first.decoded, again.decoded, (await open(12)).decoded]).toEqual([6, 0, 6])
    for (let i = 0; i < 6; i++) {
      expect(Buffer.from(again.store.picture(i))).toEqual(Buffer.from(first.store.picture(i)))
    }
  })

  test('too large for memory, it is read from its file image by image', async () => {
    const { store: inMemory } = await open(16)
    const { store, decoded } = await open(16, { memoryLimit: 0 })
    expect(decoded).toBe(0)
    expect(Buffer.from(store.picture(5))).toEqual(Buffer.from(inMemory.picture(5)))
    store.close()
  })

  test('follows the content, not the name', async () => {
    await open(16)
    writeAll(root, { 'x/1.jpg': await encoded('jpeg', { seed: 500 }) })
    const { store, decoded } = await open(16)
    expect(decoded).toBe(6)
    const { data } = await decodePicture(readFileSync(join(root, 'x/1.jpg')), '', { resize: { square: 16 } })
    expect(Buffer.from(store.picture(1))).toEqual(Buffer.from(data))
  })

  test.each([
    ['cut short', (file: string) => truncateSync(file, 1000)],
    ['emptied', (file: string) => truncateSync(file, 0)],
    [
      'lengthened',
      (file: string) => writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.alloc(9)])),
    ],
    [
      'changed in one byte',
      (file: string) => {
        const bytes = readFileSync(file)
        bytes[2000] ^= 1
        writeFileSync(file, bytes)
      },
    ],
  ])('%s, it is noticed and rebuilt', async (_, damage) => {
    const { store } = await open(16)
    const intact = readFileSync(onlyFile())
    damage(onlyFile())
    const again = await open(16)
    expect(again.decoded).toBe(6)
    expect(readFileSync(onlyFile())).toEqual(intact)
    expect(Buffer.from(again.store.picture(3))).toEqual(Buffer.from(store.picture(3)))
  })

  test.runIf(gate)('may be built by two processes at once', async () => {
    const script = `
      import { runnerImport } from 'vite'
      const { module: { readDataset } } = await runnerImport('./src/data/dataset.node.ts')
      const { module: { openPictures } } = await runnerImport('./src/data/cache.node.ts')
      const store = await openPictures(await readDataset(${JSON.stringify(root)}), 16)
      process.stdout.write(String(store.count))`
    const child = () =>
      new Promise<string>((resolve, reject) => {
        const running = spawn(process.execPath, ['--input-type=module', '-e', script])
        let said = ''
        running.stdout.on('data', text => (said += text))
        running.on('error', reject)
        running.on('close', code => resolve(`${code} ${said}`))
      })
    expect(await Promise.all([child(), child()])).toEqual(['0 6', '0 6'])
    expect(files().length).toBe(1)
    expect((await open(16)).decoded).toBe(0)
  })

  test('leaves nothing behind when it is interrupted', async () => {
    const stop = new AbortController()
    const building = openPictures(await readDataset(root), 16, {
      threads: 1,
      work: createWork({ signal: stop.signal, emit: ({ kind }) => kind === 'progress' && stop.abort() }),
    })
    await expect(building).rejects.toThrow('aborted')
    expect(files()).toEqual([])
  })

  test('refuses an image that changed since the data was read', async () => {
    const dataset = await readDataset(root)
    writeAll(root, { 'x/1.jpg': await encoded('jpeg', { seed: 500 }) })
    await expect(openPictures(dataset, 16)).rejects.toMatchObject({ code: 'image-changed' })
  })

  test('throws away what nobody opened for a month', async () => {
    await open(16)
    const used = onlyFile()
    const old = new Date(Date.now() - 40 * 24 * 3600 * 1000)
    const abandoned = join(cache, 'pictures', 'abandoned.rgb.1.0.tmp')
    writeFileSync(abandoned, '')
    utimesSync(abandoned, old, old)
    utimesSync(used, old, old)
    expect((await open(16)).decoded).toBe(0)
    expect(statSync(used).mtimeMs).toBeGreaterThan(Date.now() - 60_000)
    await open(12)
    expect(existsSync(abandoned)).toBe(false)
    expect(files().length).toBe(2)
  })

  test('says how to choose another place where the cache cannot be written', async () => {
    const dataset = await readDataset(root)
    writeAll(root, { 'a-file': '' })
    process.env.GLASSHOUSE_CACHE = join(root, 'a-file')
    await expect(openPictures(dataset, 16)).rejects.toMatchObject({
      where: join(root, 'a-file', 'pictures'),
      hint: expect.stringContaining('GLASSHOUSE_CACHE'),
    })
  })
})
