import type { PretextTask } from '../task.ts'
import { mirrored, upended } from '../windows.ts'

const shortcuts = [
  'Demosaicing and JPEG have grids that begin at one side: the mirrored image has them at the other.',
  'The border of a lens or of an edited image may differ from side to side.',
]
const controls = [
  'Noise images, crossed by width, demosaicing, JPEG and random cropping: what is recognised there is recognised by the processing.',
  'glasshouse commutation: which widths can betray a mirror at all.',
]

/** Left and right: Lin et al., "Visual Chirality" (CVPR 2020). */
export const flip: PretextTask = {
  name: 'flip',
  question: 'is the image mirrored, left to right?',
  classes: ['original', 'mirrored'],
  shortcuts,
  controls,
  frame: 'square',
  sourceScale: 1,
  transform: (source, form) => (form === 1 ? mirrored(source) : source),
}

/** Above and below. */
export const flipVertical: PretextTask = {
  ...flip,
  name: 'flip-vertical',
  question: 'is the image upside down, mirrored top to bottom?',
  classes: ['original', 'upended'],
  transform: (source, form) => (form === 1 ? upended(source) : source),
}
