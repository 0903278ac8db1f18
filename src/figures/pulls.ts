/** Small multiples of arrow fields over two similarities: one panel for each objective. */
import { type Arrow, drawArrows } from './arrows.ts'
import { svgDocument, textAt } from './svg.ts'

export interface PullPanel {
  name: string
  field: readonly Arrow[]
}

const side = 210
const gap = 34
const margin = { left: 56, top: 84, right: 24, bottom: 58 }

/** `cells`: arrows along a side of a panel. */
export function drawPulls(
  panels: readonly PullPanel[],
  cells: number,
  columns = Math.min(4, panels.length),
): string {
  const rows = Math.ceil(panels.length / columns)
  const width = Math.max(margin.left + columns * (side + gap) - gap + margin.right, 540)
  const height = margin.top + rows * (side + gap) - gap + margin.bottom
  const title = 'Where each objective moves a triplet'
  const drawn = panels.map(({ name, field }, index) => {
    const column = index % columns
    const left = margin.left + column * (side + gap)
    const top = margin.top + Math.floor(index / columns) * (side + gap)
    const isLowest = index + columns >= panels.length
    const x = (value: number) => left + side * value
    const y = (value: number) => top + side * (1 - value)
    const tick = (px: number, py: number, text: string, anchor: 'end' | 'middle') =>
      textAt(px, py, text, { size: 10.5, anchor, colour: '#555' })
    return [
      textAt(left, top - 8, name, { size: 13, weight: 600 }),
      `<rect x="${left}" y="${top}" width="${side}" height="${side}" fill="#fff" stroke="#c9cfd4"/>`,
      `<path d="M${x(0)} ${y(0)}L${x(1)} ${y(1)}" stroke="#9aa3aa" stroke-dasharray="4 4"/>`,
      drawArrows(field, { x, y, side: cells, power: 0.5 }),
      `<circle cx="${x(1)}" cy="${y(0)}" r="4.5" fill="none" stroke="#333" stroke-width="1.2"/>`,
      ...(column === 0 ? [0, 1].map(value => tick(left - 6, y(value) + 4, String(value), 'end')) : []),
      ...(isLowest ? [0, 1].map(value => tick(x(value), top + side + 15, String(value), 'middle')) : []),
    ].join('')
  })
  const axes = [
    textAt(margin.left, height - 16, 'similarity to the positive →', { colour: '#333' }),
    `<g transform="translate(22 ${margin.top + side}) rotate(-90)">${textAt(0, 0, 'similarity to the negative →', { colour: '#333' })}</g>`,
  ]
  const heading = [
    textAt(margin.left, 28, title, { size: 16, weight: 600 }),
    textAt(
      margin.left,
      48,
      'Arrows: gradient descent on its three vectors; lengths by the square root, each panel to its own longest. Circle: the ideal.',
      {
        colour: '#555',
      },
    ),
  ]
  return svgDocument(width, height, [...heading, ...drawn, ...axes].join(''), title)
}
