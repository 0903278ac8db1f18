/**
 * Image sheets: images in rows and columns with captions. Drawn as SVG with the images embedded, so that text stays
 * sharp at any size. Words that are too long for their place are broken into lines; none is cut.
 */
import { largest } from '../base/extremes.ts'
import { type ColourBar, colourBarParts } from './colour-bar.ts'
import { svgDocument, textAt, wrapText } from './svg.ts'

export interface Tile {
  /** data URI of the image */
  image: string
  /** lines under the image */
  caption?: readonly string[]
  /** colour of a frame, such as green for right and red for wrong */
  frame?: string
}

export interface Sheet {
  title: string
  rows: readonly { label?: string; tiles: readonly Tile[] }[]
  /** words above the columns */
  columns?: readonly string[]
  /** side of a tile in pixels, or its width where a height is given */
  size?: number
  height?: number
  /** what the colours mean, below the rows */
  bar?: ColourBar
}

export const rightColour = '#1a7f5a'
export const wrongColour = '#c8441b'

const gap = 10
const lineHeight = 15
const labelWidth = 150

export function drawSheet({ title, rows, columns, size = 112, height = size, bar }: Sheet): string {
  const across = largest(
    rows.map(({ tiles }) => tiles.length),
    1,
  )
  const left = rows.some(({ label }) => label) ? labelWidth + 2 * gap : gap
  const width = Math.max(left + across * (size + gap), bar ? (bar.width ?? 280) : 0)
  const parts: string[] = []
  let y = 8
  for (const line of wrapText(title, width - 2 * gap, 15)) {
    y += 18
    parts.push(textAt(gap, y - 5, line, { size: 15, weight: 600 }))
  }
  const heads = (columns ?? []).map(name => wrapText(name, size, 11))
  const deepest = largest(
    heads.map(lines => lines.length),
    0,
  )
  heads.forEach((lines, column) => {
    lines.forEach((line, index) => {
      const style = { size: 11, anchor: 'middle', colour: '#555' } as const
      const x = left + column * (size + gap) + size / 2
      parts.push(textAt(x, y + lineHeight * (deepest - lines.length + index + 1), line, style))
    })
  })
  y += deepest * lineHeight + gap
  for (const { label, tiles } of rows) {
    const names = label ? wrapText(label, labelWidth, 12) : []
    const middle = y + height / 2 + 4 - ((names.length - 1) * lineHeight) / 2
    names.forEach((line, index) => {
      parts.push(textAt(left - gap, middle + index * lineHeight, line, { anchor: 'end' }))
    })
    const captions = tiles.map(({ caption = [] }) => captionLines(caption, size))
    tiles.forEach((tile, column) => {
      parts.push(drawTile(tile, captions[column], left + column * (size + gap), y, size, height))
    })
    const lines = largest(
      captions.map(each => each.length),
      0,
    )
    y += height + gap + lines * lineHeight + (lines ? 4 : 0)
  }
  if (bar) {
    const drawn = colourBarParts(bar, 0, y)
    parts.push(drawn.content)
    y += drawn.height
  }
  return svgDocument(width, y, parts.join(''), title)
}

interface CaptionLine {
  text: string
  colour: string
}

const captionLines = (caption: readonly string[], width: number): CaptionLine[] =>
  caption.flatMap((entry, index) =>
    wrapText(entry, width, 11).map(text => ({ text, colour: index ? '#666' : '#222' })),
  )

function drawTile(
  { image, frame }: Tile,
  caption: readonly CaptionLine[],
  x: number,
  y: number,
  width: number,
  height: number,
): string {
  const border = frame
    ? `<rect x="${x - 1.5}" y="${y - 1.5}" width="${width + 3}" height="${height + 3}" fill="none" stroke="${frame}" stroke-width="3"/>`
    : ''
  const words = caption.map(({ text, colour }, index) =>
    textAt(x, y + height + 14 + index * lineHeight, text, { size: 11, colour }),
  )
  return `<image x="${x}" y="${y}" width="${width}" height="${height}" preserveAspectRatio="xMidYMid slice" href="${image}"/>${border}${words.join('')}`
}
