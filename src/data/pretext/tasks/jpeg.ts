import type { PretextTask } from '../task.ts'

const qualities = [95, 60, 25]

export const jpeg: PretextTask = {
  name: 'jpeg',
  question: 'with which quality was the image stored as JPEG?',
  classes: qualities.map(quality => `quality ${quality}`),
  shortcuts: [
    'Quality is a property of the pixels, not of the content.',
    'Images that were JPEG before keep the trace of the first time, unless they were reduced to half or less.',
  ],
  controls: ['Noise images must nearly always be recognised: where they are not, the training is too short.'],
  frame: 'square',
  sourceScale: 1,
  transform: (source, form, { asJpeg }) => asJpeg(source, { quality: qualities[form], subsampling: '4:2:0' }),
}
