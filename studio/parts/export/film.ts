/** A film of a view: its frames are drawn here, and made an MP4 by the server, where that has ffmpeg. */
import { bytesOf } from '../../../src/lenses/page/player/packed.ts'
import { packFrames } from '../../../src/server/film-frames.ts'
import { client } from '../../client.ts'

export interface FilmAsked {
  /** frames a second */
  rate: number
  frames: number
  /** all of one size */
  frame(index: number): HTMLCanvasElement | Promise<HTMLCanvasElement>
}

export async function filmBlob(
  { rate, frames, frame }: FilmAsked,
  said: (words: string) => void,
): Promise<Blob> {
  const drawn: Uint8Array[] = []
  for (let index = 0; index < frames; index++) {
    const canvas = await frame(index)
    // At once: `toBlob` waits until the page has nothing else to do, for every frame.
    const [, packed] = canvas.toDataURL('image/jpeg', 0.95).split(',')
    drawn.push(bytesOf(packed))
    said(`frame ${index + 1} of ${frames}`)
    if (index % 4 === 3) await new Promise(next => setTimeout(next))
  }
  said('ffmpeg makes the film')
  return client.film(rate, packFrames(drawn))
}
