import { join } from 'node:path'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { decodePicture, readHeader, readPicture } from './decode.node.ts'
import { encoded, noise, temporaryFolder, writeAll } from './fixtures/pictures.node.ts'
import recorded from './fixtures/torchvision.json' with { type: 'json' }
import { whyTooLarge } from './image-errors.ts'

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'no error',
    error => error.code,
  )

describe('decoding', () => {
  test.each(['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const)(
    '%s is read by its content',
    async format => {
      const bytes = await encoded(format, { width: 24, height: 20 })
      expect(await readHeader(bytes, 'x.txt')).toEqual({ format, width: 24, height: 20 })
      const picture = await decodePicture(bytes, 'x.txt')
      expect([picture.width, picture.height, picture.data.length]).toEqual([24, 20, 24 * 20 * 3])
    },
  )

  test('a lossless image comes out byte for byte', async () => {
    const { data } = await decodePicture(await encoded('png', { width: 9, height: 7, seed: 3 }), 'x')
    expect(Buffer.from(data)).toEqual(noise(9, 7, 3))
  })

  test('an image on its side is set upright', async () => {
    const bytes = await sharp(noise(30, 10, 1), { raw: { width: 30, height: 10, channels: 3 } })
      .withMetadata({ orientation: 6 })
      .png()
      .toBuffer()
    expect(await readHeader(bytes, 'x')).toMatchObject({ width: 10, height: 30 })
    const whole = await decodePicture(bytes, 'x')
    expect([whole.width, whole.height]).toEqual([10, 30])
    // Turned clockwise: the first pixel was the last of the first column.
    expect([...whole.data.subarray(0, 3)]).toEqual([...noise(30, 10, 1).subarray(9 * 30 * 3, 9 * 30 * 3 + 3)])
    const small = await decodePicture(bytes, 'x', { resize: { shortSide: 5 } })
    expect([small.width, small.height]).toEqual([5, 15])
  })

  test('what is transparent becomes white; grey, palettes, CMYK and 16 bits become 8-bit RGB', async () => {
    const clear = {
      create: { width: 4, height: 4, channels: 4, background: { r: 9, g: 9, b: 9, alpha: 0 } },
    } as const
    const { data } = await decodePicture(await sharp(clear).png().toBuffer(), 'x')
    expect([...data]).toEqual(Array(48).fill(255))
    const grey = sharp(noise(16, 16, 0), { raw: { width: 16, height: 16, channels: 3 } })
    for (const image of [
      grey.clone().toColourspace('b-w').png(),
      grey.clone().png({ palette: true }),
      grey.clone().toColourspace('cmyk').jpeg(),
      grey.clone().toColourspace('rgb16').png(),
    ]) {
      expect((await decodePicture(await image.toBuffer(), 'x')).data.length).toBe(16 * 16 * 3)
    }
  })

  test('what is not an image, damaged or too large is distinguished', async () => {
    const jpeg = await encoded('jpeg', { width: 200, height: 200 })
    expect(await codeOf(decodePicture(Buffer.from('hello'), 'x.jpg'))).toBe('not-an-image')
    expect(await codeOf(decodePicture(Buffer.alloc(0), 'x.jpg'))).toBe('not-an-image')
    expect(await codeOf(decodePicture(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'x'))).toBe(
      'not-an-image',
    )
    expect(await codeOf(decodePicture(jpeg.subarray(0, 10), 'x'))).toBe('image-unreadable')
    expect(await codeOf(decodePicture(jpeg.subarray(0, jpeg.length - 50), 'x'))).toBe('image-unreadable')
    expect(await codeOf(decodePicture(jpeg, 'x', { maxMegapixels: 0.03 }))).toBe('image-unreadable')
    expect(whyTooLarge({ width: 8000, height: 7500 }, 50)).toBe(
      '8000 x 7500 are 60.0 megapixels, more than the 50 allowed',
    )
  })

  test('a file that is not there is named', async () => {
    const path = join(temporaryFolder(), 'none.jpg')
    await expect(readPicture(path)).rejects.toMatchObject({ code: 'file-enoent', where: path })
  })
})

describe('resizing', () => {
  const { width, height, data } = recorded.resize
  const png = sharp(Buffer.from(data), { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer()

  test.each(recorded.resize.resized)('agrees with torchvision at $width x $height', async expected => {
    const resize =
      expected.square !== undefined ? { square: expected.square } : { shortSide: expected.shortSide! }
    const picture = await decodePicture(await png, 'x', { resize })
    expect([picture.width, picture.height]).toEqual([expected.width, expected.height])
    // Pillow rounds to bytes between its two passes, so one level may differ.
    const worst = Math.max(...expected.data.map((value, i) => Math.abs(value - picture.data[i])))
    expect(worst).toBeLessThanOrEqual(1)
  })

  test('takes the same place in an image that libvips reduces as in one that is reduced here', async () => {
    const smooth = (size: number) =>
      sharp(noise(6, 5, 2), { raw: { width: 6, height: 5, channels: 3 } })
        .resize(size * 1.2, size, { fit: 'fill', kernel: 'cubic' })
        .png()
        .toBuffer()
    const here = await decodePicture(await smooth(250), 'x', { resize: { square: 40 } })
    const there = await decodePicture(await smooth(1000), 'x', { resize: { square: 40 } })
    const apart =
      here.data.reduce((sum, value, i) => sum + Math.abs(value - there.data[i]), 0) / here.data.length
    expect(apart).toBeLessThan(1)
  })

  test('of an image with extreme proportions computes the middle alone', async () => {
    const line = await encoded('png', { width: 1, height: 20000 })
    const picture = await decodePicture(line, 'x', { resize: { square: 64 } })
    expect([picture.width, picture.height]).toEqual([64, 64])
  })

  test('to a size of its own ignores the proportions', async () => {
    const root = temporaryFolder()
    writeAll(root, { 'a.png': await encoded('png', { width: 10, height: 40 }) })
    const picture = await readPicture(join(root, 'a.png'), { resize: { width: 32, height: 8 } })
    expect([picture.width, picture.height]).toEqual([32, 8])
  })
})
