/** The lens of class activation maps: which places of an image speak for a class? */
import { model, modelWords, sample } from '../inputs.ts'
import { defineLens } from '../lens.ts'
import { options } from './options.ts'
import { metrics } from './result.ts'

export const cam = defineLens({
  name: 'cam',
  title: 'Class activation maps',
  description: 'heat maps: which places of an image speak for a class',
  about:
    'A class activation map (Zhou et al. 2016) splits the logit of a class over the places of the last feature maps: its mean plus the bias is the logit. Grad-CAM (Selvaraju et al. 2017) does so approximately for any layer; Grad-CAM++, Layer-CAM, Score-CAM, integrated gradients, SmoothGrad, occlusion and RISE answer the same question in other ways. Warm colours speak for the class. Every cell of a map is painted where its receptive field is centred. For a data set the heat on the plant is compared with the plant’s area, as an odds ratio, and images are sorted by it: the most surprising first. A check shows whether the hottest place follows the image when it is turned or mirrored.',
  inputs: {
    model: model(modelWords),
    pictures: sample('image files, or one data set to draw --samples from'),
  },
  options,
  metrics,
  examples: [
    { line: 'cam runs/train-1 leaf.jpg', does: 'Why does it say what it says?' },
    { line: 'cam runs/train-1 leaf.jpg --class predicted,Maize', does: 'Why that, and why not maize?' },
    { line: 'cam runs/train-1 seedlings/ --samples 48', does: 'A gallery, most surprising first' },
    {
      line: 'cam runs/train-1 leaf.jpg --method occlusion',
      does: 'What does it lose when a place is covered?',
    },
    {
      line: 'cam runs/train-1 seedlings/ --only mistakes',
      does: 'What misled it: maps of the predicted and the true class',
    },
  ],
  run: () => import('./run.ts'),
  draw: () => import('./draw.ts'),
})
