/** Small pieces of SVG and HTML text. */
import { printableLines } from '../base/printable.ts'

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text that is safe inside an element or a quoted attribute; XML allows no control characters, even escaped. */
export const escapeText = (text: string): string =>
  printableLines(text).replace(/[&<>"']/g, character => entities[character])

/** The family of every figure; on bare machines a font that comes with the program stands in. */
export const fontFamily = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"

/** Widths in em of a wide common sans serif: rather too much than too little. */
function letterWidth(letter: string): number {
  if (/[il|.,:;'!ıjI]/.test(letter)) return 0.34
  if (/[frt()[\]{}\- /\\"]/.test(letter)) return 0.42
  if (/[mwMW@%—…]/.test(letter)) return 0.98
  if (/[A-Z&#ÄÖÜ]/.test(letter)) return 0.74
  // Scripts whose letters are as wide as they are high.
  return letter.codePointAt(0)! >= 0x1100 ? 1.05 : 0.62
}

/** How wide a text is at most, in pixels. */
export const textWidth = (text: string, fontSize: number): number =>
  fontSize * [...text].reduce((sum, letter) => sum + letterWidth(letter), 0)

/** The font size, `size` or smaller, at which a text is at most `width` pixels wide: it is shrunk rather than cut. */
export function fittingSize(text: string, width: number, size: number, weight = 400): number {
  const needed = textWidth(text, size) * (weight > 500 ? 1.1 : 1)
  return needed <= width ? size : Math.floor((100 * size * width) / needed) / 100
}

/** Text in lines of at most `width` pixels: broken at blanks that are not no-break spaces, else after punctuation, else anywhere. Nothing is lost. */
export function wrapText(text: string, width: number, fontSize: number): string[] {
  const fits = (line: string) => textWidth(line.trimEnd(), fontSize) <= width
  const lines: string[] = []
  let line = ''
  const add = (piece: string) => {
    if (line !== '' && !fits(line + piece)) {
      lines.push(line.trimEnd())
      line = ''
    }
    line += piece
  }
  for (const word of text.split(/(?<=[^\S\u00a0])/)) {
    if (fits(word)) add(word)
    else
      for (const part of word.split(/(?<=[-_./\\,@:])/))
        if (fits(part)) add(part)
        else for (const letter of part) add(letter)
  }
  if (line.trimEnd() !== '' || lines.length === 0) lines.push(line.trimEnd())
  return lines
}

export interface TextStyle {
  size?: number
  anchor?: 'start' | 'middle' | 'end'
  weight?: number
  colour?: string
}

export const textAt = (
  x: number,
  y: number,
  text: string,
  { size = 12, anchor = 'start', weight = 400, colour = '#222' }: TextStyle = {},
): string =>
  `<text x="${x}" y="${y}" font-size="${size}" text-anchor="${anchor}" font-weight="${weight}" fill="${colour}">${escapeText(text)}</text>`

export const svgDocument = (width: number, height: number, content: string, title: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${escapeText(fontFamily)}" role="img" aria-label="${escapeText(title)}"><rect width="100%" height="100%" fill="#fff"/>${content}</svg>`
