/** Colours from 0 to 255 to what a network is fed: as a scale and a shift per channel, for pixels and in a graph. */
import type { Value } from '../../graph/graph.ts'
import { div, sub } from '../../graph/ops/elementwise.ts'
import { reshape } from '../../graph/ops/layout.ts'
import { float32 } from '../../graph/tensor.ts'
import type { ColourStatistics } from '../store.ts'

/** What a colour is multiplied by, and what is then added; red, green, blue. */
export interface ColourScale {
  scale: number[]
  shift: number[]
}

/** Divides by 255, subtracts the mean and divides by the deviation. */
export const normalising = ({ mean, deviation }: ColourStatistics): ColourScale => ({
  scale: deviation.map(value => 1 / (255 * value)),
  shift: mean.map((value, channel) => -value / deviation[channel]),
})

/** The same in a graph: what the network is given for pixels (n, 3, h, w) on the scale 0 to 255. */
export function normalised(image: Value, { mean, deviation }: ColourStatistics): Value {
  const perColour = (values: readonly number[]) => {
    const scaled = values.map(value => 255 * value)
    return reshape(image.graph.constant(float32([3], scaled)), [1, 3, 1, 1])
  }
  return div(sub(image, perColour(mean)), perColour(deviation))
}
