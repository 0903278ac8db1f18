/**
 * Image sheets: pictures in rows and columns with captions. Drawn as SVG with the pictures embedded, so that
 * text stays sharp at any size.
 */
import { fitText, svgDocument, textAt } from './svg.ts'

export interface Tile {
  /** data URI of the picture */
  image: string
  /** lines under the picture */
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
}

export const rightColour = '#1a7f5a'
export const wrongColour = '#c8441b'

const gap = 10
const lineHeight = 15

export function drawSheet({ title, rows, columns, size = 112, height = size }: Sheet): string {
  const across = Math.max(...rows.map(({ tiles }) => tiles.length))
  const lines = Math.max(...rows.flatMap(({ tiles }) => tiles.map(({ caption }) => caption?.length ?? 0)), 0)
  const labelled = rows.some(({ label }) => label)
  const left = labelled ? 170 : gap
  const top = 34 + (columns ? 18 : 0)
  const step = height + gap + lines * lineHeight + (lines ? 4 : 0)
  const parts = [textAt(gap, 21, title, { size: 15, weight: 600 })]
  columns?.forEach((name, column) => {
    parts.push(
      textAt(left + column * (size + gap) + size / 2, top - 6, fitText(name, size, 11), {
        size: 11,
        anchor: 'middle',
        colour: '#555',
      }),
    )
  })
  rows.forEach(({ label, tiles }, row) => {
    const y = top + row * step
    if (label)
      parts.push(
        textAt(left - gap, y + height / 2 + 4, fitText(label, left - 2 * gap, 12), { anchor: 'end' }),
      )
    parts.push(...tiles.map((tile, column) => drawTile(tile, left + column * (size + gap), y, size, height)))
  })
  return svgDocument(left + across * (size + gap), top + rows.length * step, parts.join(''), title)
}

function drawTile(
  { image, caption = [], frame }: Tile,
  x: number,
  y: number,
  width: number,
  height: number,
): string {
  const border = frame
    ? `<rect x="${x - 1.5}" y="${y - 1.5}" width="${width + 3}" height="${height + 3}" fill="none" stroke="${frame}" stroke-width="3"/>`
    : ''
  const words = caption.map((line, index) =>
    textAt(x, y + height + 14 + index * lineHeight, fitText(line, width, 11), {
      size: 11,
      colour: index ? '#666' : '#222',
    }),
  )
  return `<image x="${x}" y="${y}" width="${width}" height="${height}" preserveAspectRatio="xMidYMid slice" href="${image}"/>${border}${words.join('')}`
}
