// What the benchmarks of explanations share: one map of one class of a ResNet18 with 12 classes, 224 pixels. The peer is
// the formula of the same method, as Captum and the authors have it, written in PyTorch.
import { secondsOf } from './timing.js'

/** @param {{ method: import('../dist/lenses/cam/methods.js').MapMethod, passes?: number, patch?: number }} asked */
export const explanation = asked => ({
  unit: 's',
  better: 'less',
  note: `one map by ${asked.method}${asked.passes ? `, ${asked.passes} passes` : ''}, ResNet18, 224 pixels`,
  settings: { ...asked, size: 224, warmUps: 1, repetitions: 3 },
  async ours(settings) {
    const { explain } = await import('./ours.js')
    return { value: await secondsOf(await explain(settings), settings) }
  },
  peer: {
    script: 'explanation.py',
    modules: ['torch', 'torchvision'],
    variants: [{ layout: 'contiguous' }, { layout: 'channels-last' }],
  },
})
