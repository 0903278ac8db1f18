import type { PretextTask } from '../task.ts'
import { turned } from '../windows.ts'

/** By which quarter turn: Gidaris, Singh and Komodakis, "Unsupervised representation learning by predicting image rotations" (ICLR 2018). */
export const rotation: PretextTask = {
  name: 'rotation',
  question: 'by how many quarter turns was the image rotated?',
  classes: ['upright', '90° clockwise', '180°', '90° counterclockwise'],
  shortcuts: [
    'The grids of demosaicing and JPEG begin at the upper left: a turn takes them elsewhere.',
    'Rolling shutters, interlacing and wide pixels make rows differ from columns.',
  ],
  controls: ['Noise images, crossed by width, demosaicing, JPEG and random cropping.'],
  frame: 'square',
  sourceScale: 1,
  transform: (source, form) => turned(source, form),
}
