/** A field of arrows as SVG: the longest is as long as the grid's cells, and the shorter the paler. */
import { largest } from '../base/extremes.ts'

export interface Arrow {
  x: number
  y: number
  dx: number
  dy: number
}

const round = (value: number): string => String(Math.round(value * 10) / 10)

export interface ArrowScales {
  x(value: number): number
  y(value: number): number
  /** arrows along a side of the unit square that the field covers */
  side: number
  /** lengths are drawn to this power: 1 as they are, less where they differ by orders of magnitude */
  power?: number
}

export function drawArrows(field: readonly Arrow[], { x, y, side, power = 1 }: ArrowScales): string {
  const longest = largest(field.map(({ dx, dy }) => Math.hypot(dx, dy)))
  return field
    .filter(({ dx, dy }) => Math.hypot(dx, dy) > 0.002 * longest)
    .map(({ x: fromX, y: fromY, dx, dy }) => {
      const length = Math.hypot(dx, dy)
      const share = (length / longest) ** power
      const scale = (0.95 * share) / side / length
      const [x0, y0] = [x(fromX), y(fromY)]
      const [x1, y1] = [x(fromX + dx * scale), y(fromY + dy * scale)]
      const angle = Math.atan2(y1 - y0, x1 - x0)
      const barb = (turn: number) =>
        `${round(x1 - 3.2 * Math.cos(angle + turn))} ${round(y1 - 3.2 * Math.sin(angle + turn))}`
      const opacity = (0.25 + 0.6 * share).toFixed(2)
      return `<path d="M${round(x0)} ${round(y0)}L${round(x1)} ${round(y1)}M${barb(0.5)}L${round(x1)} ${round(y1)}L${barb(-0.5)}" fill="none" stroke="#6a51a3" stroke-opacity="${opacity}"/>`
    })
    .join('')
}
