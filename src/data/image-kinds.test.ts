import { describe, expect, test } from 'vitest'
import { decodePicture } from './decode.node.ts'
import { encoded } from './fixtures/pictures.node.ts'
import { kindOfFile, namedLikeImage } from './image-kinds.ts'

const ascii = (text: string) => Buffer.from(text.padEnd(64, '\0'), 'latin1')

describe('the kind of a file', () => {
  test.each(['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const)(
    'that is written as %s is known',
    async kind => {
      expect(kindOfFile(await encoded(kind))).toBe(kind)
    },
  )

  test.each([
    ['JPEG 2000', '\0\0\0\x0cjP  \r\n\x87\n'],
    ['JPEG 2000', '\xff\x4f\xff\x51\0'],
    ['JPEG XL', '\xff\x0a\x7f'],
    ['JPEG XL', '\0\0\0\x0cJXL \r\n\x87\n'],
    ['HEIC', '\0\0\0\x18ftypheic\0\0\0\0mif1heic'],
    ['HEIF', '\0\0\0\x18ftypmif1\0\0\0\0mif1miaf'],
    ['MP4 or QuickTime video', '\0\0\0\x18ftypisom\0\0\0\0isomavc1'],
    ['BMP', 'BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28'],
    ['PNM', 'P6\n4 4\n255\n'],
    ['SVG', '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>'],
    ['Photoshop', '8BPS\0\x01'],
    ['PDF', '%PDF-1.7'],
    ['DICOM', `${'\0'.repeat(128)}DICM`],
    ['web page', '<!DOCTYPE html><html>'],
    ['Git LFS pointer, not the image itself', 'version https://git-lfs.github.com/spec/v1\n'],
    ['zip', 'PK\x03\x04'],
  ])('%s is named, and never reaches a decoder', async (name, start) => {
    const bytes = ascii(start)
    expect(kindOfFile(bytes)).toEqual({ name })
    await expect(decodePicture(bytes, 'x')).rejects.toMatchObject({
      code: 'not-an-image',
      got: `a file of the kind ${name}, which is not read`,
    })
  })

  test('with an AVIF brand among others is AVIF', () => {
    expect(kindOfFile(ascii('\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf'))).toBe('avif')
  })

  test('of which nothing is known is nothing', () => {
    for (const text of ['', 'B', 'BM is how this text begins, but it is not a bitmap', 'notes', '\xff'])
      expect(kindOfFile(Buffer.from(text, 'latin1'))).toBeUndefined()
  })
})

test('names claim to be images by their ending, in any case', () => {
  expect(['a.JPG', 'b.jpeg', 'c.jp2', 'd.txt', 'e', 'jpg'].map(namedLikeImage)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
  ])
})
