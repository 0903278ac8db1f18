/** Images that stand in for dots where one comes near: loaded once, drawn where there is room. */
import type { Dots } from './paint.ts'

/** More than this at once would be a carpet, not a map. */
const mostShown = 140
/** So many dots in sight, or fewer, are shown as images. */
const fewEnough = 260
const mostKept = 800
const side = 44

const images = new Map<string, HTMLImageElement>()

/** @returns the image once it is there; `ready` is called when it comes */
function imageAt(source: string, ready: () => void): HTMLImageElement | undefined {
  const found = images.get(source)
  if (found) return found.complete && found.naturalWidth > 0 ? found : undefined
  const image = new Image()
  image.onload = ready
  image.src = source
  images.set(source, image)
  for (const oldest of images.keys()) {
    if (images.size <= mostKept) break
    images.delete(oldest)
  }
  return undefined
}

export interface SeenDot {
  index: number
  /** in pixels of the page */
  x: number
  y: number
}

/** Of the dots in sight those that have room: none covers another, the first wins. */
export function spread(dots: readonly SeenDot[]): SeenDot[] {
  const shown: SeenDot[] = []
  for (const dot of dots) {
    const room = side + 4
    if (shown.some(({ x, y }) => Math.abs(x - dot.x) < room && Math.abs(y - dot.y) < room)) continue
    shown.push(dot)
    if (shown.length === mostShown) break
  }
  return shown
}

/** An image that stands for a dot, in pixels of the panel; its frame has the dot's colour and is 2 wider on each side. */
export interface Thumb {
  image: HTMLImageElement
  x: number
  y: number
  width: number
  height: number
  colour: string
}

/** Of the dots in sight, the images that are there, '' where there is none; `ready` is called when another comes. */
export function thumbsOf(
  dots: readonly SeenDot[],
  sourceOf: (index: number) => string,
  colourOf: (index: number) => string,
  ready: () => void,
): Thumb[] {
  return spread(dots.filter(({ index }) => sourceOf(index) !== '')).flatMap(({ index, x, y }) => {
    const image = imageAt(sourceOf(index), ready)
    if (!image) return []
    const ratio = image.naturalWidth / image.naturalHeight
    const [width, height] = ratio > 1 ? [side, side / ratio] : [side * ratio, side]
    return { image, x: x - width / 2, y: y - height / 2, width, height, colour: colourOf(index) }
  })
}

/** The dots in sight, where they are few enough to be shown as images. */
export function inSight(
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
