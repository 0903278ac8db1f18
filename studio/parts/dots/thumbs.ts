/** Images that stand in for dots where one comes near: loaded once, drawn where there is room. */

/** More than this at once would be a carpet, not a map. */
const mostShown = 140
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

export function drawThumbs(
  context: CanvasRenderingContext2D,
  dots: readonly SeenDot[],
  sourceOf: (index: number) => string,
  colourOf: (index: number) => string,
  ready: () => void,
): void {
  for (const { index, x, y } of spread(dots)) {
    const image = imageAt(sourceOf(index), ready)
    if (!image) continue
    const ratio = image.naturalWidth / image.naturalHeight
    const [width, height] = ratio > 1 ? [side, side / ratio] : [side * ratio, side]
    context.fillStyle = colourOf(index)
    context.fillRect(x - width / 2 - 2, y - height / 2 - 2, width + 4, height + 4)
    context.drawImage(image, x - width / 2, y - height / 2, width, height)
  }
}
