import type { PretextTask } from '../task.ts'
import { withChannels } from '../windows.ts'

/** Turning the hue by thirds of the circle permutes the channels, exactly; the others mirror the circle first. */
const orders = [
  [0, 1, 2],
  [2, 0, 1],
  [1, 2, 0],
  [2, 1, 0],
  [1, 0, 2],
  [0, 2, 1],
]

export const hue: PretextTask = {
  name: 'hue',
  question: 'in which order are the colours: by how much was the hue turned?',
  classes: ['RGB', 'BRG (hue +120°)', 'GBR (hue +240°)', 'BGR', 'GRB', 'RBG'],
  shortcuts: [
    'Demosaicing gives green twice the resolution of red and blue.',
    'JPEG keeps blue with less detail than red and green.',
    'Plain colour statistics: the histogram baseline shows how far they carry.',
  ],
  controls: ['The linear classifier on colour histograms.', 'Noise images with demosaicing and JPEG.'],
  frame: 'square',
  sourceScale: 1,
  transform: (source, form) => withChannels(source, orders[form]),
}
