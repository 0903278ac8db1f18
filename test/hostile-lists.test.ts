/**
 * Hostile lists of images: whatever a .csv or .tsv says, reading the data set that it names ends soon and in little
 * memory, with images or with a reason. GLASSHOUSE_FUZZ sets how many are tried, and has the figures printed.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { GlasshouseError } from '../src/base/errors.ts'
import { type Random, random } from '../src/base/random.ts'
import { readDataset } from '../src/data/dataset.node.ts'
import { damage, damagedFiles } from './damaged-files.ts'
import { gate } from './thorough.ts'

const folder = mkdtempSync(join(tmpdir(), 'glasshouse-lists-'))
afterAll(() => rmSync(folder, { recursive: true }))
const images = Array.from({ length: 6 }, (_, i) => `images/${i}.png`)

beforeAll(async () => {
  process.env.GLASSHOUSE_CACHE = join(folder, 'cache')
  mkdirSync(join(folder, 'images'))
  const image = sharp({ create: { width: 4, height: 4, channels: 3, background: 'red' } })
  const bytes = await image.png().toBuffer()
  for (const path of images) writeFileSync(join(folder, path), bytes)
})

/** Cells that are paths elsewhere, devices, other types, or hold what no cell should. */
const oddCells = [
  '',
  ' ',
  '.',
  '..',
  '../../../../etc/passwd',
  '/dev/zero',
  '/dev/stdin',
  '/proc/self/mem',
  'images',
  'images/../images/0.png',
  'C:\\images\\0.png',
  'http://localhost/0.png',
  'NaN',
  '__proto__',
  '=1+1',
  '"',
  '""""',
  '"a""b',
  'a\nb',
  '\0',
  '\u001b[2J',
  '\u202e',
  '\ud800',
  '\ufeff',
]
const headings = [
  'path',
  'label',
  'split',
  'role',
  'Path',
  'filename',
  'class',
  '',
  'path,path',
  'label;path',
]

/** A list as someone who knows lists would spoil it: cells, headings, separators, quotes, line ends, encodings. */
function hostileList(source: Random, separator: string): Uint8Array {
  const { integer, pick, chance } = source
  const columns = ['path', 'label', 'split'].map(name => (chance(0.1) ? pick(headings) : name))
  const cell = (value: string) => {
    if (!chance(0.1)) return value
    const odd = chance(0.05) ? pick(['x', '"', ',', '\n']).repeat(integer(2_000_000)) : pick(oddCells)
    return chance(0.3) ? `"${odd.replaceAll('"', '""')}"` : odd
  }
  const rows = images.map((path, i) =>
    [path, i % 2 ? 'oak' : 'elm', pick(['train', 'test', 'val', ''])].map(cell),
  )
  const lines = [columns, ...rows].map(cells => {
    const cut = chance(0.05) ? cells.slice(0, integer(3)) : cells
    return [...cut, ...(chance(0.02) ? new Array<string>(integer(100_000)).fill('') : [])].join(
      chance(0.02) ? pick([';', '|', '\t', ',', ' ']) : separator,
    )
  })
  if (chance(0.1)) {
    const line = pick(lines)
    const times = Math.min(integer(5000), Math.floor(4e6 / (line.length + 1)))
    lines.splice(integer(lines.length), 0, ...new Array<string>(times).fill(line))
  }
  if (chance(0.1)) lines.sort()
  const text = lines.join(chance(0.1) ? pick(['\r', '\r\n', '\n\n', '\u2028', '\0']) : '\n')
  const bytes = chance(0.1)
    ? pick([
        Buffer.from(text, 'latin1'),
        Buffer.concat([Buffer.of(0xff, 0xfe), Buffer.from(text, 'utf16le')]),
        Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), Buffer.from(text)]),
        Buffer.concat([Buffer.of(0x1f, 0x8b), Buffer.from(text)]),
      ])
    : Buffer.from(text)
  return chance(0.2) ? damage(new Uint8Array(bytes), source) : new Uint8Array(bytes)
}

test.each<[string, string]>([['csv', ','], ...(gate ? [['tsv', '\t'] satisfies [string, string]] : [])])(
  'hostile .%s lists',
  async (ending, separator) => {
    const list = join(folder, `list.${ending}`)
    const outcomes = { read: 0, refused: 0 }
    let slowest = 0
    const before = process.resourceUsage().maxRSS
    for (let i = 0; i < damagedFiles; i++) {
      writeFileSync(list, hostileList(random('hostile list', ending, i), separator))
      const { user, system } = process.cpuUsage()
      try {
        const { items, classes } = await readDataset(list)
        for (const { path, label } of items) {
          expect(images.map(image => join(folder, image))).toContain(join(folder, path))
          expect(classes[label]).not.toBe('')
        }
        outcomes.read++
      } catch (error) {
        if (!(error instanceof GlasshouseError)) throw new Error(`list ${i}: ${error}`, { cause: error })
        expect(error.message.length).toBeLessThan(7000)
        outcomes.refused++
      }
      const now = process.cpuUsage()
      slowest = Math.max(slowest, (now.user + now.system - user - system) / 1e6)
    }
    const grown = (process.resourceUsage().maxRSS - before) / 1024
    if (process.env.GLASSHOUSE_FUZZ)
      process.stdout.write(
        `.${ending} lists: ${outcomes.read} read, ${outcomes.refused} refused, slowest ${slowest.toFixed(2)} CPU s, grew by ${grown.toFixed(0)} MiB\n`,
      )
    expect(outcomes.read).toBeGreaterThan(damagedFiles / 20)
    expect(outcomes.refused).toBeGreaterThan(damagedFiles / 20)
    expect(slowest).toBeLessThan(10)
    expect(grown).toBeLessThan(1024)
  },
  600_000,
)
