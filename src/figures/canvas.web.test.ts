import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserMissing, type WebPages, webPages } from '../../test/browser.ts'
import type { Picture } from '../base/picture.ts'
import { decodePicture } from '../data/decode.node.ts'
import type { createCanvas } from './canvas.web.ts'

/** The page's window, once its script has run. */
type Tested = Window & { tested: { createCanvas: typeof createCanvas } }

const gradientOf = (width: number, height: number): Picture => ({
  width,
  height,
  data: Uint8Array.from(
    { length: 3 * width * height },
    (_, index) => 40 + ((index / 3) % width) + (index % 3) * 50,
  ),
})

describe.skipIf(browserMissing)('the canvas of a page (skipped where no Chromium is installed)', () => {
  let pages: WebPages
  let page: Page
  beforeAll(async () => {
    pages = await webPages()
    page = await pages.open()
  })
  afterAll(() => pages?.close())

  it.each([
    ['a small one as PNG, to the pixel', gradientOf(9, 7), undefined, 'png', 0],
    ['a photograph as JPEG', gradientOf(90, 60), undefined, 'jpeg', 6],
    ['a thumbnail as WebP', gradientOf(40, 30), 80, 'webp', 12],
  ])('embeds images: %s', async (_, picture, quality, kind, tolerance) => {
    const uri = await page.evaluate(
      ([width, height, data, quality]) => {
        const { tested } = window as unknown as Tested
        return tested.createCanvas().embed({ width, height, data: Uint8Array.from(data) }, quality)
      },
      [picture.width, picture.height, Array.from(picture.data), quality] as const,
    )
    const [head, content] = uri.split(',')
    expect(head).toBe(`data:image/${kind};base64`)
    const again = await decodePicture(Buffer.from(content, 'base64'), 'it')
    expect([again.width, again.height]).toEqual([picture.width, picture.height])
    const worst = Math.max(...picture.data.map((value, index) => Math.abs(value - again.data[index])))
    expect(worst).toBeLessThanOrEqual(tolerance)
  })
})
