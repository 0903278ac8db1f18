/** The page of what grows before one's eyes: all that was seen of it, under one slider. */
import type { PageAsked } from './page.ts'

/** Where an exported page finds the frames. */
export const framesAddress = '/frames'

/** @param frames addresses of images that hold them, the newest at the end */
export const growthPage = (frames: readonly string[]): PageAsked => ({
  view: 'growth',
  answers: [],
  known: { [framesAddress]: frames },
  images: [],
  imageSize: 0,
})
