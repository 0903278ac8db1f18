/**
 * Caches that lie: whatever happens to a file of the cache, or takes its place, a data set is read as it would be
 * without a cache, and soon. GLASSHOUSE_FUZZ sets how many damages of every kind are tried, and has the figures printed.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { attempts, gate } from '../../test/thorough.ts'
import { type Random, random } from '../base/random.ts'
import { openPictures } from './cache.node.ts'
import { readDataset } from './dataset.node.ts'
import { temporaryFolder, writeAll, writeClasses } from './fixtures/pictures.node.ts'

const tried = attempts(2)

const root = temporaryFolder()
const other = temporaryFolder()
const sound = temporaryFolder()
let truth = ''

beforeAll(async () => {
  await writeClasses(root, ['x', 'y'], 3)
  await writeClasses(other, ['x', 'y', 'z'], 2)
  writeAll(root, { 'x/notes.txt': 'no image' })
  // Files that changed a moment ago are not remembered.
  for (const folder of [root, other]) {
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
      utimesSync(join(folder, name), 1e9, 1e9)
  }
  await new Promise(resolve => setTimeout(resolve, 2100))
  truth = await digest(temporaryFolder())
  await digest(sound)
  await digest(sound, other)
  expect(readdirSync(join(sound, 'surveys')).length).toBe(2)
  expect(readdirSync(join(sound, 'pictures')).length).toBe(2)
})

/** Everything that is read of a data set, with this cache: its items, and its pixels in memory and from the file. */
async function digest(cache: string, folder = root): Promise<string> {
  process.env.GLASSHOUSE_CACHE = cache
  const dataset = await readDataset(folder)
  const hash = createHash('sha256')
  hash.update(JSON.stringify({ ...dataset, root: '' }))
  for (const memoryLimit of [2 ** 30, 0]) {
    const store = await openPictures(dataset, 16, { memoryLimit })
    for (let i = 0; i < store.count; i++) hash.update(store.picture(i))
    store.close()
  }
  return hash.digest('hex')
}

const change = (path: string, by: (bytes: Buffer) => Uint8Array | string) =>
  writeFileSync(path, by(readFileSync(path)))

const instead = (path: string, make: (path: string) => void) => {
  rmSync(path)
  make(path)
}

/** A digit of a text, or of the numbers in a file, that becomes another one. */
function otherDigit(bytes: Buffer, { integer }: Random): Buffer {
  const digits = [...bytes.keys()].filter(at => bytes[at] >= 0x30 && bytes[at] <= 0x39)
  const at = digits[integer(digits.length)] ?? 0
  bytes[at] = 0x30 + ((bytes[at] - 0x30 + 1 + integer(9)) % 10)
  return bytes
}

/** What can happen to a file; `twin` is another file of the same kind, made from other data. */
const damages: Record<string, (path: string, chance: Random, twin: string) => void> = {
  'a flipped bit': (path, { integer }) =>
    change(path, bytes => {
      bytes[integer(bytes.length)] ^= 1 << integer(8)
      return bytes
    }),
  'another digit': (path, chance) => change(path, bytes => otherDigit(bytes, chance)),
  'a stretch of zeros': (path, { integer }) =>
    change(path, bytes => {
      const at = integer(bytes.length)
      return bytes.fill(0, at, Math.min(bytes.length, at + 512))
    }),
  'noise everywhere': (path, { integer }) => change(path, bytes => bytes.map(() => integer(256))),
  'an end cut off': (path, { integer }) => change(path, bytes => bytes.subarray(0, integer(bytes.length))),
  'bytes at the end': (path, { integer }) =>
    change(path, bytes => Buffer.concat([bytes, Buffer.alloc(1 + integer(99))])),
  'bytes in the middle': (path, { integer }) =>
    change(path, bytes => {
      const at = integer(bytes.length)
      return Buffer.concat([bytes.subarray(0, at), Buffer.from('7'), bytes.subarray(at)])
    }),
  'bytes missing in the middle': (path, { integer }) =>
    change(path, bytes => {
      const at = integer(bytes.length)
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + integer(50))])
    }),
  'two stretches exchanged': (path, { integer }) =>
    change(path, bytes => {
      const length = Math.floor(bytes.length / 8)
      const at = integer(4) * length
      const moved = Buffer.from(bytes.subarray(at, at + length))
      bytes.copyWithin(at, at + 3 * length, at + 4 * length)
      bytes.set(moved, at + 3 * length)
      return bytes
    }),
  'two rows exchanged with their checksums': (path, { integer }) =>
    change(path, bytes => {
      const [length, count] = [16 * 16 * 3, 6]
      if (bytes.length < count * length) return bytes.reverse()
      const [a, b] = [integer(3), 3 + integer(3)]
      for (const [size, start] of [
        [length, 0],
        [4, count * length],
      ]) {
        const row = Buffer.from(bytes.subarray(start + a * size, start + (a + 1) * size))
        bytes.copyWithin(start + a * size, start + b * size, start + (b + 1) * size)
        bytes.set(row, start + b * size)
      }
      return bytes
    }),
  'lines exchanged': (path, { integer }) =>
    change(path, bytes => {
      const lines = bytes.toString('latin1').split('\n')
      const at = integer(Math.max(1, lines.length - 1))
      lines.splice(at, 0, ...lines.splice(integer(lines.length), 1))
      return Buffer.from(lines.join('\n'), 'latin1')
    }),
  'paths of two entries exchanged': path =>
    change(path, bytes => {
      const text = bytes.toString('latin1')
      return Buffer.from(
        text.replaceAll('x/0.jpg', '\0').replaceAll('y/0.jpg', 'x/0.jpg').replaceAll('\0', 'y/0.jpg'),
        'latin1',
      )
    }),
  'nothing in it': path => change(path, () => ''),
  'an empty object': path => change(path, () => '{}'),
  'a null': path => change(path, () => 'null\n'),
  'the file of other data': (path, _, twin) => cpSync(twin, path),
  'a text without an end': path => change(path, () => '['.repeat(200_000)),
  'a gigabyte of nothing': path => instead(path, path => execFileSync('truncate', ['-s', '1G', path])),
  'a folder': path => instead(path, path => mkdirSync(join(path, 'deep'), { recursive: true })),
  'a named pipe': path => instead(path, path => execFileSync('mkfifo', [path])),
  'a link to nothing': path => instead(path, path => symlinkSync('nowhere', path)),
  'a link to itself': path => instead(path, path => symlinkSync(path, path)),
  'a link to an endless device': path => instead(path, path => symlinkSync('/dev/zero', path)),
  'a link to other data': (path, _, twin) => instead(path, path => symlinkSync(twin, path)),
  'no permission': path => chmodSync(path, 0),
  'the past as its time': path => utimesSync(path, 0, 0),
  'the future as its time': path => utimesSync(path, 1e10, 1e10),
}

let count = 0
let slowest = 0

/** Every third kind of damage, in the gate every one. */
const harms = Object.keys(damages).filter((_, at) => gate || at % 3 === 0)

test.skipIf(process.platform === 'win32').each(harms)('%s changes nothing that is read', async name => {
  for (const kind of ['surveys', 'pictures']) {
    for (let i = 0; i < tried; i++) {
      const cache = temporaryFolder()
      cpSync(sound, cache, { recursive: true, preserveTimestamps: true })
      const chance = random('cache', name, kind, i)
      const files = readdirSync(join(cache, kind)).map(file => join(cache, kind, file))
      for (const file of files)
        damages[name](
          file,
          chance,
          join(sound, kind, readdirSync(join(sound, kind)).find(twin => !file.endsWith(twin)) ?? ''),
        )
      const started = performance.now()
      expect(await digest(cache), `${kind}, ${i}`).toBe(truth)
      // The damaged file was replaced: the next reader finds a sound one.
      expect(await digest(cache), `${kind}, ${i}, again`).toBe(truth)
      slowest = Math.max(slowest, performance.now() - started)
      count++
      rmSync(cache, { recursive: true })
    }
  }
})

test('files of killed processes are removed, those of living ones are not', async () => {
  const cache = temporaryFolder()
  cpSync(sound, cache, { recursive: true })
  const { pid } = process
  const dead = Number(
    execFileSync(process.execPath, ['-e', 'console.log(process.pid)'], { encoding: 'utf8' }),
  )
  const own = /-(\d+)\.\d+\.tmp$/
  const { temporaryName } = await import('../base/leftovers.node.ts')
  for (const kind of ['surveys', 'pictures']) {
    const name = temporaryName(join(cache, kind, 'a.rgb'))
    writeFileSync(name, 'left')
    writeFileSync(name.replace(own, `-${dead}.0.tmp`), 'left')
    for (const file of readdirSync(join(cache, kind)).filter(file => !file.endsWith('.tmp')))
      writeFileSync(join(cache, kind, file), '')
  }
  expect(await digest(cache)).toBe(truth)
  for (const kind of ['surveys', 'pictures']) {
    const left = readdirSync(join(cache, kind)).filter(file => file.endsWith('.tmp'))
    expect(left.map(file => Number(own.exec(file)?.[1]))).toEqual([pid])
  }
})

afterAll(() => {
  if (process.env.GLASSHOUSE_FUZZ)
    process.stdout.write(
      `caches: ${count} damaged, all read as without a cache, slowest ${(slowest / 1000).toFixed(1)} s\n`,
    )
})
