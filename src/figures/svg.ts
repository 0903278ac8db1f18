/** Small pieces of SVG and HTML text. */

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text that is safe inside an element or a quoted attribute. */
export const escapeText = (text: string): string => text.replace(/[&<>"']/g, character => entities[character])

/** The family of every figure; on bare machines a font that comes with the program stands in. */
export const fontFamily = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"

/** Cuts text that would be wider than `width` pixels at a font size, at about 0.62 em per letter. */
export function fitText(text: string, width: number, fontSize: number): string {
  const letters = Math.floor(width / (0.62 * fontSize))
  return text.length <= letters ? text : `${text.slice(0, Math.max(1, letters - 1))}…`
}

/** Of a path that is too long, its end: what tells it from its neighbours. */
export const lastLetters = (path: string, count: number): string =>
  path.length <= count ? path : `…${path.slice(path.length - Math.max(1, count - 1))}`

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
