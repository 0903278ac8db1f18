/**
 * Hostile images: small files made to cost a reader memory, time or its life. Some damage anything anywhere; most
 * know their format and change what a decoder believes, such as sizes, counts, places and nesting.
 */
import { crc32, deflateSync } from 'node:zlib'
import sharp from 'sharp'
import type { Random } from '../src/base/random.ts'
import { damage } from './damaged-files.ts'

export const hostileFormats = ['png', 'jpeg', 'webp', 'gif', 'tiff', 'avif'] as const
export type HostileFormat = (typeof hostileFormats)[number]

type Harm = (file: Buffer, chance: Random) => Uint8Array

/** Numbers that overflow, wrap, or ask for everything. */
const bordering32 = [
  0, 1, 2, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff, 0x40000000, 50_000, 7000,
]

/** Well-formed files of every variety that a format has, to begin with. */
export async function samplesOf(format: HostileFormat): Promise<Buffer[]> {
  const noise = (width: number, height: number, channels: 1 | 3 | 4, levels = 256) => {
    const data = Buffer.from(
      Uint8Array.from({ length: width * height * channels }, (_, i) => ((i * 7919) ^ (i >> 3)) % levels),
    )
    return sharp(data, { raw: { width, height, channels } })
  }
  const frames = (width: number, height: number, count: number) =>
    sharp(Buffer.alloc(width * height * count * 4, 77), {
      raw: { width, height: height * count, channels: 4, pageHeight: height },
    })
  const images = {
    png: () => [
      noise(40, 30, 3).png(),
      noise(40, 30, 4).png({ progressive: true }),
      noise(40, 30, 3, 8).png({ palette: true }),
      noise(30, 30, 3).toColourspace('rgb16').png(),
      noise(30, 30, 3)
        .withIccProfile('p3')
        .withExif({ IFD0: { Copyright: 'nobody' } })
        .png(),
    ],
    jpeg: () => [
      noise(64, 48, 3).jpeg(),
      noise(64, 48, 3).jpeg({ progressive: true }),
      noise(64, 48, 1).jpeg({ optimiseCoding: false }),
      noise(64, 48, 3).toColourspace('cmyk').jpeg(),
      noise(64, 48, 3)
        .withIccProfile('p3')
        .withMetadata({ orientation: 6 })
        .jpeg({ chromaSubsampling: '4:4:4' }),
    ],
    webp: () => [
      noise(40, 30, 3).webp(),
      noise(40, 30, 4).webp({ lossless: true }),
      noise(40, 30, 4).webp({ nearLossless: true }),
      frames(16, 16, 5).webp({ loop: 0, delay: [10, 10, 10, 10, 10] }),
      noise(40, 30, 3).withMetadata({ orientation: 3 }).webp(),
    ],
    gif: () => [
      noise(40, 30, 3, 64).gif(),
      noise(40, 30, 4, 16).gif({ colours: 4 }),
      frames(16, 16, 6).gif({ delay: [10, 10, 10, 10, 10, 10] }),
      noise(40, 30, 3).gif({ progressive: true }),
    ],
    tiff: () => [
      noise(40, 30, 3).tiff({ compression: 'none' }),
      noise(40, 30, 3).tiff({ compression: 'lzw', predictor: 'horizontal' }),
      noise(40, 30, 3).tiff({ compression: 'deflate', tile: true, tileWidth: 16, tileHeight: 16 }),
      noise(40, 30, 3).tiff({ compression: 'jpeg' }),
      noise(40, 30, 1).toColourspace('b-w').tiff({ compression: 'packbits' }),
      noise(64, 64, 3).tiff({ pyramid: true, tile: true, compression: 'lzw' }),
      noise(40, 30, 3).tiff({ bigtiff: true, compression: 'packbits' }),
    ],
    avif: () => [
      noise(40, 30, 3).avif({ effort: 0 }),
      noise(40, 30, 4).avif({ effort: 0, lossless: true }),
      noise(64, 64, 3).avif({ effort: 0, chromaSubsampling: '4:2:0' }),
      noise(40, 30, 3).avif({ effort: 0, bitdepth: 8 }).withMetadata({ orientation: 8 }),
    ],
  }
  return Promise.all(images[format]().map(image => image.toBuffer()))
}

const harms: Record<HostileFormat, Harm[]> = {
  png: [harmPng, harmPng, bombPng],
  jpeg: [harmJpeg, harmJpeg, scanJpeg],
  webp: [harmChunks, harmChunks],
  gif: [harmGif, frameGif],
  tiff: [harmTiff, harmTiff, harmTiff],
  avif: [harmBoxes, harmBoxes],
}

/** A hostile file of a format; the same for the same `chance`. */
export function hostileImage(format: HostileFormat, samples: readonly Buffer[], chance: Random): Uint8Array {
  const sample = chance.pick(samples)
  if (chance.chance(0.25)) return damage(sample, chance)
  const harmed = attempted(() => chance.pick(harms[format])(sample, chance)) ?? damage(sample, chance)
  return chance.chance(0.2) && harmed.length < 2 ** 16 ? damage(harmed, chance) : harmed
}

/** A harm may look for something in a file that an earlier harm has already taken out. */
function attempted(work: () => Uint8Array): Uint8Array | undefined {
  try {
    return work()
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

// PNG ---------------------------------------------------------------------------------------------------------------

interface Chunk {
  type: string
  body: Buffer
}

function chunksOf(png: Buffer): Chunk[] {
  const chunks: Chunk[] = []
  for (let at = 8; at + 12 <= png.length; ) {
    const length = png.readUInt32BE(at)
    chunks.push({
      type: png.toString('latin1', at + 4, at + 8),
      body: Buffer.from(png.subarray(at + 8, at + 8 + length)),
    })
    at += 12 + length
  }
  return chunks
}

export function pngOf(chunks: readonly Chunk[]): Buffer {
  const parts = [Buffer.from('89504e470d0a1a0a', 'hex')]
  for (const { type, body } of chunks) {
    const typed = Buffer.concat([Buffer.from(type, 'latin1'), body])
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
    length.writeUInt32BE(body.length)
    sum.writeUInt32BE(crc32(typed) >>> 0)
    parts.push(length, typed, sum)
  }
  return Buffer.concat(parts)
}

/** Chunks with right checksums and wrong contents: sizes, depths, palettes, order, repetition. */
function harmPng(png: Buffer, { pick, integer, chance }: Random): Uint8Array {
  const chunks = chunksOf(png)
  do {
    const one = pick(chunks)
    const header = chunks[0].body
    const place = integer(chunks.length)
    pick([
      () => header.writeUInt32BE(pick(bordering32), pick([0, 4])),
      () => header.writeUInt8(pick([0, 1, 2, 4, 8, 16, 3, 255]), 8 + integer(5)),
      () => chunks.splice(place, 0, { ...one, body: Buffer.from(one.body) }),
      () => chunks.splice(place, 1),
      () =>
        chunks.splice(place, 0, {
          type: pick(['acTL', 'fcTL', 'fdAT', 'tRNS', 'PLTE', 'sPLT', 'hIST', 'eXIf', 'gAMA']),
          body: Buffer.alloc(integer(600), integer(256)),
        }),
      () => {
        if (one.body.length) one.body[integer(one.body.length)] = integer(256)
      },
    ])()
  } while (chunks.length > 1 && chance(0.4))
  return pngOf(chunks)
}

const packed = new Map<number, Buffer>()
function zeros(megabytes: number): Buffer {
  const known = packed.get(megabytes) ?? deflateSync(Buffer.alloc(megabytes * 1e6), { level: 9 })
  packed.set(megabytes, known)
  return known
}

/** Texts and profiles that unpack to a thousand times their size, by the hundred; images of nothing but zeros. */
function bombPng(png: Buffer, { pick, integer }: Random): Uint8Array {
  const chunks = chunksOf(png)
  const kind = pick(['zTXt', 'iTXt', 'iCCP', 'pixels'])
  if (kind === 'pixels') {
    const side = pick([5000, 7000, 9000, 50_000])
    chunks[0].body.writeUInt32BE(side, 0)
    chunks[0].body.writeUInt32BE(side, 4)
    return pngOf([
      chunks[0],
      { type: 'IDAT', body: zeros(pick([7, 60])) },
      { type: 'IEND', body: Buffer.alloc(0) },
    ])
  }
  const heads = { zTXt: 'Comment\0\0', iTXt: 'Comment\0\x01\0\0\0', iCCP: 'profile\0\0' }
  const body = Buffer.concat([
    Buffer.from(heads[kind as keyof typeof heads], 'latin1'),
    zeros(pick([1, 7, 60])),
  ])
  const count = kind === 'iCCP' ? 1 + integer(3) : 1 + integer(120)
  chunks.splice(1, 0, ...Array.from({ length: count }, () => ({ type: kind, body })))
  return pngOf(chunks)
}

// JPEG --------------------------------------------------------------------------------------------------------------

/** Where the segments of a JPEG begin, by their marker, up to and including the first scan. */
function segmentsOf(jpeg: Buffer): { marker: number; at: number; length: number }[] {
  const segments = []
  for (let at = 2; at + 4 <= jpeg.length && jpeg[at] === 0xff; ) {
    const length = jpeg.readUInt16BE(at + 2)
    segments.push({ marker: jpeg[at + 1], at, length: length + 2 })
    if (jpeg[at + 1] === 0xda) break
    at += 2 + length
  }
  return segments
}

function harmJpeg(file: Buffer, { pick, integer, chance }: Random): Uint8Array {
  let jpeg = Buffer.from(file)
  do {
    const segments = segmentsOf(jpeg)
    const frame = segments.find(({ marker }) => marker >= 0xc0 && marker <= 0xc2)
    const one = pick(segments)
    const bytes = jpeg.subarray(one.at, one.at + one.length)
    pick([
      () => frame && jpeg.writeUInt16BE(pick([0, 1, 7000, 65535, 32768]), frame.at + pick([5, 7])),
      () => frame && jpeg.writeUInt8(pick([0, 1, 2, 3, 4, 255]), frame.at + pick([4, 9, 11, 14])),
      () => jpeg.writeUInt16BE(pick([0, 1, 2, 65535]), one.at + 2),
      () => {
        jpeg = Buffer.concat([jpeg.subarray(0, one.at), bytes, jpeg.subarray(one.at)])
      },
      () => {
        jpeg = Buffer.concat([jpeg.subarray(0, one.at), jpeg.subarray(one.at + one.length)])
      },
      () => jpeg.writeUInt8(integer(256), one.at + 2 + integer(one.length - 2)),
    ])()
  } while (jpeg.length > 8 && segmentsOf(jpeg).length > 0 && chance(0.4))
  return jpeg
}

/** A progressive image of great size whose scans, of hardly any bits each, come again and again. */
function scanJpeg(file: Buffer, { pick }: Random): Uint8Array {
  const segments = segmentsOf(file)
  const frame = segments.find(({ marker }) => marker === 0xc2)
  const scan = segments.find(({ marker }) => marker === 0xda)
  if (!frame || !scan) return file
  const head = Buffer.from(file.subarray(0, scan.at))
  const side = pick([500, 2000, 7000])
  head.writeUInt16BE(side, frame.at + 5)
  head.writeUInt16BE(side, frame.at + 7)
  const again = Buffer.concat([file.subarray(scan.at, scan.at + scan.length), Buffer.alloc(8)])
  return Buffer.concat([
    head,
    ...Array.from({ length: pick([50, 1000, 50_000]) }, () => again),
    Buffer.from('ffd9', 'hex'),
  ])
}

// WebP, GIF ---------------------------------------------------------------------------------------------------------

function harmChunks(webp: Buffer, { pick, integer, chance }: Random): Uint8Array {
  let file = Buffer.from(webp)
  do {
    const starts: number[] = []
    for (
      let at = 12;
      at + 8 <= file.length;
      at += 8 + file.readUInt32LE(at + 4) + (file.readUInt32LE(at + 4) & 1)
    )
      starts.push(at)
    const at = pick(starts.length ? starts : [12])
    const size = at + 8 <= file.length ? file.readUInt32LE(at + 4) : 0
    const chunk = file.subarray(at, at + 8 + size)
    pick([
      () => at + 8 <= file.length && file.writeUInt32LE(pick(bordering32), at + 4),
      () =>
        at + 18 <= file.length &&
        file.writeUIntLE(pick([0, 1, 0x3fff, 0xffffff, 7000]), at + pick([8, 12, 15]), 3),
      () =>
        at + 9 < file.length &&
        file.writeUInt8(integer(256), at + 8 + integer(Math.min(24, file.length - at - 8))),
      () => {
        file = Buffer.concat([
          file.subarray(0, at),
          ...Array.from({ length: pick([1, 2, 500]) }, () => chunk),
          file.subarray(at),
        ])
      },
      () => {
        file = Buffer.concat([file.subarray(0, at), file.subarray(at + 8 + size)])
      },
      () =>
        file.write(
          pick(['VP8 ', 'VP8L', 'VP8X', 'ANMF', 'ALPH', 'ICCP', 'EXIF']),
          Math.min(at, file.length - 4),
          'latin1',
        ),
    ])()
    if (chance(0.7) && file.length > 8) file.writeUInt32LE(file.length - 8, 4)
  } while (file.length > 40 && file.length < 1e6 && chance(0.4))
  return file
}

function harmGif(file: Buffer, { pick, integer, chance }: Random): Uint8Array {
  const gif = Buffer.from(file)
  do {
    const frame = gif.indexOf(0x2c, 13)
    pick([
      () => gif.writeUInt16LE(pick([0, 1, 7000, 65535]), pick([6, 8])),
      () =>
        frame > 0 &&
        frame + 10 <= gif.length &&
        gif.writeUInt16LE(pick([0, 1, 7000, 65535]), frame + pick([1, 3, 5, 7])),
      () => gif.writeUInt8(integer(256), pick([10, 11, 12])),
      () =>
        frame > 0 &&
        frame + 11 < gif.length &&
        gif.writeUInt8(pick([0, 1, 2, 8, 11, 12, 13, 255]), frame + 10),
      () => gif.writeUInt8(integer(256), integer(gif.length)),
    ])()
  } while (chance(0.5))
  return gif
}

/** A great canvas with a frame of one pixel, thousands of times. */
function frameGif(file: Buffer, { pick }: Random): Uint8Array {
  const head = Buffer.from(file.subarray(0, 13))
  head.writeUInt16LE(pick([100, 7000]), 6)
  head.writeUInt16LE(pick([100, 7000]), 8)
  head[10] = 0x80
  const frame = Buffer.from('21f904050a000000 2c00000000010001000002024401 00'.replaceAll(' ', ''), 'hex')
  const frames = Array.from({ length: pick([1000, 40_000]) }, () => frame)
  return Buffer.concat([head, Buffer.alloc(6, 99), ...frames, Buffer.from(';')])
}

// TIFF --------------------------------------------------------------------------------------------------------------

function harmTiff(file: Buffer, { pick, integer, chance }: Random): Uint8Array {
  let tiff = Buffer.from(file)
  const isBig = tiff[2] === 43
  const [directory, entrySize] = isBig ? [Number(tiff.readBigUInt64LE(8)), 20] : [tiff.readUInt32LE(4), 12]
  const first = directory + (isBig ? 8 : 2)
  if (first + entrySize > tiff.length) return tiff
  const count = tiff.readUInt16LE(directory)
  const valueAt = isBig ? 12 : 8
  const width = [256, 257, 258, 259, 262, 273, 277, 278, 279, 284, 317, 322, 323, 324, 325, 338, 339, 530]
  do {
    const entry = first + entrySize * integer(count)
    if (entry + entrySize > tiff.length) break
    pick([
      () => tiff.writeUInt32LE(pick(bordering32), entry + valueAt),
      () => tiff.writeUInt32LE(pick(bordering32), entry + 4),
      () => tiff.writeUInt16LE(pick([0, 1, 2, 3, 4, 5, 7, 12, 13, 16, 18, 999]), entry + 2),
      () => tiff.writeUInt16LE(pick(width), entry),
      () =>
        tiff.writeUInt32LE(
          pick([1, 2, 3, 4, 5, 6, 7, 8, 32773, 32946, 34712, 50000, 50001]),
          entry + valueAt,
        ),
      // A list of directories that ends in itself, or is very long.
      () => {
        const next = first + entrySize * count
        if (next + 4 <= tiff.length) tiff.writeUInt32LE(pick([directory, 8, 0xfffffff0]), next)
      },
      () => {
        tiff = Buffer.concat([tiff, Buffer.alloc(pick([1, 1000, 100_000]), integer(256))])
      },
    ])()
  } while (chance(0.6))
  return tiff
}

// AVIF --------------------------------------------------------------------------------------------------------------

const boxes =
  'ftyp meta hdlr pitm iloc iinf infe iprp ipco ispe pixi av1C colr ipma irot imir auxC iref mdat grid'.split(
    ' ',
  )

/** Boxes whose lengths, counts and places lie; images said to be enormous; boxes within boxes. */
function harmBoxes(file: Buffer, { pick, integer, chance }: Random): Uint8Array {
  let avif = Buffer.from(file)
  do {
    const at = avif.indexOf(pick(boxes), 0, 'latin1')
    if (at < 4) continue
    const length = Math.min(avif.length - at + 4, avif.readUInt32BE(at - 4))
    const box = Buffer.from(avif.subarray(at - 4, at - 4 + Math.max(8, length)))
    pick([
      () => avif.writeUInt32BE(pick([...bordering32, length + 1, length - 1]), at - 4),
      () => {
        const place = at + 4 + integer(Math.max(1, length - 8))
        if (place + 4 <= avif.length) avif.writeUInt32BE(pick(bordering32), place)
      },
      () => {
        const place = at + 4 + integer(Math.max(1, length - 8))
        if (place < avif.length) avif[place] = integer(256)
      },
      () => {
        avif = Buffer.concat([
          avif.subarray(0, at - 4),
          ...Array.from({ length: pick([1, 3, 1000]) }, () => box),
          avif.subarray(at - 4),
        ])
      },
      () => {
        const size = avif.indexOf('ispe', 0, 'latin1')
        if (size < 0 || size + 16 > avif.length) return
        avif.writeUInt32BE(pick([7000, 16384, 65535, 0xffffffff, 0]), size + 8)
        avif.writeUInt32BE(pick([7000, 16384, 65535, 0xffffffff, 0]), size + 12)
      },
    ])()
  } while (avif.length < 1e6 && chance(0.5))
  return avif
}
