/** What pointer and lasso find on a map. */
import type { Panel, Scene } from './maps.ts'

type Point = [number, number]

/** In CSS pixels. */
const reach = 14

/** Where the pointer is, 0..1 over the shared limits. */
export function pointOf({ canvas }: Panel, { view }: Scene, event: MouseEvent): Point {
  const box = canvas.getBoundingClientRect()
  return [
    view.x + ((event.clientX - box.left) / box.width) * view.width,
    view.y + ((event.clientY - box.top) / box.height) * view.width,
  ]
}

/** The item nearest to the pointer, -1 where none is within reach. */
export function itemUnder(panel: Panel, scene: Scene, event: MouseEvent): number {
  const [x, y] = pointOf(panel, scene, event)
  const { at, canvas } = panel
  let nearest = (reach / canvas.clientWidth) * scene.view.width
  let found = -1
  for (let i = 0; i < at.length / 2; i++) {
    const distance = Math.hypot(at[2 * i] - x, at[2 * i + 1] - y)
    if (distance < nearest) {
      nearest = distance
      found = i
    }
  }
  return found
}

/** The items within a closed path. */
export function itemsInside({ at }: Panel, path: readonly Point[]): Set<number> {
  const inside = new Set<number>()
  for (let i = 0; i < at.length / 2; i++) if (isInside(at[2 * i], at[2 * i + 1], path)) inside.add(i)
  return inside
}

/** Whether a line to the right crosses the path an odd number of times. */
function isInside(x: number, y: number, path: readonly Point[]): boolean {
  let inside = false
  for (let a = 0, b = path.length - 1; a < path.length; b = a++) {
    const [ax, ay] = path[a]
    const [bx, by] = path[b]
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside
  }
  return inside
}

/** Zooms the view towards a point, never out of the whole map. */
export function zoom({ view }: Scene, [x, y]: Point, factor: number): void {
  const width = Math.min(1, Math.max(0.01, view.width * factor))
  view.x = width === 1 ? 0 : x - ((x - view.x) * width) / view.width
  view.y = width === 1 ? 0 : y - ((y - view.y) * width) / view.width
  view.width = width
}
