/** The track of a face: boxes of some frames before and after decide where a frame is cut. */
import { medianOf } from '../../base/statistics.ts'
import type { Face } from './faces.node.ts'

/** Frames on either side that are looked at. */
export const reach = 2

/**
 * Where the face is in the middle one of 2 * reach + 1 frames: the median of what was found in them, so that a wrong
 * box does not move the cut; undefined where it was found neither here nor on both sides.
 */
export function smoothedFace(found: readonly (Face | undefined)[]): Face | undefined {
  const middle = found.length >> 1
  const isKnown = (part: readonly (Face | undefined)[]) => part.some(face => face !== undefined)
  if (!found[middle] && !(isKnown(found.slice(0, middle)) && isKnown(found.slice(middle + 1))))
    return undefined
  const faces = found.filter(face => face !== undefined)
  const median = (of: (face: Face) => number) => medianOf(faces.map(of))
  return {
    x: median(face => face.x),
    y: median(face => face.y),
    side: median(face => face.side),
    score: median(face => face.score),
  }
}
