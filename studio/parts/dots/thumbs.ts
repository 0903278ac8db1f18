/** Images that stand in for dots where one comes near: loaded once, drawn where there is room. */
import type { Place } from './marks.ts'
import type { Dots } from './paint.ts'

/** More than this at once would be a carpet, not a map. */
const mostShown = 140
/** At most this many dots in sight are shown as images. */
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

interface SeenDot {
  index: number
  /** in pixels of the page */
  x: number
  y: number
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

/**
 * The images of the dots in sight, as far as they are loaded. None covers another: the first has the room.
 * @param sourceOf '' where a dot has no image
 * @param ready is called when another image is loaded
 */
export function thumbsOf(
  dots: readonly SeenDot[],
  sourceOf: (index: number) => string,
  colourOf: (index: number) => string,
  ready: () => void,
): Thumb[] {
  const room = side + 4
  const shown: (SeenDot & { source: string })[] = []
  for (const dot of dots) {
    if (shown.length === mostShown) break
    if (shown.some(({ x, y }) => Math.abs(x - dot.x) < room && Math.abs(y - dot.y) < room)) continue
    const source = sourceOf(dot.index)
    if (source !== '') shown.push({ ...dot, source })
  }
  return shown.flatMap(({ index, x, y, source }) => {
    const image = imageAt(source, ready)
    if (!image) return []
    const ratio = image.naturalWidth / image.naturalHeight
    const [width, height] = ratio > 1 ? [side, side / ratio] : [side * ratio, side]
    return { image, x: x - width / 2, y: y - height / 2, width, height, colour: colourOf(index) }
  })
}

/** The dots in sight, where they are few enough to be shown as images. */
export function inSight({ x, y, chosen }: Dots, place: Place, side: number): SeenDot[] | undefined {
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
