/**
 * A plane of dots: drag to move, wheel or two fingers to come near, draw with shift (or the lasso) to choose. Panels that
 * are given the same camera move together, and what one points at in one of them is marked in all.
 */
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { useWidth } from '../size.ts'
import { type Mark, type Place, paintMark } from './marks.ts'
import { type Camera, type Dots, dotSize, paintDots, placeOf } from './paint.ts'
import { type Pointed, usePointing } from './pointing.ts'
import { inSight, thumbsOf } from './thumbs.ts'

export interface DotPanelProps extends Pointed {
  label: string
  /** the camera that shows everything, for a square of this side */
  whole: (side: number) => Camera
  /** the address of the image that stands in for a dot, '' where it has none; absent where none has */
  thumb?: (index: number) => string
  colourOf: (index: number) => string
  /** drawn above the dots, in pixels of the page: axes, paths, neighbours */
  overlay?: (place: Place, side: number) => readonly Mark[]
}

export function DotPanel(props: DotPanelProps) {
  const { label, camera, hovered } = props
  const { ref, width: side } = useWidth<HTMLDivElement>()
  const below = useRef<HTMLCanvasElement>(null)
  const above = useRef<HTMLCanvasElement>(null)
  const now = useRef(props)
  now.current = props
  const frame = useRef(0)
  const outline = useRef<[number, number][]>([])
  /** the dots themselves are to be stamped again, not only what lies above them */
  const isStale = useRef(true)

  const cameraNow = () => camera.peek() ?? now.current.whole(side)
  const draw = () => {
    frame.current = 0
    const [canvas, cover] = [below.current, above.current]
    if (!canvas || !cover || side <= 0) return
    const view = cameraNow()
    const pixels = Math.max(1, Math.round(side * ratioNow()))
    // A canvas that takes another size loses what was on it.
    if (resize(canvas, pixels) || isStale.current) stamp(canvas, pixels, view, now.current.dots)
    isStale.current = false
    resize(cover, pixels)
    paintCover(cover, side, view, now.current, outline.current, ask)
  }
  const ask = () => {
    frame.current ||= requestAnimationFrame(draw)
  }
  const askAll = () => {
    isStale.current = true
    ask()
  }
  // Whatever changes, the next frame shows it.
  useLayoutEffect(askAll)
  useEffect(() => {
    const ends = [camera.subscribe(askAll), hovered.subscribe(ask)]
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

const ratioNow = (): number => window.devicePixelRatio || 1

/** @returns whether the canvas had another size */
function resize(canvas: HTMLCanvasElement, pixels: number): boolean {
  if (canvas.width === pixels) return false
  canvas.width = canvas.height = pixels
  return true
}

function stamp(canvas: HTMLCanvasElement, pixels: number, view: Camera, dots: Dots): void {
  const context = canvas.getContext('2d')
  if (!context) return
  const ratio = ratioNow()
  const image = bufferOf(canvas, context, pixels)
  const scaled = { ...view, scale: view.scale * ratio }
  paintDots(image.words, pixels, pixels, dots, scaled, dotSize(dots.x.length, ratio))
  context.putImageData(image.data, 0, 0)
}

/** What lies above the dots: images, what the view adds, the ring around what one points at, the lasso. */
function paintCover(
  cover: HTMLCanvasElement,
  side: number,
  view: Camera,
  { dots, hovered, thumb, colourOf, overlay }: DotPanelProps,
  outline: readonly [number, number][],
  again: () => void,
): void {
  const over = cover.getContext('2d')
  if (!over) return
  const ratio = ratioNow()
  over.setTransform(ratio, 0, 0, ratio, 0, 0)
  over.clearRect(0, 0, side, side)
  const place = placeOf(view, side)
  const marks = overlay?.(place, side) ?? []
  const ink = getComputedStyle(cover).color
  for (const mark of marks) if (mark.behind) paintMark(over, mark, ink)
  const seen = thumb && inSight(dots, place, side)
  for (const { image, x, y, width, height, colour } of seen ? thumbsOf(seen, thumb, colourOf, again) : []) {
    over.fillStyle = colour
    over.fillRect(x - 2, y - 2, width + 4, height + 4)
    over.drawImage(image, x, y, width, height)
  }
  for (const mark of marks) if (!mark.behind) paintMark(over, mark, ink)
  const index = hovered.peek()
  if (index >= 0 && index < dots.x.length && Number.isFinite(dots.x[index])) {
    const [x, y] = place(dots.x[index], dots.y[index])
    over.lineWidth = 2
    over.strokeStyle = ink
    over.beginPath()
    over.arc(x, y, 9, 0, 2 * Math.PI)
    over.stroke()
  }
  if (outline.length > 1) {
    over.beginPath()
    for (const [x, y] of outline) over.lineTo(x, y)
    over.closePath()
    over.lineWidth = 1.5
    over.strokeStyle = ink
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
