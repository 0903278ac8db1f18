/** Triplets epoch by epoch, as dots of a plane. */
import type { TripletHistory } from '../../../src/server/api.ts'
import { floats, integers } from '../../client.ts'

export interface Frame {
  epoch: number
  anchor: Int32Array
  positive: Int32Array
  negative: Int32Array
  /** similarity with the nearest of the same class, to the right */
  x: Float32Array
  /** minus the similarity with the nearest of another class: the axis points down */
  y: Float32Array
  right: number
}

export function framesOf({ epochs }: TripletHistory): Frame[] {
  return epochs.map(({ epoch, anchor, positive, negative, positiveSimilarity, negativeSimilarity }) => {
    const x = floats(positiveSimilarity)
    const y = floats(negativeSimilarity).map(value => -value)
    const right = x.reduce((sum, value, at) => sum + (value > -y[at] ? 1 : 0), 0)
    return {
      epoch,
      anchor: integers(anchor),
      positive: integers(positive),
      negative: integers(negative),
      x,
      y,
      right: x.length ? right / x.length : 0,
    }
  })
}

/** Right or wrong, as a place in the palette of both. */
export const coloursOf = ({ x, y }: Frame): Uint8Array =>
  Uint8Array.from(x, (value, at) => (value > -y[at] ? 1 : 0))
