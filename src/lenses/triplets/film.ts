/**
 * The film as data for a page: every dot of every epoch in a few bytes. Positions are 16 bits each over -1..1,
 * rounded so that no dot changes its side of the diagonal; the nearest images are positions in an album,
 * one table of images per data set. All arrays are base64, little endian.
 */
import { random } from '../../base/random.ts'
import type { Split } from '../../data/dataset.ts'
import { base64 } from '../../figures/base64.ts'
import type { TripletFrame } from '../../runs/embedding-run.ts'
import { dotsOf, type FrameMeasures, isCorrect } from './measure.ts'

/** Similarities -1 and 1 are 0 and this; one more is left, to keep a dot off the diagonal. */
export const quantum = 65534

const quantised = (similarity: number): number =>
  Math.round(((Math.min(1, Math.max(-1, similarity)) + 1) / 2) * quantum)

export interface PackedPanel {
  title: string
  /** index into the film's albums */
  album: number
  /** all dots, and those that the film carries */
  total: number
  shown: number
  epochs: number[]
  /** per epoch, over all dots */
  share: number[]
  distance: number[]
  /** shown x u16: images in the album */
  anchor: string
  /** epochs x shown x u16 */
  x: string
  y: string
  positive: string
  negative: string
  /** whether places in the album take 32 bits */
  wide: boolean
}

/** Which images a film speaks of: those it names most often first. */
export interface Album {
  /** positions in the data set */
  ids: Int32Array
  /** place in `ids` by position */
  places: ReadonlyMap<number, number>
}

export interface PanelSource {
  title: string
  split: Split
  frames: readonly TripletFrame[]
  measures: readonly FrameMeasures[]
}

/** Rows of the dots that a film carries: all, or a random sample that is the same in every epoch. */
export function chooseRows(frame: TripletFrame, most: number, seed: number): Int32Array {
  const rows = dotsOf(frame)
  return rows.length <= most ? rows : random(seed, 'dots').shuffle(rows).slice(0, most).sort()
}

/** All images that the chosen rows of the frames name, the most named first. */
export function makeAlbum(panels: readonly { frames: readonly TripletFrame[]; rows: Int32Array }[]): Album {
  const named = new Map<number, number>()
  for (const { frames, rows } of panels)
    for (const { anchor, positive, negative } of frames)
      for (const row of rows)
        for (const ids of [anchor, positive, negative]) named.set(ids[row], (named.get(ids[row]) ?? 0) + 1)
  const ids = Int32Array.from([...named.keys()].sort((a, b) => named.get(b)! - named.get(a)! || a - b))
  return { ids, places: new Map(Array.from(ids, (id, place) => [id, place])) }
}

export function packPanel(source: PanelSource, rows: Int32Array, album: Album, index: number): PackedPanel {
  const { title, frames, measures } = source
  const shown = rows.length
  const wide = album.ids.length > 0xffff
  const places = (length: number) => (wide ? new Uint32Array(length) : new Uint16Array(length))
  const x = new Uint16Array(frames.length * shown)
  const y = new Uint16Array(frames.length * shown)
  const positive = places(frames.length * shown)
  const negative = places(frames.length * shown)
  const anchor = places(shown)
  rows.forEach((row, i) => {
    anchor[i] = album.places.get(frames[0].anchor[row])!
  })
  frames.forEach((frame, epoch) => {
    rows.forEach((row, i) => {
      const at = epoch * shown + i
      x[at] = quantised(frame.positiveSimilarity[row])
      y[at] = quantised(frame.negativeSimilarity[row])
      if (isCorrect(frame, row) && x[at] === y[at]) x[at]++
      positive[at] = album.places.get(frame.positive[row])!
      negative[at] = album.places.get(frame.negative[row])!
    })
  })
  return {
    title,
    album: index,
    total: dotsOf(frames[0]).length,
    shown,
    epochs: frames.map(({ epoch }) => epoch),
    share: measures.map(({ shareCorrect }) => shareCorrect),
    distance: measures.map(({ meanDistance }) => meanDistance),
    anchor: base64(anchor),
    x: base64(x),
    y: base64(y),
    positive: base64(positive),
    negative: base64(negative),
    wide,
  }
}
