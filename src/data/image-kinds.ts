/** Kinds of files by their first bytes: the images that are read, and what other files really are. */

export type ReadKind = 'jpeg' | 'png' | 'webp' | 'gif' | 'tiff' | 'avif'

/** The kinds of images that are read, as errors name them. */
export const readKinds = 'JPEG, PNG, WebP, GIF, TIFF or AVIF'

interface Signature {
  /** bytes, one character each; '?' stands for any byte */
  bytes: string
  at?: number
  kind: ReadKind | { name: string }
}

const other = (bytes: string, name: string, at = 0): Signature => ({ bytes, at, kind: { name } })

const signatures: readonly Signature[] = [
  { bytes: '\xff\xd8\xff', kind: 'jpeg' },
  { bytes: '\x89PNG\r\n\x1a\n', kind: 'png' },
  { bytes: 'RIFF????WEBP', kind: 'webp' },
  { bytes: 'GIF87a', kind: 'gif' },
  { bytes: 'GIF89a', kind: 'gif' },
  { bytes: 'II*\0', kind: 'tiff' },
  { bytes: 'MM\0*', kind: 'tiff' },
  { bytes: 'II+\0', kind: 'tiff' },
  { bytes: 'MM\0+', kind: 'tiff' },
  other('\0\0\0\x0cjP  \r\n\x87\n', 'JPEG 2000'),
  other('\xff\x4f\xff\x51', 'JPEG 2000'),
  other('\0\0\0\x0cJXL \r\n\x87\n', 'JPEG XL'),
  other('\xff\x0a', 'JPEG XL'),
  other('II\xbc', 'JPEG XR'),
  other('\xff\xd8\xff\xf7', 'JPEG-LS'),
  other('8BPS', 'Photoshop'),
  other('\0\0\x01\0', 'Windows icon'),
  other('\x76\x2f\x31\x01', 'OpenEXR'),
  other('#?RADIANCE', 'Radiance HDR'),
  other('#?RGBE', 'Radiance HDR'),
  other('DDS ', 'DirectDraw'),
  other('qoif', 'QOI'),
  other('SIMPLE  =', 'FITS'),
  other('DICM', 'DICOM', 128),
  other('\x8aMNG', 'MNG'),
  other('FORM????ILBM', 'ILBM'),
  other('gimp xcf', 'GIMP'),
  other('\xd7\xcd\xc6\x9a', 'Windows metafile'),
  other('FUJIFILMCCD-RAW', 'camera raw'),
  other('%PDF', 'PDF'),
  other('%!PS', 'PostScript'),
  other('PK\x03\x04', 'zip'),
  other('\x1f\x8b', 'gzip'),
  other('BZh', 'bzip2'),
  other('\xfd7zXZ\0', 'xz'),
  other('7z\xbc\xaf\x27\x1c', '7-Zip'),
  other('\x93NUMPY', 'NumPy array'),
  other('\x89HDF\r\n\x1a\n', 'HDF5'),
  other('\x1aE\xdf\xa3', 'WebM or Matroska video'),
  other('RIFF????AVI ', 'AVI video'),
]

/** Boxes of the ISO base media format, by the brands in their first box. */
const brands: readonly [brand: RegExp, kind: ReadKind | { name: string }][] = [
  [/avi[fs]/, 'avif'],
  [/hei[cxms]|hev[cmx]/, { name: 'HEIC' }],
  [/mif1|msf1/, { name: 'HEIF' }],
  [/crx /, { name: 'camera raw' }],
  [/jp2 |jpx |jpm /, { name: 'JPEG 2000' }],
]

/** What the file is: a kind that is read, the name of one that is not, or undefined where nothing is known of it. */
export function kindOfFile(bytes: Uint8Array): ReadKind | { name: string } | undefined {
  // JPEG-LS begins as JPEG does, so the longer signature decides.
  const fits = signatures.filter(signature => matches(bytes, signature))
  const known = fits.sort((a, b) => b.bytes.length - a.bytes.length)[0]
  if (known) return known.kind
  if (bytes.length >= 16 && matches(bytes, other('ftyp', '', 4))) {
    const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
    const box = latin1(bytes.subarray(8, Math.min(256, Math.max(16, length))))
    return brands.find(([brand]) => brand.test(box))?.[1] ?? { name: 'MP4 or QuickTime video' }
  }
  return kindOfText(bytes)
}

/** Kinds that are recognised by a size or by text, so that a first byte or two would not do. */
function kindOfText(bytes: Uint8Array): { name: string } | undefined {
  const start = latin1(bytes.subarray(0, 512))
  if (start.startsWith('BM') && bytes.length > 26 && start.slice(6, 10) === '\0\0\0\0') return { name: 'BMP' }
  if (/^P[1-7]\s/.test(start)) return { name: 'PNM' }
  if (
    /^\s*(?:<\?xml[^>]*>\s*)?(?:<!--[\s\S]*?-->\s*)?(?:<!DOCTYPE svg[^>]*>\s*)?<svg[\s>]/i.test(
      start.replace(/^\u00ef\u00bb\u00bf/, ''),
    )
  )
    return { name: 'SVG' }
  if (/^\s*<(?:!doctype html|html)[\s>]/i.test(start)) return { name: 'web page' }
  if (start.startsWith('version https://git-lfs')) return { name: 'Git LFS pointer, not the image itself' }
  return undefined
}

function matches(bytes: Uint8Array, { bytes: wanted, at = 0 }: Signature): boolean {
  if (bytes.length < at + wanted.length) return false
  for (let i = 0; i < wanted.length; i++) {
    if (wanted[i] !== '?' && bytes[at + i] !== wanted.charCodeAt(i)) return false
  }
  return true
}

const latin1 = (bytes: Uint8Array) => new TextDecoder('latin1').decode(bytes)

const extension =
  /\.(?:jpe?g|jpe|jfif|png|webp|gif|tiff?|avif|bmp|hei[cf]|jp2|j2k|jpf|jpx|jxl|jxr|ico|psd|p[bgpn]m|svg|exr|hdr|dng|cr2|cr3|nef|arw)$/i

/** Whether a file's name claims that it is an image. */
export const namedLikeImage = (path: string): boolean => extension.test(path)
