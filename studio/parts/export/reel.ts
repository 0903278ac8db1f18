/** What grows before one's eyes, kept as it was seen, for a film of it. */
import type { FilmAsked } from './film.ts'
import { filmOfSteps, filmRatio, growing } from './pace.ts'
import { canvasOf, type Scene } from './scene.ts'

export interface Reel<T> {
  add(item: T): void
  /** in their order, the newest at the end; of very many every nth */
  items(): readonly T[]
}

export function createReel<T>(most = 240): Reel<T> {
  let kept: T[] = []
  let every = 1
  let added = 0
  let newest: T | undefined
  return {
    add(item) {
      newest = item
      if (added++ % every) return
      kept.push(item)
      if (kept.length < most) return
      kept = kept.filter((_, at) => at % 2 === 0)
      every *= 2
    },
    items: () => (newest === undefined || kept.at(-1) === newest ? kept : [...kept, newest]),
  }
}

export async function imageAt(address: string): Promise<HTMLImageElement> {
  const image = new Image()
  image.src = address
  await image.decode()
  return image
}

/** The image at an address as a data URI whose longer side has at most so many pixels. */
export async function smallerAt(address: string, longest: number): Promise<string> {
  const image = await imageAt(address)
  return smaller(image, image.naturalWidth, image.naturalHeight, longest)
}

/**
 * As a JPEG on the page's ground.
 * @param longest most pixels of its longer side
 */
export function smaller(
  source: CanvasImageSource,
  width: number,
  height: number,
  longest: number,
  quality = 0.85,
): string {
  const scale = Math.min(1, longest / Math.max(width, height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(scale * width))
  canvas.height = Math.max(1, Math.round(scale * height))
  const context = canvas.getContext('2d')
  if (context) {
    context.fillStyle = getComputedStyle(document.body).backgroundColor
    context.fillRect(0, 0, canvas.width, canvas.height)
    context.drawImage(source, 0, 0, canvas.width, canvas.height)
  }
  return canvas.toDataURL('image/jpeg', quality)
}

/** Of images at these addresses, all in the size of the last: what grows begins small. */
export function filmOfImages(addresses: readonly string[]): FilmAsked {
  const last = imageAt(addresses[addresses.length - 1])
  const frame = async (at: number) => {
    const [{ naturalWidth, naturalHeight }, image] = await Promise.all([last, imageAt(addresses[at])])
    const canvas = document.createElement('canvas')
    canvas.width = naturalWidth
    canvas.height = naturalHeight
    canvas.getContext('2d')?.drawImage(image, 0, 0, naturalWidth, naturalHeight)
    return canvas
  }
  return filmOfSteps(addresses.length, frame, growing)
}

export const filmOfScenes = <T>(items: readonly T[], sceneOf: (item: T) => Scene): FilmAsked =>
  filmOfSteps(items.length, at => canvasOf(sceneOf(items[at]), filmRatio), growing)
