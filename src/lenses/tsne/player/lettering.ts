/** Words on a map: the names of its classes and its own. */
import { medianOf } from '../../../base/statistics.ts'
import type { Items } from './maps.ts'
import type { Surface } from './surface.ts'

/** The name of each class at the median of its points. */
export function paintNames(
  at: Float32Array,
  { classes, label }: Items,
  { context, side, ratio, x, y }: Surface,
): void {
  context.font = `600 ${12 * ratio}px system-ui,sans-serif`
  context.textAlign = 'center'
  const placed: { x: number; y: number; half: number }[] = []
  classes.forEach((name, index) => {
    const members = Array.from(label.keys()).filter(i => label[i] === index && !Number.isNaN(at[2 * i]))
    if (!members.length) return
    const half = context.measureText(name).width / 2
    const centre = x(medianOf(members.map(i => at[2 * i])))
    let down = y(medianOf(members.map(i => at[2 * i + 1])))
    if (centre < 0 || down < 0 || centre > side || down > side) return
    const across = Math.max(half + 3, Math.min(side - half - 3, centre))
    const covers = (other: { x: number; y: number; half: number }) =>
      Math.abs(other.y - down) < 14 * ratio && Math.abs(other.x - across) < half + other.half
    while (placed.some(covers)) down += 4 * ratio
    placed.push({ x: across, y: down, half })
    context.lineWidth = 3.5 * ratio
    context.lineJoin = 'round'
    context.strokeStyle = '#ffffffd8'
    context.strokeText(name, across, down)
    context.fillStyle = '#1d2329'
    context.fillText(name, across, down)
  })
}

export function paintTitle(name: string, { context, side, ratio }: Surface): void {
  context.font = `700 ${17 * ratio}px system-ui,sans-serif`
  context.textAlign = 'left'
  context.lineWidth = 4 * ratio
  context.strokeStyle = '#fff'
  context.strokeText(name, 10 * ratio, 24 * ratio, side)
  context.fillStyle = '#1d2329'
  context.fillText(name, 10 * ratio, 24 * ratio, side)
}
