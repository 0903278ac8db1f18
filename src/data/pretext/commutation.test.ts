/** Which processing commutes with the mirror at which width, against what follows from the size of its blocks. */
import { describe, expect, it } from 'vitest'
import { commutation, fromPictures } from './commutation.node.ts'
import { noiseImage } from './noise.ts'
import { type JpegSettings, type Process, processes, usualJpeg } from './processes.ts'
import { rounding } from './residuals.ts'

const widths = [96, 99, 100, 104, 112]

async function commuting(process: Process, jpeg: JpegSettings = usualJpeg) {
  const source = (index: number, width: number, height: number) => noiseImage(width, height, 0, index)
  const residuals = await commutation(source, { processes: [process], widths, count: 1, jpeg })
  const within = (value: number | null) => value !== null && value <= rounding
  return {
    whole: residuals.filter(({ residual }) => within(residual)).map(({ width }) => width),
    cropped: residuals.filter(({ shifted }) => within(shifted)).map(({ width }) => width),
  }
}

describe('mirrored before or after', () => {
  it.each<[Process, number[], number[]]>([
    ['none', widths, widths],
    ['resize', widths, widths],
    ['jpeg', [96, 112], widths],
    ['demosaic', [99], widths],
    ['both', [], []],
  ])('%s: the same at %j, and with random crops at %j', async (process, whole, cropped) => {
    expect(await commuting(process)).toEqual({ whole, cropped })
  })

  it('covers every process', () => expect(processes).toHaveLength(5))

  it('JPEG with colour at full resolution repeats every 8 pixels', async () => {
    const { whole } = await commuting('jpeg', { quality: 75, subsampling: '4:4:4' })
    expect(whole).toEqual([96, 104, 112])
  })
})

it('an image too narrow to be shifted has no figure for random crops', async () => {
  const source = (index: number, width: number, height: number) => noiseImage(width, height, 0, index)
  const [narrow, enough] = await commutation(source, {
    processes: ['jpeg'],
    widths: [47, 48],
    count: 1,
    jpeg: usualJpeg,
  })
  expect(narrow.shifted).toBeNull()
  expect(enough.shifted).toBeGreaterThan(0)
})

it('images are cut from the centre; small ones are enlarged first', () => {
  const large = noiseImage(40, 30, 0)
  const cut = fromPictures([large])(0, 10, 6)
  expect([cut.width, cut.height]).toEqual([10, 6])
  expect([...cut.data.slice(0, 3)]).toEqual([...large.data.slice(3 * (12 * 40 + 15), 3 * (12 * 40 + 15) + 3)])
  const enlarged = fromPictures([noiseImage(9, 7, 0)])(0, 40, 20)
  expect([enlarged.width, enlarged.height, enlarged.data.length]).toEqual([40, 20, 3 * 40 * 20])
})
