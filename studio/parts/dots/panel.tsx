/**
 * A plane of dots: drag to move, wheel or two fingers to come near, draw with shift (or the lasso) to choose. Panels that
 * are given the same camera move together, and what one points at in one of them is marked in all.
 */
import type { Signal } from '@preact/signals'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { useWidth } from '../size.ts'
import { type Camera, type Dots, dotSize, nearestDot, paintDots, within } from './paint.ts'
import { drawThumbs, type SeenDot } from './thumbs.ts'

export interface DotPanelProps {
  label: string
  dots: Dots
  /** undefined: everything is to be seen */
  camera: Signal<Camera | undefined>
  /** the camera that shows everything, for a square of this side */
  whole: (side: number) => Camera
  hovered: Signal<number>
  isLasso: boolean
  onLasso: (indices: number[]) => void
  onPick: (index: number) => void
  /** where images stand in for dots; absent where there are none */
  thumb?: (index: number) => string
  colourOf: (index: number) => string
  /** drawn above the dots, in pixels of the page: axes, paths, neighbours */
  overlay?: (
    context: CanvasRenderingContext2D,
    place: (x: number, y: number) => [number, number],
    side: number,
  ) => void
}

/** So many dots in sight, or fewer, are shown as images. */
const fewEnough = 260
const near = 14

export function DotPanel(props: DotPanelProps) {
  const { label, camera, hovered } = props
  const { ref, width: side } = useWidth<HTMLDivElement>()
  const below = useRef<HTMLCanvasElement>(null)
  const above = useRef<HTMLCanvasElement>(null)
  const now = useRef(props)
  now.current = props
  const frame = useRef(0)
  const outline = useRef<[number, number][]>([])

  const cameraNow = () => camera.peek() ?? now.current.whole(side)
  const draw = () => {
    frame.current = 0
    const [canvas, cover] = [below.current, above.current]
    if (!canvas || !cover || side <= 0) return
    paint(canvas, cover, side, cameraNow(), now.current, outline.current, ask)
  }
  const ask = () => {
    frame.current ||= requestAnimationFrame(draw)
  }
  // Whatever changes, the next frame shows it.
  useLayoutEffect(ask)
  useEffect(() => {
    const ends = [camera.subscribe(ask), hovered.subscribe(ask)]
    return () => {
      for (const end of ends) end()
      cancelAnimationFrame(frame.current)
      frame.current = 0
    }
  }, [camera, hovered, side])
  usePointing(above, now, side, cameraNow, outline, ask)
  return (
    <div class="dots" ref={ref as { current: HTMLDivElement | null }} style={{ height: `${side}px` }}>
      <canvas ref={below} />
      <canvas
        ref={above}
        role="img"
        aria-label={label}
        tabIndex={0}
        class={props.isLasso ? 'lasso' : ''}
        onKeyDown={event => {
          const view = cameraNow()
          const step = side / 8 / view.scale
          const moved: Record<string, Camera | undefined> = {
            ArrowLeft: { ...view, x: view.x - step },
            ArrowRight: { ...view, x: view.x + step },
            ArrowUp: { ...view, y: view.y - step },
            ArrowDown: { ...view, y: view.y + step },
            '+': { ...view, scale: view.scale * 1.3 },
            '=': { ...view, scale: view.scale * 1.3 },
            '-': { ...view, scale: view.scale / 1.3 },
            '0': undefined,
          }
          if (!(event.key in moved)) return
          event.preventDefault()
          event.stopPropagation()
          camera.value = moved[event.key]
        }}
      />
    </div>
  )
}

function paint(
  canvas: HTMLCanvasElement,
  cover: HTMLCanvasElement,
  side: number,
  view: Camera,
  { dots, hovered, thumb, colourOf, overlay }: DotPanelProps,
  outline: readonly [number, number][],
  again: () => void,
): void {
  const ratio = window.devicePixelRatio || 1
  const pixels = Math.max(1, Math.round(side * ratio))
  for (const one of [canvas, cover]) if (one.width !== pixels) one.width = one.height = pixels
  const context = canvas.getContext('2d')
  const over = cover.getContext('2d')
  if (!context || !over) return
  const image = bufferOf(canvas, context, pixels)
  const scaled = { ...view, scale: view.scale * ratio }
  paintDots(image.words, pixels, pixels, dots, scaled, dotSize(dots.x.length, ratio))
  context.putImageData(image.data, 0, 0)

  over.setTransform(ratio, 0, 0, ratio, 0, 0)
  over.clearRect(0, 0, side, side)
  const place = (x: number, y: number): [number, number] => [
    (x - view.x) * view.scale + side / 2,
    (y - view.y) * view.scale + side / 2,
  ]
  if (thumb) {
    const seen = inSight(dots, place, side)
    if (seen) drawThumbs(over, seen, thumb, colourOf, again)
  }
  overlay?.(over, place, side)
  const index = hovered.peek()
  if (index >= 0 && index < dots.x.length && Number.isFinite(dots.x[index])) {
    const [x, y] = place(dots.x[index], dots.y[index])
    over.lineWidth = 2
    over.strokeStyle = getComputedStyle(cover).color
    over.beginPath()
    over.arc(x, y, 9, 0, 2 * Math.PI)
    over.stroke()
  }
  if (outline.length > 1) {
    over.beginPath()
    for (const [x, y] of outline) over.lineTo(x, y)
    over.closePath()
    over.lineWidth = 1.5
    over.strokeStyle = getComputedStyle(cover).color
    over.stroke()
    over.globalAlpha = 0.08
    over.fillStyle = over.strokeStyle
    over.fill()
    over.globalAlpha = 1
  }
}

const buffers = new WeakMap<HTMLCanvasElement, { data: ImageData; words: Uint32Array }>()
function bufferOf(canvas: HTMLCanvasElement, context: CanvasRenderingContext2D, pixels: number) {
  const found = buffers.get(canvas)
  if (found && found.data.width === pixels) return found
  const data = context.createImageData(pixels, pixels)
  const made = { data, words: new Uint32Array(data.data.buffer) }
  buffers.set(canvas, made)
  return made
}

/** The dots in sight, where they are few enough to be shown as images. */
function inSight(
  { x, y, chosen }: Dots,
  place: (x: number, y: number) => [number, number],
  side: number,
): SeenDot[] | undefined {
  const seen: SeenDot[] = []
  for (let index = 0; index < x.length; index++) {
    if (chosen && !chosen[index]) continue
    const [left, top] = place(x[index], y[index])
    if (!(left >= 0 && top >= 0 && left <= side && top <= side)) continue
    seen.push({ index, x: left, y: top })
    if (seen.length > fewEnough) return undefined
  }
  return seen
}

/** Everything that a pointer does. */
function usePointing(
  canvas: { current: HTMLCanvasElement | null },
  now: { current: DotPanelProps },
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
