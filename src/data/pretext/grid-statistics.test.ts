import { expect, it } from 'vitest'
import { gridStatistics, gridStatisticsLength } from './grid-statistics.ts'
import { noiseImage } from './noise.ts'
import { asJpeg } from './process.node.ts'
import { usualJpeg } from './processes.ts'
import { windowOf } from './windows.ts'

it('are means of differences: of a slope across, its step in brightness, and nothing down', () => {
  const [width, height] = [32, 24]
  const data = Uint8Array.from({ length: 3 * width * height }, (_, at) => 3 * (Math.floor(at / 3) % width))
  const statistics = gridStatistics({ width, height, data }, false)
  expect(statistics).toHaveLength(gridStatisticsLength)
  for (const value of statistics.slice(0, 64)) expect(value).toBeCloseTo(3, 4)
  expect(statistics.slice(64, 128).every(value => value === 0)).toBe(true)
})

it('aligned, they say nothing of where a crop begins', async () => {
  const stored = await asJpeg(noiseImage(160, 160, 0), usualJpeg)
  const crop = (left: number, top: number) => windowOf(stored, { left, top, width: 128, height: 128 })
  const [one, other] = [crop(0, 0), crop(5, 3)]
  const difference = (aligned: boolean) => {
    const [a, b] = [gridStatistics(one, aligned), gridStatistics(other, aligned)]
    return a.reduce((sum, value, at) => sum + Math.abs(value - b[at]), 0) / a.length
  }
  expect(difference(true)).toBeLessThan(0.2 * difference(false))
})
