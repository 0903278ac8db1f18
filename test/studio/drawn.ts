/** Runs, jobs and images that tests of the page make up. */
import { random } from '../../src/base/random.ts'
import type { ListedRun, RunState } from '../../src/runs/list-page.ts'
import type {
  CommandForm,
  DataSummary,
  Duplicates,
  ImagePage,
  Job,
  MapsResult,
  ModelAbout,
  RetrievalSheet,
  RunDetail,
  TripletHistory,
} from '../../src/server/api.ts'
import { pack } from '../../src/server/pack.ts'

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
      name:
        index % 5 === 4
          ? `rates/runs/${objective}-${(0.1 * (1 + (index % 7))).toFixed(1)}`
          : `${objective}-${index}`,
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

const species = [
  'ash',
  'birch',
  'cedar',
  'elm',
  'fir',
  'hazel',
  'larch',
  'maple',
  'oak',
  'pine',
  'rowan',
  'yew',
]
const speciesOf = (index: number): string => species[index % species.length]
const pathOf = (index: number): string => `test/${speciesOf(index)}/${index}.png`

/** Clusters of classes: in the first map apart, in each further one a little nearer to each other. */
export function drawnMaps(count: number, maps = 2): MapsResult {
  const { normal } = random(5, 'drawn maps')
  const own = Array.from({ length: count }, () => [normal(), normal()])
  const map = (number: number) => {
    const place = (axis: 0 | 1) =>
      Float32Array.from({ length: count }, (_, index) => {
        const angle = (2 * Math.PI * (index % species.length)) / species.length + number / 4
        const radius = 9 - 2 * number
        return radius * (axis ? Math.sin(angle) : Math.cos(angle)) + own[index][axis]
      })
    return {
      name: `epoch ${8 * number}`,
      source: `drawn@${8 * number}:test`,
      x: pack(place(0)),
      y: pack(place(1)),
    }
  }
  const drawn = Array.from({ length: maps }, (_, number) => map(number))
  const [first] = drawn
  return {
    metrics: {},
    data: '/home/ada/seedlings',
    paths: Array.from({ length: count }, (_, index) => pathOf(index)),
    labels: Array.from({ length: count }, (_, index) => speciesOf(index)),
    fields: [
      {
        name: 'split',
        values: ['train', 'test'],
        of: pack(Int32Array.from({ length: count }, (_, index) => Number(index % 5 === 0))),
      },
      {
        name: 'sharpness',
        values: Array.from({ length: 40 }, (_, at) => String(at / 10)),
        of: pack(Int32Array.from({ length: count }, (_, index) => index % 40)),
      },
    ],
    maps: drawn,
    // The stronger the tie, the nearer is every map to the first.
    strengths:
      maps < 2 ? [] : [0.001, 1].map((lambda, at) => ({ lambda, maps: at ? drawn.map(() => first) : drawn })),
    ...(maps > 1 && { lambda: 0.01 }),
  }
}

/**
 * Anchors that move below the diagonal while the epochs go by.
 * @param late by how many epochs it is behind
 */
export function drawnTriplets(run: string, count: number, epochs: number, late = 0): TripletHistory {
  const { uniform } = random(7, 'drawn triplets')
  const from = Array.from({ length: count }, () => [0.5 + 0.4 * uniform(), 0.55 + 0.4 * uniform(), uniform()])
  return {
    run,
    split: 'test',
    data: '/home/ada/seedlings',
    paths: Array.from({ length: count }, (_, index) => pathOf(index)),
    labels: Array.from({ length: count }, (_, index) => speciesOf(index)),
    epochs: Array.from({ length: epochs }, (_, epoch) => {
      const share = Math.max(0, epoch - late) / Math.max(1, epochs - 1)
      return {
        epoch,
        anchor: pack(Int32Array.from({ length: count }, (_, index) => index)),
        positive: pack(Int32Array.from({ length: count }, (_, index) => (index + species.length) % count)),
        negative: pack(Int32Array.from({ length: count }, (_, index) => (index + 1) % count)),
        positiveSimilarity: pack(
          Float32Array.from(from, ([x, , luck]) => x + share * (0.99 - x) * (0.5 + luck / 2)),
        ),
        negativeSimilarity: pack(Float32Array.from(from, ([, y, luck]) => y - share * (y + 0.1) * luck)),
      }
    }),
  }
}

/** What is found changes with the epoch; the queries do not. */
export const drawnRetrieval = (ask: URLSearchParams): RetrievalSheet => {
  const [epoch, from, count] = ['epoch', 'from', 'count'].map(name => Number(ask.get(name)))
  return {
    data: '/home/ada/seedlings',
    total: 60,
    queries: Array.from({ length: count }, (_, at) => ({
      path: pathOf(from + at),
      label: speciesOf(from + at),
      found: Array.from({ length: 8 }, (_, place) => {
        const other = from + at + (place < epoch ? species.length * (place + 1) : place + 1)
        return { path: pathOf(other), label: speciesOf(other), similarity: 0.99 - place / 20 }
      }),
    })),
  }
}

/** An image of its own for each path, small and quickly drawn. */
export function drawnImage(path: string): string {
  const number = Number(/(\d+)\.\w+$/.exec(path)?.[1] ?? 0)
  const hue = (number * 47) % 360
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64"><rect width="64" height="64" fill="hsl(${hue} 30% 24%)"/><circle cx="${20 + (number % 24)}" cy="34" r="${8 + (number % 13)}" fill="hsl(${(hue + 90) % 360} 55% 56%)"/></svg>`
}

export const drawnDetail = (name: string, command: string): RunDetail => ({
  listed: { name, command, state: 'finished', curve: [], changed: Date.UTC(2026, 5, 1) },
  result: {
    command,
    version: '0.1.0',
    seed: 0,
    device: 'cpu',
    seconds: 12,
    parameters: { vectors: ['drawn@0:test', 'drawn@8:test'], perplexity: 30 },
    metrics: { kl: [1.2, 1.1], alignment: 12.5 },
    files: [],
  },
  epochs: [],
  checkpoints: [],
  embeddings: [],
  triplets: [],
  lenses: [],
  files: [],
})

/** A data set of as many images as wanted, page by page. */
export const drawnData = (images: number): DataSummary => ({
  path: '/home/ada/seedlings',
  classes: species.map((name, at) => {
    const count = Math.floor((images - at + species.length - 1) / species.length)
    return { name, images: count, splits: { test: count } }
  }),
  splits: ['train', 'test'],
  images,
  notes: [],
  tags: [],
})

export function drawnPage(images: number, ask: URLSearchParams): ImagePage {
  const [wanted, offset, count] = [ask.get('class'), Number(ask.get('offset')), Number(ask.get('count'))]
  const step = wanted ? species.length : 1
  const first = wanted ? species.indexOf(wanted) : 0
  const total = Math.floor((images - first + step - 1) / step)
  return {
    total,
    offset,
    images: Array.from({ length: Math.max(0, Math.min(count, total - offset)) }, (_, at) => {
      const index = first + (offset + at) * step
      return { index, path: pathOf(index), label: speciesOf(index), split: 'test' }
    }),
  }
}

export const drawnForm: CommandForm = {
  name: 'train',
  title: 'Train',
  summary: 'train a classifier or an embedding',
  heading: 'Training',
  isLens: false,
  inputs: [{ name: 'data', kind: 'data', description: 'folder of class folders', atLeast: 1, atMost: 1 }],
  options: [
    {
      key: 'epochs',
      description: 'passes over the images',
      required: false,
      default: 25,
      type: 'number',
      integer: true,
      minimum: 1,
      maximum: 1000,
    },
    {
      key: 'schedule',
      description: 'how the rate changes',
      required: false,
      default: 'one-cycle',
      type: 'choice',
      choices: ['constant', 'one-cycle'],
    },
    {
      key: 'augment',
      description: 'how images are changed',
      required: false,
      default: 'plant',
      type: 'choice',
      choices: ['plant', 'photo', 'none'],
    },
    {
      key: 'warmup',
      description: 'steps over which the rate rises',
      required: false,
      type: 'number',
      needs: [{ option: 'schedule', is: ['constant'] }],
    },
  ],
  modelOptions: [],
  commonOptions: [],
  examples: [{ line: 'glasshouse train seedlings', does: 'Train on the seedlings' }],
}

/** A lens that asks for layers, and the network that it asks of. */
export const drawnLens: CommandForm = {
  ...drawnForm,
  name: 'dream',
  title: 'Dream',
  isLens: true,
  inputs: [{ name: 'model', kind: 'model', description: 'a network', atLeast: 1, atMost: 1 }],
  options: [
    {
      key: 'layer',
      description: 'what to strengthen',
      required: false,
      type: 'list',
      items: { type: 'text', kind: 'layer' },
    },
  ],
}
export const drawnModel: ModelAbout = {
  model: 'runs/emb',
  net: 'small',
  head: { kind: 'embedding', dim: 8 },
  size: 64,
  parameters: 1234,
  multiplyAdds: 99,
  layers: ['stem', 'stage1', 'stage2'].map((layer, at) => ({
    layer,
    operator: 'Conv',
    shape: [1, 8, 32 >> at, 32 >> at],
    parameters: 10,
    multiplyAdds: 10,
  })),
  units: [],
  notes: [],
  drawing: `<svg xmlns="http://www.w3.org/2000/svg" width="200" height="200">${['stem', 'stage1', 'stage2']
    .map(
      (layer, at) =>
        `<g data-layer="${layer}"><rect x="20" y="${10 + 60 * at}" width="160" height="40" fill="#cde"/></g>`,
    )
    .join('')}</svg>`,
}

/** Two copies on both sides of the split, and three of one class. */
export const drawnDuplicates: Duplicates = {
  done: 100,
  of: 100,
  left: 0,
  groups: [
    [1, 13, 25].map(index => ({
      index,
      path: pathOf(index),
      label: speciesOf(index),
      split: 'train' as const,
    })),
    [2, 14].map((index, at) => ({
      index,
      path: pathOf(index),
      label: speciesOf(index),
      split: at ? ('test' as const) : ('train' as const),
    })),
  ],
}

export const drawnJob = (change: Partial<Job> = {}): Job => ({
  id: 'job-1',
  command: 'train',
  asked: { command: 'train', inputs: { data: 'seedlings' }, options: { epochs: 3 } },
  line: 'glasshouse train seedlings --epochs 3',
  state: 'running',
  run: 'train-1',
  created: Date.UTC(2026, 5, 1),
  started: Date.UTC(2026, 5, 1),
  attempts: 1,
  stages: [{ id: 1, name: 'epoch 1/3', done: 2, total: 6, rate: 2, left: 2 }],
  notes: [],
  previews: [],
  hasResult: false,
  hasPage: false,
  ...change,
})
