/** Runs, jobs and images that tests of the page make up. */
import type { ListedRun, RunState } from '../../src/runs/list-page.ts'

const objectives = ['softmax', 'ep', 'ephn', 'epshn', 'proxy-nca', 'triplet', 'supcon', 'margin']
const states: RunState[] = [
  'finished',
  'finished',
  'finished',
  'finished',
  'stopped',
  'interrupted',
  'diverged',
]
const nets = ['resnet18', 'resnet50', 'small']

/** As many runs as wanted, always the same. */
export const drawnRuns = (count: number, now = Date.UTC(2026, 5, 1)): ListedRun[] =>
  Array.from({ length: count }, (_, index) => {
    const objective = objectives[index % objectives.length]
    const length = 6 + (index % 9)
    const top = 0.62 + ((index * 37) % 100) / 280
    const curve = Array.from(
      { length },
      (_, epoch) => top - 0.5 * Math.exp(-epoch / 2) - ((index * epoch) % 7) / 300,
    )
    return {
      name: index % 5 === 4 ? `rates/runs/${objective}-${0.1 * (1 + (index % 7))}` : `${objective}-${index}`,
      command: 'train',
      net: nets[index % nets.length],
      objective,
      data: index % 3 ? '/home/ada/seedlings' : '/home/ada/cars',
      score: curve[curve.length - 1],
      measure: objective === 'softmax' ? 'accuracy' : 'recall at 1',
      state: states[index % states.length],
      epochs: length - 1,
      ofEpochs: index % 7 > 3 ? 20 : length - 1,
      curve,
      changed: now - index * 3_700_000,
    }
  })
