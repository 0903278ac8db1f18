/** Maps as drawings: panels with shared limits, one colour per class, the names of the classes where they lie. */
import { medianOf } from '../../base/statistics.ts'
import { classColour } from '../../figures/colour-maps.ts'
import { escapeText, fittingSize, svgDocument, textAt, textWidth } from '../../figures/svg.ts'

export interface Limits {
  left: number
  top: number
  /** of the square that all maps are drawn in */
  side: number
}

/** The smallest square around all maps, with a little room. */
export function limitsOf(maps: readonly Float32Array[]): Limits {
  const low = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  const high = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const map of maps)
    for (let i = 0; i < map.length; i++) {
      low[i & 1] = Math.min(low[i & 1], map[i])
      high[i & 1] = Math.max(high[i & 1], map[i])
    }
  const side = 1.08 * Math.max(high[0] - low[0], high[1] - low[1], 1e-6)
  return { left: (low[0] + high[0] - side) / 2, top: (low[1] + high[1] - side) / 2, side }
}

export interface MapPanel {
  title: string
  line?: string
  /** rows x 2 */
  map: Float32Array
  /** per row: the place of its class, negative for none */
  classes: Int32Array
}

export interface MapSheet {
  title: string
  /** the maps of a row share its limits */
  rows: readonly { label?: string; limits: Limits; panels: readonly MapPanel[] }[]
  /** names of the classes, drawn where these lie unless they are too many */
  names: readonly string[]
  /** of a panel, in pixels */
  side?: number
}

const gap = 14
/** More names than this hide the maps that they explain. */
export const mostNames = 24

export function drawMaps({ title, rows, names, side = 420 }: MapSheet): string {
  const across = Math.max(...rows.map(({ panels }) => panels.length))
  const parts = [textAt(gap, 24, title, { size: 16, weight: 600 })]
  let y = 36
  for (const { label, limits, panels } of rows) {
    if (label) {
      parts.push(textAt(gap, y + 16, label, { size: 13, weight: 600, colour: '#1a7f5a' }))
      y += 22
    }
    panels.forEach((panel, column) => {
      parts.push(drawPanel(panel, gap + column * (side + gap), y, side, limits, names))
    })
    y += side + (panels.some(({ title, line }) => title || line) ? 36 : 0) + gap
  }
  return svgDocument(gap + across * (side + gap), y, parts.join(''), title)
}

function drawPanel(
  { title, line = '', map, classes }: MapPanel,
  left: number,
  top: number,
  side: number,
  limits: Limits,
  names: readonly string[],
): string {
  const head = title || line ? 36 : 0
  const words = title
    ? textAt(left, top + 13, title, { size: fittingSize(title, side, 13, 600), weight: 600 }) +
      textAt(left, top + 29, line, { size: fittingSize(line, side, 11), colour: '#555' })
    : ''
  const x = (value: number) => left + ((value - limits.left) / limits.side) * side
  const y = (value: number) => top + head + ((value - limits.top) / limits.side) * side
  const count = map.length / 2
  const width = (count > 20000 ? 1.2 : count > 5000 ? 1.8 : count > 1000 ? 2.6 : 4) * Math.min(1, side / 300)
  const strokes = new Map<string, string[]>()
  for (let row = 0; row < count; row++) {
    const colour = classes[row] < 0 ? '#888888' : classColour(classes[row])
    const dots = strokes.get(colour) ?? []
    dots.push(`M${x(map[2 * row]).toFixed(1)} ${y(map[2 * row + 1]).toFixed(1)}h0`)
    strokes.set(colour, dots)
  }
  const dots = [...strokes]
    .map(([colour, paths]) => `<path d="${paths.join('')}" stroke="${colour}"/>`)
    .join('')
  return `${words}<rect x="${left}" y="${top + head}" width="${side}" height="${side}" fill="#fff" stroke="#d5dadd"/><g fill="none" stroke-width="${width}" stroke-linecap="round" stroke-opacity=".8">${dots}</g>${names.length <= mostNames && side >= 300 ? classNames(map, classes, names, x, y, left, left + side) : ''}`
}

/** Each name at the median of its class's points, moved apart where two would cover one another. */
function classNames(
  map: Float32Array,
  classes: Int32Array,
  names: readonly string[],
  x: (value: number) => number,
  y: (value: number) => number,
  low: number,
  high: number,
): string {
  const placed: { x: number; y: number; half: number }[] = []
  return names
    .map((name, index) => {
      const rows = Array.from(classes.keys()).filter(row => classes[row] === index)
      if (!rows.length) return ''
      const size = fittingSize(name, 140, 11, 600)
      const half = textWidth(name, size) / 2 + 2
      const px = Math.min(
        high - half - 2,
        Math.max(low + half + 2, x(medianOf(rows.map(row => map[2 * row])))),
      )
      let py = y(medianOf(rows.map(row => map[2 * row + 1])))
      while (placed.some(other => Math.abs(other.y - py) < 12 && Math.abs(other.x - px) < half + other.half))
        py += 4
      placed.push({ x: px, y: py, half })
      return `<text x="${px.toFixed(1)}" y="${(py + 4).toFixed(1)}" font-size="${size}" font-weight="600" text-anchor="middle" fill="#1d2329" stroke="#fff" stroke-opacity=".85" stroke-width="3" paint-order="stroke" stroke-linejoin="round">${escapeText(name)}</text>`
    })
    .join('')
}
