/** What grows before one's eyes, kept as it was seen, for a film of it. */
import type { FilmAsked } from './film.ts'
import { filmRatio } from './pace.ts'
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

/** Frames a second, and how many of the last one: it stands for a second. */
const [rate, standing] = [12, 12]

const film = (count: number, frame: FilmAsked['frame']): FilmAsked => ({
  rate,
  frames: count + standing,
  frame: index => frame(Math.min(count - 1, index)),
})

export async function imageAt(address: string): Promise<HTMLImageElement> {
  const image = new Image()
  image.src = address
  await image.decode()
  return image
}

/** Of images at these addresses, all in the size of the last: what grows begins small. */
export function filmOfImages(addresses: readonly string[]): FilmAsked {
  const last = imageAt(addresses[addresses.length - 1])
  return film(addresses.length, async at => {
    const [{ naturalWidth, naturalHeight }, image] = await Promise.all([last, imageAt(addresses[at])])
    const canvas = document.createElement('canvas')
    canvas.width = naturalWidth
    canvas.height = naturalHeight
    canvas.getContext('2d')?.drawImage(image, 0, 0, naturalWidth, naturalHeight)
    return canvas
  })
}

export const filmOfScenes = <T>(items: readonly T[], sceneOf: (item: T) => Scene): FilmAsked =>
  film(items.length, at => canvasOf(sceneOf(items[at]), filmRatio))
