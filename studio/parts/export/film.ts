/** A film of a view: its frames are drawn here, and made an MP4 by the server, where that has ffmpeg. */
import { bytesOf } from '../../../src/lenses/page/player/packed.ts'
import { packFrames } from '../../../src/server/film-frames.ts'
import { client } from '../../client.ts'
import { canvasOf, type Scene } from './scene.ts'

export interface FilmAsked {
  /** frames a second */
  rate: number
  frames: number
  scene(index: number): Scene
}

export async function filmBlob(
  { rate, frames, scene }: FilmAsked,
  said: (words: string) => void,
): Promise<Blob> {
  const drawn: Uint8Array[] = []
  for (let index = 0; index < frames; index++) {
    // At once: `toBlob` waits until the page has nothing else to do, for every frame.
    const [, packed] = canvasOf(scene(index), 1.25).toDataURL('image/jpeg', 0.95).split(',')
    drawn.push(bytesOf(packed))
    said(`frame ${index + 1} of ${frames}`)
    if (index % 4 === 3) await new Promise(next => setTimeout(next))
  }
  said('ffmpeg makes the film')
  return client.film(rate, packFrames(drawn))
}
