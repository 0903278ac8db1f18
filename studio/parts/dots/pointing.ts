/** Everything that a pointer does on a plane of dots: it points, moves, comes near, draws around, picks. */
import type { Signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { type Camera, type Dots, nearestDot, within } from './paint.ts'

export interface Pointed {
  dots: Dots
  /** undefined: everything is to be seen */
  camera: Signal<Camera | undefined>
  hovered: Signal<number>
  isLasso: boolean
  onLasso: (indices: number[]) => void
  onPick: (index: number) => void
}

/** Pixels within which a dot is meant. */
const near = 14

export function usePointing(
  canvas: { current: HTMLCanvasElement | null },
  now: { current: Pointed },
  side: number,
  cameraNow: () => Camera,
  outline: { current: [number, number][] },
  ask: () => void,
): void {
  useEffect(() => {
    const element = canvas.current
    if (!element || side <= 0) return
    const pointers = new Map<number, [number, number]>()
    let start: { view: Camera; x: number; y: number; spread?: number } | undefined
    let moved = false
    const at = (event: MouseEvent): [number, number] => {
      const box = element.getBoundingClientRect()
      return [event.clientX - box.left, event.clientY - box.top]
    }
    const world = ([x, y]: readonly [number, number]): [number, number] => {
      const view = cameraNow()
      return [(x - side / 2) / view.scale + view.x, (y - side / 2) / view.scale + view.y]
    }
    const begin = () => {
      const places = [...pointers.values()]
      const [x, y] = middle(places)
      start = { view: cameraNow(), x, y, ...(places.length > 1 && { spread: apart(places) }) }
    }
    const zoomTo = (view: Camera, scale: number, x: number, y: number): Camera => {
      const [dx, dy] = [x - side / 2, y - side / 2]
      return { scale, x: view.x + dx / view.scale - dx / scale, y: view.y + dy / view.scale - dy / scale }
    }
    const down = (event: PointerEvent) => {
      element.setPointerCapture(event.pointerId)
      pointers.set(event.pointerId, at(event))
      moved = false
      if ((event.shiftKey || now.current.isLasso) && pointers.size === 1) outline.current = [at(event)]
      else outline.current = []
      begin()
    }
    const move = (event: PointerEvent) => {
      const here = at(event)
      if (!pointers.has(event.pointerId)) {
        const { dots, hovered } = now.current
        const [x, y] = world(here)
        const found = nearestDot(dots.x, dots.y, x, y, near / cameraNow().scale)
        if (found !== hovered.peek()) hovered.value = found
        return
      }
      pointers.set(event.pointerId, here)
      if (!start) return
      if (outline.current.length) {
        outline.current.push(here)
        moved = true
        ask()
        return
      }
      const places = [...pointers.values()]
      const [x, y] = middle(places)
      if (Math.hypot(x - start.x, y - start.y) > 3) moved = true
      const factor = start.spread && places.length > 1 ? apart(places) / start.spread : 1
      const scale = start.view.scale * factor
      const zoomed = zoomTo(start.view, scale, start.x, start.y)
      if (moved || factor !== 1)
        now.current.camera.value = {
          scale,
          x: zoomed.x - (x - start.x) / scale,
          y: zoomed.y - (y - start.y) / scale,
        }
    }
    const up = (event: PointerEvent) => {
      const here = at(event)
      pointers.delete(event.pointerId)
      if (outline.current.length) {
        const drawn = outline.current
        outline.current = []
        ask()
        if (moved) {
          const { dots, onLasso } = now.current
          onLasso(within(dots.x, dots.y, drawn.map(world)))
        }
      } else if (!moved) {
        const { dots, onPick } = now.current
        const [x, y] = world(here)
        onPick(nearestDot(dots.x, dots.y, x, y, near / cameraNow().scale))
      }
      if (pointers.size) begin()
      else start = undefined
    }
    const wheel = (event: WheelEvent) => {
      event.preventDefault()
      const view = cameraNow()
      const [x, y] = at(event)
      now.current.camera.value = zoomTo(view, view.scale * Math.exp(-event.deltaY / 400), x, y)
    }
    const leave = () => {
      if (pointers.size === 0) now.current.hovered.value = -1
    }
    element.addEventListener('pointerdown', down)
    element.addEventListener('pointermove', move)
    element.addEventListener('pointerup', up)
    element.addEventListener('pointercancel', up)
    element.addEventListener('pointerleave', leave)
    element.addEventListener('wheel', wheel, { passive: false })
    return () => {
      element.removeEventListener('pointerdown', down)
      element.removeEventListener('pointermove', move)
      element.removeEventListener('pointerup', up)
      element.removeEventListener('pointercancel', up)
      element.removeEventListener('pointerleave', leave)
      element.removeEventListener('wheel', wheel)
    }
  }, [side])
}

const middle = (places: readonly (readonly [number, number])[]): [number, number] => [
  places.reduce((sum, [x]) => sum + x, 0) / places.length,
  places.reduce((sum, [, y]) => sum + y, 0) / places.length,
]
const apart = ([[ax, ay], [bx, by]]: readonly (readonly [number, number])[]): number =>
  Math.max(1, Math.hypot(ax - bx, ay - by))
