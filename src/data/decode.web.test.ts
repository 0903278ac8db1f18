import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserMissing, type WebPages, webPages } from '../../test/browser.ts'
import { random } from '../base/random.ts'
import { decodePicture } from './decode.node.ts'
import type { decodePicture as decodeInPage } from './decode.web.ts'

/** The page's window, once its script has run. */
type Tested = Window & { tested: { decodePicture: typeof decodeInPage } }

const { uniform } = random(4, 'images')
/** Smooth colours, so that a JPEG of them is near to them, with every side different. */
const drawn = (channels: 3 | 4) => {
  const [width, height] = [37, 23]
  const phases = Array.from({ length: channels }, () => 6 * uniform())
  const data = Uint8Array.from({ length: width * height * channels }, (_, index) => {
    const channel = index % channels
    const place = Math.floor(index / channels)
    return 128 + 120 * Math.sin(phases[channel] + (place % width) / 9 + Math.floor(place / width) / 5)
  })
  return sharp(data, { raw: { width, height, channels } })
}

describe.skipIf(browserMissing)('an image in a browser (skipped where no Chromium is installed)', () => {
  let pages: WebPages
  let page: Page
  beforeAll(async () => {
    pages = await webPages()
    page = await pages.open()
  })
  afterAll(() => pages?.close())

  const inPage = async (bytes: Uint8Array, maxMegapixels?: number) =>
    page.evaluate(
      async ([bytes, maxMegapixels]) => {
        const { tested } = window as unknown as Tested
        try {
          const options = { maxMegapixels }
          const { width, height, data } = await tested.decodePicture(Uint8Array.from(bytes), 'it', options)
          return { width, height, data: Array.from(data) }
        } catch (error) {
          const { code, message } = error as { code?: string; message: string }
          return { code, message, width: 0, height: 0, data: [] }
        }
      },
      [Array.from(bytes), maxMegapixels] as const,
    )

  it.each([
    ['a PNG, to the pixel', () => drawn(3).png().toBuffer(), 0],
    ['a transparent PNG on white', () => drawn(4).png().toBuffer(), 1],
    ['a turned JPEG', () => drawn(3).withMetadata({ orientation: 6 }).jpeg({ quality: 95 }).toBuffer(), 6],
    ['a WebP without loss', () => drawn(3).webp({ lossless: true }).toBuffer(), 0],
  ])('is what it is in Node: %s', async (_, encode, tolerance) => {
    const bytes = await encode()
    const wanted = await decodePicture(bytes, 'it')
    const { width, height, data } = await inPage(bytes)
    expect([width, height]).toEqual([wanted.width, wanted.height])
    const worst = Math.max(...wanted.data.map((value, index) => Math.abs(value - data[index])))
    expect(worst).toBeLessThanOrEqual(tolerance)
  })

  it.each([
    ['not an image', async () => Buffer.from('%PDF-1.7 and so on'), undefined, 'not-an-image'],
    [
      'cut short',
      async () => (await drawn(3).png().toBuffer()).subarray(0, 90),
      undefined,
      'image-unreadable',
    ],
    ['too large', () => drawn(3).png().toBuffer(), 1e-4, 'image-unreadable'],
  ])('is refused with the code that it has in Node: %s', async (_, encode, maxMegapixels, code) => {
    const bytes = await encode()
    expect(await inPage(bytes, maxMegapixels)).toMatchObject({ code })
    await expect(decodePicture(bytes, 'it', { maxMegapixels })).rejects.toMatchObject({ code })
  })
})
