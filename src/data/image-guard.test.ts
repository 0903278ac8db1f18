import { deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { pngOf } from '../../test/hostile-images.ts'
import { gate } from '../../test/thorough.ts'
import { decodePicture } from './decode.node.ts'
import { encoded } from './fixtures/pictures.node.ts'
import { whyTooSlow, withoutBombs } from './image-guard.node.ts'

/** A PNG with these chunks after its header. */
function pngWith(png: Buffer, ...chunks: { type: string; body: Buffer }[]): Buffer {
  const [header, rest] = [png.subarray(0, 33), png.subarray(33)]
  return Buffer.concat([header, pngOf(chunks).subarray(8), rest])
}

const text = (type: string, head: string, megabytes: number) => ({
  type,
  body: Buffer.concat([Buffer.from(head, 'latin1'), deflateSync(Buffer.alloc(megabytes * 1e6))]),
})

describe('a PNG', () => {
  test.runIf(gate)('loses its texts, however many and large, and keeps its pixels', async () => {
    const png = await encoded('png')
    const texts = Array.from({ length: 200 }, () => text('zTXt', 'Comment\0\0', 7))
    const bomb = pngWith(png, ...texts, text('iTXt', 'Comment\0\x01\0\0\0', 7))
    expect(bomb.length).toBeGreaterThan(1e6)
    expect(Buffer.from(withoutBombs(bomb))).toEqual(png)
    const before = process.resourceUsage().maxRSS
    expect((await decodePicture(bomb, 'x')).data).toEqual((await decodePicture(png, 'x')).data)
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(200 * 1024)
  })

  test.runIf(gate)(
    'keeps a colour profile and the orientation, but no profile of a hundred megabytes',
    async () => {
      const png = await sharp(await encoded('png'))
        .withIccProfile('p3')
        .withMetadata({ orientation: 6 })
        .png()
        .toBuffer()
      const { icc, orientation } = await sharp(withoutBombs(png)).metadata()
      expect([icc?.length ?? 0, orientation]).toEqual([expect.any(Number), 6])
      expect(icc?.length).toBeGreaterThan(100)
      const plain = await encoded('png')
      expect(Buffer.from(withoutBombs(pngWith(plain, text('iCCP', 'p\0\0', 100))))).toEqual(plain)
    },
  )

  test('that needs nothing taken out is not copied, and one that is cut short stays as it is', async () => {
    const png = await encoded('png')
    expect(withoutBombs(png)).toBe(png)
    const cut = png.subarray(0, png.length - 20)
    expect(withoutBombs(cut)).toBe(cut)
  })
})

describe('a progressive JPEG', () => {
  test('of usual scans is decoded; one of a thousand at 49 megapixels is refused', async () => {
    const jpeg = await sharp(await encoded('jpeg', { width: 64, height: 64 }))
      .jpeg({ progressive: true })
      .toBuffer()
    expect(whyTooSlow(jpeg, 'jpeg', 50)).toBeUndefined()
    const scan = jpeg.indexOf(Buffer.from('ffda', 'hex'))
    const again = Buffer.concat([
      jpeg.subarray(scan, scan + 2 + jpeg.readUInt16BE(scan + 2)),
      Buffer.alloc(8),
    ])
    const many = Buffer.concat([jpeg.subarray(0, scan), ...Array.from({ length: 1000 }, () => again)])
    expect(whyTooSlow(many, 'jpeg', 49)).toMatch(/^1000 scans/)
    expect(whyTooSlow(many, 'jpeg', 0.1)).toBeUndefined()
    const frame = jpeg.indexOf(Buffer.from('ffc2', 'hex'))
    many.writeUInt16BE(7000, frame + 5)
    many.writeUInt16BE(7000, frame + 7)
    await expect(decodePicture(many, 'x')).rejects.toThrow('would take too long to decode')
  })

  test('is not accused of scans that only stand in its texts', async () => {
    const jpeg = await encoded('jpeg')
    const comment = Buffer.concat([
      Buffer.from('fffe', 'hex'),
      Buffer.from([0xea, 0x62]),
      Buffer.from('ffda'.repeat(30_000), 'hex'),
    ])
    const commented = Buffer.concat([jpeg.subarray(0, 2), comment, jpeg.subarray(2)])
    expect(whyTooSlow(commented, 'jpeg', 50)).toBeUndefined()
  })
})

test('a kind of TIFF that is not read is not called damaged', async () => {
  const tiff = await encoded('tiff')
  const directory = tiff.readUInt32LE(4)
  for (let i = 0; i < tiff.readUInt16LE(directory); i++) {
    const entry = directory + 2 + 12 * i
    if (tiff.readUInt16LE(entry) === 259) tiff.writeUInt16LE(34712, entry + 8)
  }
  await expect(decodePicture(tiff, 'x')).rejects.toThrow('of a kind that is not read')
})
