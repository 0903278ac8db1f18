/** What the colours of a map mean: a bar from the lowest to the highest value. */
import { type ColourMapName, colourTable } from './colour-maps.ts'
import { svgDocument, textAt, textWidth, wrapText } from './svg.ts'

export interface ColourBar {
  title: string
  colours: ColourMapName
  /** words at the two ends, such as numbers; the first stands at the first colour of the map */
  ends: readonly [string, string]
  width?: number
}

export const barWidth = 280
const margin = 10

/** The bar as a part of a larger drawing, whose upper left corner is given; and its height. */
export function colourBarParts(
  { title, colours, ends, width = barWidth }: ColourBar,
  left = 0,
  top = 0,
): { content: string; height: number } {
  const table = colourTable(colours)
  const steps = 64
  const inner = width - 2 * margin
  const titles = wrapText(title, inner, 12)
  const under = top + 6 + titles.length * 15
  const bands = Array.from({ length: steps }, (_, step) => {
    const at = 3 * Math.round((step / (steps - 1)) * (table.length / 3 - 1))
    const colour = `rgb(${table[at]},${table[at + 1]},${table[at + 2]})`
    return `<rect x="${left + margin + (inner * step) / steps}" y="${under + 4}" width="${inner / steps + 0.5}" height="12" fill="${colour}"/>`
  })
  // Words that do not fit beside each other stand below each other.
  const together = textWidth(ends[0], 11) + textWidth(ends[1], 11) + 12 <= inner
  const [first, second] = together
    ? ends.map(end => [end])
    : ends.map((end, index) => wrapText(`${index ? 'right' : 'left'}: ${end}`, inner, 11))
  const words = [
    ...titles.map((line, index) =>
      textAt(left + margin, top + 16 + 15 * index, line, { size: 12, weight: 600 }),
    ),
    ...first.map((line, index) =>
      textAt(left + margin, under + 31 + 14 * index, line, { size: 11, colour: '#555' }),
    ),
    ...second.map((line, index) =>
      together
        ? textAt(left + width - margin, under + 31, line, { size: 11, anchor: 'end', colour: '#555' })
        : textAt(left + margin, under + 31 + 14 * (first.length + index), line, { size: 11, colour: '#555' }),
    ),
  ]
  const lines = together ? 1 : first.length + second.length
  return { content: bands.join('') + words.join(''), height: under - top + 24 + 14 * lines + 2 }
}

export function drawColourBar(bar: ColourBar): string {
  const { content, height } = colourBarParts(bar)
  return svgDocument(bar.width ?? barWidth, height, content, bar.title)
}
