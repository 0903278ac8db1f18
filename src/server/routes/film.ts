/** /api/film: frames that the page drew, as an MP4. */
import { Hono } from 'hono'
import { GlasshouseError } from '../../base/errors.ts'
import { decodePicture } from '../../data/decode.node.ts'
import { encodeFilm } from '../../figures/film.node.ts'
import { unpackFrames } from '../film-frames.ts'
import { chunksOf, numberOr } from '../request.ts'
import type { Studio } from '../studio.ts'

/** In bytes: of all frames together. */
const mostBytes = 256 * 2 ** 20
/** Milliseconds between two parts of the frames, and for all of them. */
const [patience, deadline] = [20_000, 10 * 60_000]
const mostFrames = 3000
const mostMegapixels = 9

export const filmRoutes = ({ work }: Studio): Hono => {
  let isBusy = false
  return new Hono().post('/api/film', async c => {
    const rate = numberOr(c, 'rate', 24, { least: 1, most: 60 })
    if (isBusy)
      throw new GlasshouseError({
        code: 'busy',
        what: 'another film is being made',
        hint: 'Try again when it is there',
        fault: 'machine',
      })
    isBusy = true
    try {
      const parts: Uint8Array[] = []
      for await (const part of chunksOf(c, { mostBytes, patience, deadline })) parts.push(part)
      const frames = unpackFrames(Buffer.concat(parts))
      if (!frames?.length || frames.length > mostFrames)
        throw malformed(`the body must hold 1 to ${mostFrames} frames, each with its length before it`)
      // Only pixels reach ffmpeg: what the frames are, is decided here.
      const frame = async (index: number) => {
        const picture = await decodePicture(frames[index], `frame ${index + 1}`, {
          maxMegapixels: mostMegapixels,
        })
        first ??= picture
        if (picture.width === first.width && picture.height === first.height) return picture
        throw malformed('all frames of a film have the same size')
      }
      let first: Awaited<ReturnType<typeof frame>> | undefined
      const film = { rate, frames: frames.length, frame }
      const bytes = await encodeFilm(film, { work })
      return c.body(new Uint8Array(bytes), 200, { 'Content-Type': 'video/mp4' })
    } finally {
      isBusy = false
    }
  })
}

const malformed = (what: string): GlasshouseError => new GlasshouseError({ code: 'body-malformed', what })
