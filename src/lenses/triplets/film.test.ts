import { describe, expect, it } from 'vitest'
import { random } from '../../base/random.ts'
import type { TripletFrame } from '../../runs/embedding-run.ts'
import { chooseRows, makeAlbum, packPanel, quantum } from './film.ts'
import { dotsOf, measure } from './measure.ts'

/** Dots so near the diagonal that sixteen bits cannot tell their similarities apart, and some on it. */
function closeFrame(epoch: number, n: number): TripletFrame {
  const { uniform, integer } = random(7, 'close', epoch)
  const frame = {
    epoch,
    anchor: Int32Array.from({ length: n }, (_, i) => 10 + 3 * i),
    positive: Int32Array.from({ length: n }, () => 10 + 3 * integer(n)),
    negative: Int32Array.from({ length: n }, () => 10 + 3 * integer(n)),
    positiveSimilarity: Float32Array.from({ length: n }, () => uniform(-1, 1)),
    negativeSimilarity: new Float32Array(n),
  }
  frame.negativeSimilarity.set(
    frame.positiveSimilarity.map(x => (integer(3) ? Math.min(1, x + uniform(-2e-6, 2e-6)) : x)),
  )
  frame.positive[4] = -1
  frame.positiveSimilarity[4] = -1
  return frame
}

const u16 = (text: string): Uint16Array =>
  new Uint16Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer)

describe('the film', () => {
  const frames = [0, 1, 2].map(epoch => closeFrame(epoch, 400))
  const pack = (rows: Int32Array) => {
    const album = makeAlbum([{ frames, rows }])
    const source = { title: '', split: 'test', frames, measures: frames.map(measure) } as const
    return { album, panel: packPanel(source, rows, album, 0) }
  }

  it('has, in every frame, a share of dots right of the diagonal equal to recall at 1', () => {
    const rows = chooseRows(frames[0], 1000, 0)
    const { panel } = pack(rows)
    const [x, y] = [u16(panel.x), u16(panel.y)]
    frames.forEach((frame, epoch) => {
      const right = rows.reduce(
        (count, _, i) => count + Number(x[epoch * rows.length + i] > y[epoch * rows.length + i]),
        0,
      )
      expect(right / rows.length).toBe(measure(frame).shareCorrect)
      expect(panel.share[epoch]).toBe(measure(frame).shareCorrect)
    })
  })

  it('carries similarities to a sixteenth bit and the images that they belong to', () => {
    const rows = chooseRows(frames[0], 1000, 0)
    const { panel, album } = pack(rows)
    const [x, positive, anchor] = [u16(panel.x), u16(panel.positive), u16(panel.anchor)]
    rows.forEach((row, i) => {
      expect(album.ids[anchor[i]]).toBe(frames[0].anchor[row])
      const at = 2 * rows.length + i
      expect(album.ids[positive[at]]).toBe(frames[2].positive[row])
      expect(Math.abs((2 * x[at]) / quantum - 1 - frames[2].positiveSimilarity[row])).toBeLessThan(5e-5)
    })
  })

  it('carries a random sample of dots, the same in every epoch and for the same seed', () => {
    const rows = chooseRows(frames[0], 50, 3)
    expect(rows).toHaveLength(50)
    expect(chooseRows(frames[2], 50, 3)).toEqual(rows)
    expect(pack(rows).panel).toMatchObject({ shown: 50, total: dotsOf(frames[0]).length })
  })
})
