/**
 * Frames of a montage as a data set: the class of a frame is its moment, `video@seconds`; the folder that it lies in is
 * the person, `video/tile-3/000012.jpg`.
 */
import type { DataOutline } from '../dataset.ts'

export interface Moment {
  video: string
  /** from the beginning, in the time of the first tile */
  seconds: number
}

export const momentName = ({ video, seconds }: Moment): string => `${video}@${seconds.toFixed(3)}`

/** undefined where a class is no moment */
export function momentOf(name: string): Moment | undefined {
  const [, video, seconds] = /^(.*)@(\d+(?:\.\d+)?)$/s.exec(name) ?? []
  return video === undefined ? undefined : { video, seconds: Number(seconds) }
}

export const framePath = (video: string, tile: number, index: number): string =>
  `${video}/tile-${tile + 1}/${String(index).padStart(6, '0')}.jpg`

export const personOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')))

/** A frame of somebody at some moment. */
export interface MomentFrame extends Moment {
  person: string
}

/** What every image of the data shows; undefined where one of them is no frame of a montage. */
export function momentFrames({ items, classes }: DataOutline): MomentFrame[] | undefined {
  const moments = classes.map(momentOf)
  const frames = items.map(({ path, label }) => {
    const moment = moments[label]
    return moment && { ...moment, person: personOf(path) }
  })
  return frames.every(frame => frame !== undefined) ? frames : undefined
}
