/** The lens of class activation maps: which places of a picture speak for a class? */

import { defineLens } from '../lens.ts'
import { options } from './options.ts'

export const cam = defineLens({
  name: 'cam',
  title: 'Class activation maps',
  description: 'heat maps: which places of a picture speak for a class',
  about:
    'A class activation map (Zhou et al. 2016) splits the logit of a class over the places of the last feature maps: its mean plus the bias is the logit. Grad-CAM (Selvaraju et al. 2017) does so approximately for any layer. Warm colours speak for the class. With --plant, pictures are sorted by surprise: the share of heat outside the plant.',
  arguments: [
    {
      name: 'model',
      kind: 'model',
      description: 'a run (run@7 for an epoch), an .onnx file, or NET:WEIGHTS',
    },
    {
      name: 'pictures',
      kind: 'pictures',
      description: 'image files, or one data set to draw --samples from',
    },
  ],
  options,
  examples: [
    { line: 'cam runs/train-1 leaf.jpg', does: 'Why does it say what it says?' },
    { line: 'cam runs/train-1 seedlings/ --samples 48', does: 'A gallery, most surprising first' },
  ],
  run: () => import('./run.ts'),
  draw: () => import('./draw.ts'),
})
