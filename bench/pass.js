// What a pass brings: a training step with all passes beside the same step without one of them.
import { secondsOf } from './timing.js'

export function withAndWithout(pass, { net, size, batch }) {
  const step = async settings => {
    const { trainStep } = await import('./ours.js')
    return { value: await secondsOf(await trainStep(settings), settings) }
  }
  return {
    unit: 's',
    better: 'less',
    note: `one training step of ${net}, ${size} pixels, batch ${batch}; the peer is the same step without the pass ${pass}`,
    settings: { net, size, batch, warmUps: 2, repetitions: 5 },
    ours: step,
    without: settings => step({ ...settings, without: [pass] }),
    peer: { side: 'without' },
  }
}
