import { centreSquare } from '../../prepare/geometry.ts'
import type { PretextTask } from '../task.ts'
import { windowOf } from '../windows.ts'
import { throughResolution } from './crop.ts'

/** Shares of the source's side that are seen. */
const shares = [1, 0.71, 0.5]

export const scale: PretextTask = {
  name: 'scale',
  question: 'how much was the image enlarged?',
  classes: ['1×', '1.4×', '2×'],
  shortcuts: ['What is enlarged more is less sharp, and its noise is coarser: resolution is not size.'],
  controls: [
    'All forms pass through a random lower resolution.',
    'Noise images: what is recognised there is recognised by the resampling.',
  ],
  frame: 'square',
  sourceScale: 2,
  transform(source, form, { side, stream }) {
    const seen = windowOf(source, centreSquare(source, Math.round(shares[form] * source.width)))
    return throughResolution(seen, side, stream)
  },
}
