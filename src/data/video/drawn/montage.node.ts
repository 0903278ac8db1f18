/**
 * A drawn montage, with all that is to be found out about it: who reacts to the same, and by how much each tile lags.
 * For tests, documentation and trying out.
 */
import { writeFileAtomic } from '../../../base/files.node.ts'
import type { Picture } from '../../../base/picture.ts'
import { random } from '../../../base/random.ts'
import type { Work } from '../../../base/work.ts'
import { writeFilm } from '../../../figures/film.node.ts'
import { drawFace, identityOf } from './face.ts'
import { expressionOf, headOf } from './signals.ts'

export interface DrawnMontage {
  rows: number
  columns: number
  seconds: number
  /** frames per second */
  rate: number
  /** of a tile, in pixels; even */
  side: number
  /** of every tile, in seconds */
  lags: readonly number[]
  /** whether all react to the same film; otherwise each has a signal of its own */
  shared: boolean
  /** share of each one's own in what a face does */
  own: number
  /** deviation of the noise of every pixel, in grey levels */
  noise: number
  seed: number
}

/** Lags of up to `most` seconds, whole frames; the first tile has none. */
export function drawnLags(count: number, most: number, rate: number, seed: number): number[] {
  const { uniform } = random(seed, 'lags')
  return Array.from({ length: count }, (_, tile) =>
    tile === 0 ? 0 : Math.round(uniform(-most, most) * rate) / rate,
  )
}

/** One frame, as anybody sees it who watches the montage. */
export function drawnFrame(montage: DrawnMontage): (index: number) => Picture {
  const { rows, columns, side, lags, rate, shared, own, noise, seed } = montage
  const [width, height] = [columns * side, rows * side]
  const people = lags.map((lag, person) => ({
    lag,
    who: identityOf(seed, person),
    expression: expressionOf({ seed, person, shared, own }),
    head: headOf(seed, person),
  }))
  return index => {
    const data = new Uint8Array(3 * width * height)
    for (const [tile, { lag, who, expression, head }] of people.entries()) {
      const seconds = index / rate - lag
      const place = {
        stride: width,
        left: (tile % columns) * side,
        top: Math.floor(tile / columns) * side,
        side,
      }
      drawFace(data, place, who, expression(seconds), head(seconds))
    }
    if (noise > 0) {
      const { normal } = random(seed, 'grain', index)
      for (let at = 0; at < data.length; at += 3) {
        const grain = normal(0, noise)
        for (let channel = at; channel < at + 3; channel++)
          data[channel] = Math.max(0, Math.min(255, data[channel] + grain))
      }
    }
    return { width, height, data }
  }
}

/** Writes the montage as MP4, and beside it what is true of it, as JSON. */
export async function writeDrawnMontage(path: string, montage: DrawnMontage, work?: Work): Promise<void> {
  const film = {
    rate: montage.rate,
    frames: Math.round(montage.seconds * montage.rate),
    frame: drawnFrame(montage),
  }
  await writeFilm(path, film, { work, stage: 'drawing' })
  await writeFileAtomic(`${path.replace(/\.mp4$/i, '')}.json`, `${JSON.stringify(montage, null, 2)}\n`)
}
