/** Images and drawings as image files. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import sharp from 'sharp'
import { removeLeftovers, temporaryName } from '../base/leftovers.node.ts'
import type { Picture } from '../base/picture.ts'
import { embeddedType } from './canvas.ts'

/**
 * The SVG renderer asks fontconfig for fonts, and a bare machine has none: it is pointed to a family that comes
 * with the program, so that a drawing has the same letters everywhere. Read once, at the first drawing. The folder
 * goes with the process, or where that is killed, with the next one that draws.
 */
function offerFonts(): void {
  if (process.env.FONTCONFIG_FILE) return
  const fonts = dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'))
  const folder = temporaryName(join(tmpdir(), 'glasshouse-fonts'))
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  void removeLeftovers(tmpdir())
  const file = join(folder, 'fonts.conf')
  const families = ['sans-serif', 'system-ui'].map(
    family => `<alias><family>${family}</family><prefer><family>DejaVu Sans</family></prefer></alias>`,
  )
  writeFileSync(
    file,
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>${fonts}</dir><cachedir>${folder}</cachedir>${families.join('')}</fontconfig>`,
  )
  process.env.FONTCONFIG_FILE = file
}

const raw = ({ width, height, data }: Picture) => sharp(data, { raw: { width, height, channels: 3 } })

export const encodePng = (picture: Picture): Promise<Buffer> =>
  raw(picture).png({ compressionLevel: 9 }).toBuffer()
export const encodeJpeg = (picture: Picture, quality = 90): Promise<Buffer> =>
  raw(picture).jpeg({ quality, chromaSubsampling: '4:4:4' }).toBuffer()

/** An SVG drawing as PNG, at twice its size by default. */
export async function svgToPng(svg: string, scale = 2): Promise<Buffer> {
  return rastered(await withoutWebp(svg), scale)
    .png({ compressionLevel: 9 })
    .toBuffer()
}

/** An SVG drawing as pixels, at twice its size by default. */
export async function svgToPicture(svg: string, scale = 2): Promise<Picture> {
  const { data, info } = await rastered(await withoutWebp(svg), scale)
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, data }
}

/** The SVG renderer leaves embedded WebP out, without a word: it becomes PNG. */
async function withoutWebp(svg: string): Promise<string> {
  const [first, ...others] = svg.split('data:image/webp;base64,')
  const replaced = others.map(async text => {
    const [image] = /^[A-Za-z0-9+/=]*/.exec(text)!
    const png = await sharp(Buffer.from(image, 'base64')).png().toBuffer()
    return `data:image/png;base64,${png.toString('base64')}${text.slice(image.length)}`
  })
  return first + (await Promise.all(replaced)).join('')
}

function rastered(svg: string, scale: number) {
  offerFonts()
  return sharp(Buffer.from(svg), { density: 72 * scale, unlimited: true })
    .flatten({ background: '#ffffff' })
    .removeAlpha()
    .toColourspace('srgb')
}

/** For <img> and <image>; see `embeddedType`. */
export async function dataUri(picture: Picture, quality?: number): Promise<string> {
  const type = embeddedType(picture, quality)
  const bytes = await {
    'image/png': () => encodePng(picture),
    'image/jpeg': () => encodeJpeg(picture),
    'image/webp': () => raw(picture).webp({ quality, effort: 5 }).toBuffer(),
  }[type]()
  return `data:${type};base64,${bytes.toString('base64')}`
}
