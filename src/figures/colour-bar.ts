/** What the colours of a map mean: a bar from the lowest to the highest value. */
import { type ColourMapName, colourTable } from './colour-maps.ts'
import { svgDocument, textAt } from './svg.ts'

export interface ColourBar {
  title: string
  colours: ColourMapName
  /** words at the two ends, such as numbers; the first stands at the first colour of the map */
  ends: readonly [string, string]
  width?: number
}

export function drawColourBar({ title, colours, ends, width = 280 }: ColourBar): string {
  const table = colourTable(colours)
  const steps = 64
  const inner = width - 20
  const bands = Array.from({ length: steps }, (_, step) => {
    const at = 3 * Math.round((step / (steps - 1)) * (table.length / 3 - 1))
    const colour = `rgb(${table[at]},${table[at + 1]},${table[at + 2]})`
    return `<rect x="${10 + (inner * step) / steps}" y="24" width="${inner / steps + 0.5}" height="12" fill="${colour}"/>`
  })
  const words = [
    textAt(10, 16, title, { size: 12, weight: 600 }),
    textAt(10, 52, ends[0], { size: 11, colour: '#555' }),
    textAt(width - 10, 52, ends[1], { size: 11, anchor: 'end', colour: '#555' }),
  ]
  return svgDocument(width, 60, bands.join('') + words.join(''), title)
}
