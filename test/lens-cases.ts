/**
 * For every lens: inputs on a tiny network and drawn images, options that keep it short, and for every option a value
 * that must make a difference.
 */
import { crc32 } from 'node:zlib'
import type { Picture } from '../src/base/picture.ts'
import { random } from '../src/base/random.ts'
import type { Dataset } from '../src/data/dataset.ts'
import { imagenetStatistics, memoryStore } from '../src/data/store.ts'
import { startNodeThread } from '../src/embedding/tsne/thread-pool.node.ts'
import type { Vectors } from '../src/embedding/vectors.ts'
import { serverDocument } from '../src/figures/canvas.node.ts'
import type { Encoders } from '../src/lenses/artefacts.ts'
import { type ShelfInput, sampleOf } from '../src/lenses/inputs.ts'
import type { InputValues, LabelledPicture, ModelInput, PicturesInput } from '../src/lenses/lens.ts'
import { initialParameters, type NetworkPlan } from '../src/nets/network.ts'
import type { EmbeddingRun, TripletFrame } from '../src/runs/embedding-run.ts'
import type { RunRecord } from '../src/runs/record.ts'

const classes = ['chickweed', 'maize', 'wheat']

function network(head: NetworkPlan['head'], seed: number): ModelInput {
  const plan: NetworkPlan = {
    net: 'cifar-resnet20',
    head,
    preprocessing: { size: 32, resize: 36, ...imagenetStatistics },
  }
  return { network: { ...plan, parameters: initialParameters(plan, seed) }, source: `net-${seed}` }
}

const classifier = network({ kind: 'classes', classes }, 1)
const embedder = network({ kind: 'embedding', dim: 8 }, 2)

/** A green leaf of some shape before a brown ground with noise. */
function drawn(name: string, width = 40, height = 40): Picture {
  const { uniform, normal } = random(0, name)
  const [cx, cy, rx, ry] = [uniform(0.3, 0.7), uniform(0.3, 0.7), uniform(0.15, 0.35), uniform(0.15, 0.35)]
  const data = new Uint8Array(3 * width * height)
  for (let at = 0; at < width * height; at++) {
    const [x, y] = [(at % width) / width, Math.floor(at / width) / height]
    const leaf = ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 < 1
    const colour = leaf ? [50, 160, 40] : [110, 90, 70]
    colour.forEach((value, channel) => {
      data[3 * at + channel] = Math.min(255, Math.max(0, value + 12 * normal()))
    })
  }
  return { width, height, data }
}

const named = (path: string): LabelledPicture => ({ path, picture: drawn(path) })

/** Images that options name. */
export const namedPictures: Readonly<Record<string, Picture>> = {
  'guide.png': drawn('guide'),
  'mask.png': {
    width: 8,
    height: 8,
    data: Uint8Array.from({ length: 192 }, (_, at) => (at < 96 ? 255 : 0)),
  },
}

const count = 8
const names = Array.from({ length: count }, (_, index) => `${classes[index % 3]}/${index}.png`)
const labelled = names.map((path, index) => ({ ...named(path), label: classes[index % 3] }))

const sampled: PicturesInput = {
  total: count,
  sampled: true,
  async take(most, seed, from = 0) {
    const order = random(seed, 'sample').shuffle(Int32Array.from(labelled.keys()))
    return Array.from(order.slice(from, from + most), index => labelled[index])
  },
}

const dataset: Dataset = {
  root: 'drawn',
  classes,
  items: names.map((path, index) => ({
    path,
    label: index % 3,
    split: 'test',
    width: 40,
    height: 40,
    bytes: 1,
  })),
  unreadable: [],
  notes: [],
  fingerprint: 'drawn',
} as unknown as Dataset

/** Vectors of the same images that are there already; the index finds them in another order. */
const shelf: ShelfInput['shelf'] = {
  total: count,
  layer: 'embedding',
  async nearest(_, depth, way) {
    const found = labelled.map(({ path, label }, at) => ({ path, label, similarity: 0.9 - at / 100 }))
    return (way === 'exact' ? found : found.toReversed()).slice(0, depth)
  },
  picture: async path => named(path).picture,
}

const data = {
  dataset,
  pictures: async ({ resize: size }: { resize: number }) => {
    const bytes = new Uint8Array(count * size * size * 3)
    for (const [index, name] of names.entries())
      bytes.set(drawn(name, size, size).data, index * size * size * 3)
    return memoryStore(size, bytes)
  },
}

/** The same images, some of them to train on. */
const divided = {
  ...data,
  dataset: {
    ...dataset,
    items: dataset.items.map((item, index) => ({ ...item, split: index % 2 ? 'train' : 'test' }) as const),
  },
}

const points = 36
const thumbnails = memoryStore(
  16,
  Uint8Array.from({ length: points * 16 * 16 * 3 }, (_, at) => (7 * at) % 251),
)
const ids = Int32Array.from({ length: points }, (_, id) => id)
const paths = Array.from(ids, id => `${classes[id % 3]}/${id}.png`)
const labels = Array.from(ids, id => classes[id % 3])

function vectors(which: number, dim = 5): Vectors {
  const { normal } = random(0, 'vectors', which)
  const data = Float32Array.from({ length: points * dim }, (_, k) => {
    const id = Math.floor(k / dim)
    return 3 * Math.cos((id % 3) * 2 * (1 + (k % dim))) + normal() + (which && id < 6 ? 2 : 0)
  })
  return { ids, paths, labels, dim, data }
}

const vectorsInput = (which: number) => ({
  source: `${'abc'[which]}.arrow`,
  vectors: vectors(which),
  pictures: { store: thumbnails, places: ids },
})

/** Vectors that options name. */
export const namedVectors: Readonly<Record<string, Vectors>> = {
  'map.npy': { ids, dim: 2, data: Float32Array.from({ length: 2 * points }, (_, k) => Math.sin(3 * k)) },
}

const run: EmbeddingRun = {
  source: 'run',
  record: {
    objective: 'epshn',
    objectiveOptions: {},
    training: {},
    head: { kind: 'embedding', dim: 5 },
    data: { fingerprint: 'drawn' },
  } as unknown as RunRecord,
  epochs: [0, 1],
  splits: ['train', 'test'],
  async triplets(epoch, split): Promise<TripletFrame> {
    const { uniform } = random(0, 'triplets', epoch, split)
    return {
      epoch,
      anchor: ids,
      positive: ids.map(id => (id + 3) % points),
      negative: ids.map(id => (id + 1) % points),
      positiveSimilarity: Float32Array.from(ids, () => uniform(0.5, 0.9)),
      negativeSimilarity: Float32Array.from(ids, () => uniform(0.2, 0.8)),
    }
  },
  vectors: async epoch => vectors(epoch),
  pictures: async () => thumbnails,
}

export interface Change {
  to: unknown
  /** options that it needs beside it to matter */
  beside?: object
  /** inputs that it needs to matter */
  inputs?: InputValues
  /** why it makes no difference to so little data; whoever says so tests it elsewhere */
  silent?: string
  /** it is a bound, which is reached with `beside`; without, it may have nothing to do */
  bound?: true
}

export interface LensCase {
  inputs: InputValues
  options: object
  changes: Readonly<Record<string, Change>>
  /** other inputs, or options beside which some options have nothing to do; each of these must be refused then */
  variants?: Readonly<
    Record<string, { inputs?: InputValues; options?: object; changes?: LensCase['changes'] }>
  >
}

/** Two images that are named one by one. */
const listed = sampleOf([named('a.png'), named('b.png')])
/** Options of an ascent in pixels, taken back. */
const noAscent = { octaves: undefined, jitter: undefined }

const ascent = {
  octaves: { to: 2 },
  octaveScale: { to: 1.2, beside: { octaves: 2 } },
  steps: { to: 2 },
  stepSize: { to: 3 },
  jitter: { to: 4 },
  clip: { to: false, beside: { stepSize: 200, steps: 3 }, bound: true },
  size: { to: 36 },
  tile: { to: 32 },
} satisfies LensCase['changes']
const short = { octaves: 1, steps: 1, jitter: 0 }

const similar = {
  layer: { to: 'stage2' },
  pool: { to: 'max' },
  colours: { to: 'blue-high' },
} satisfies LensCase['changes']

const of: Readonly<Record<string, LensCase>> = {
  cam: {
    inputs: { model: classifier, pictures: sampled },
    options: { samples: 3 },
    changes: {
      class: { to: 'maize,wheat' },
      method: { to: 'grad-cam' },
      layer: { to: 'stage2', beside: { method: 'grad-cam' } },
      passes: { to: 3, beside: { method: 'rise', samples: 1 } },
      patch: { to: 16, beside: { method: 'occlusion', samples: 1 } },
      samples: { to: 2 },
      only: { to: 'mistakes' },
      near: { to: 'guide.png' },
      plant: { to: false },
      turns: { to: false },
      curves: { to: true, beside: { samples: 1 } },
      sanity: { to: true, beside: { samples: 1 } },
      maps: { to: true },
      colours: { to: 'jet' },
      size: { to: 48 },
    },
    variants: {
      'by many runs': {
        options: { method: 'smooth-grad', passes: 2, samples: 1 },
        changes: { turns: { to: true } },
      },
      'near an image': {
        inputs: { model: embedder, pictures: sampled },
        options: { near: 'guide.png' },
        changes: {
          curves: { to: true, beside: { samples: 1 } },
          sanity: { to: true, beside: { samples: 1 } },
        },
      },
      'of images that are named': {
        inputs: { model: classifier, pictures: listed },
        options: { samples: undefined },
        // The heat on the plant is measured for a data set only, unless it is asked for.
        changes: { plant: { to: true } },
      },
    },
  },
  triplets: {
    inputs: { run: [run, { ...run, source: 'other', record: { ...run.record, objective: 'npair' } }] },
    options: {},
    changes: {
      split: { to: 'train' },
      track: { to: paths[4] },
      field: { to: 'second' },
      dots: { to: 10 },
      density: { to: true },
      thumbnails: { to: 0 },
    },
  },
  tsne: {
    inputs: { vectors: [vectorsInput(0), vectorsInput(1), vectorsInput(2)] },
    // More steps than those of early exaggeration, which has a tie of its own.
    options: { perplexity: 5, iterations: 270, yoke: 1e-3 },
    changes: {
      yoke: { to: 'none' },
      autoRatio: { to: 3, beside: { yoke: 'auto' } },
      sweep: { to: [1e-4, 1e-2] },
      relative: { to: true },
      compatible: { to: true },
      tie: { to: 'chain' },
      byClass: { to: true },
      nearest: { to: 0.4, beside: { byClass: true } },
      fixed: { to: 'map.npy' },
      perplexity: { to: 8 },
      iterations: { to: 300 },
      init: { to: 'random' },
      start: { to: 'own' },
      search: {
        to: 'approximate',
        silent: 'among so few points the approximate search finds what the exact one does',
      },
      autoRuns: {
        to: 3,
        beside: { yoke: '2-map', autoRuns: 2 },
        silent: 'two starts more can lead to the same lambda',
      },
      neighbours: { to: 4 },
      dots: { to: 20 },
      thumbnails: { to: 0 },
    },
    variants: {
      'of one embedding': { inputs: { vectors: [vectorsInput(0)] }, options: { yoke: undefined } },
      'without a tie': { options: { yoke: 'none' } },
    },
  },
  dream: {
    inputs: { model: classifier, image: named('photo.png') },
    options: { ...short, layer: ['stage2'] },
    changes: {
      layer: { to: ['stage3'] },
      everyLayer: { to: true, beside: { layer: undefined } },
      objective: { to: 'mean' },
      channel: { to: 3 },
      at: { to: [0.2, 0.2], beside: { channel: 3 } },
      class: { to: 'maize', beside: { layer: undefined } },
      guide: { to: 'guide.png' },
      ...ascent,
      parameterisation: { to: 'fourier', beside: noAscent },
      robust: { to: false, beside: { ...noAscent, parameterisation: 'fourier', steps: 2 } },
      zoomFilm: { to: 1 },
      zoom: { to: 1.3, beside: { zoomFilm: 1 } },
    },
    variants: {
      'in the spectrum': { options: { ...noAscent, parameterisation: 'fourier', steps: 2 } },
      'of a class': { options: { layer: undefined, class: 'maize' } },
      'with a guide': { options: { guide: 'guide.png' } },
      'of a channel': { options: { channel: 3 } },
    },
  },
  channels: {
    inputs: { model: classifier, data: divided },
    options: { layer: 'stage2', channels: '0-2', steps: 2, batch: 2, size: 32 },
    changes: {
      layer: { to: 'stage3' },
      channels: { to: '1' },
      parameterisation: { to: 'pixels', beside: { robust: undefined } },
      steps: { to: 3 },
      stepSize: { to: 2 },
      robust: { to: false },
      octaves: { to: 1, beside: { parameterisation: 'pixels', size: 64 } },
      octaveScale: { to: 1.2, beside: { parameterisation: 'pixels', octaves: 2, size: 64 } },
      jitter: { to: 3, beside: { parameterisation: 'pixels' } },
      size: { to: 40 },
      batch: { to: 1, silent: 'a channel comes out the same beside any others, but for rounding' },
      split: { to: 'train' },
      top: { to: 1 },
      by: { to: 'mean' },
    },
    variants: {
      'without data': { inputs: { model: classifier } },
      'in pixels': { options: { parameterisation: 'pixels' } },
    },
  },
  anatomy: {
    inputs: { model: classifier, image: sampled },
    options: { ...short, unit: ['stage2.unit1'], samples: 2 },
    changes: { unit: { to: ['stage3.unit1'] }, samples: { to: 4 }, ...ascent },
    variants: {
      'of an image that is named': {
        inputs: { model: classifier, image: listed },
        options: { samples: undefined },
      },
    },
  },
  'pair-pca': {
    inputs: { model: classifier, images: [named('a.png'), named('b.png')] },
    options: {},
    changes: { layer: { to: 'stage3' }, components: { to: 3 }, skip: { to: 1 }, size: { to: 48 } },
  },
  similarity: {
    inputs: { model: embedder, a: named('a.png'), b: named('b.png') },
    options: {},
    changes: { ...similar, filters: { to: 3 }, size: { to: 48 } },
  },
  mistakes: {
    inputs: { model: classifier, data: divided },
    options: {},
    changes: {
      pair: { to: 'maize,wheat' },
      split: { to: 'train' },
      nearest: { to: 1 },
      most: { to: 1 },
      method: { to: 'grad-cam' },
      layer: { to: 'stage2', beside: { method: 'grad-cam' } },
      colours: { to: 'viridis' },
    },
  },
  neighbours: {
    inputs: { model: embedder, data, image: named('a.png'), other: classifier },
    options: { count: 3 },
    changes: {
      ...similar,
      count: { to: 2 },
      region: { to: [0, 0, 0.5, 0.5] },
      search: { to: 'approximate', inputs: { model: embedder, data: { shelf }, image: named('a.png') } },
    },
  },
  pair: {
    inputs: { models: [embedder, classifier], images: [named('a.png'), named('b.png')] },
    options: {},
    changes: { ...similar, filters: { to: 3 }, skip: { to: 1 } },
  },
  'layer-similarity': {
    inputs: { model: classifier, data: sampled },
    options: { samples: 3, layers: ['stem', 'stage2'] },
    changes: {
      layers: { to: ['stage1'] },
      scales: { to: [1, 2] },
      mask: { to: 'centre' },
      variant: { to: 'own', beside: { mask: 'similarity' } },
      samples: { to: 4 },
    },
    variants: {
      'of images that are named': {
        inputs: { model: classifier, data: listed },
        options: { samples: undefined },
      },
    },
  },
}

export const lensCases = { of, threads: { start: startNodeThread, count: 1 } }

/** Embeds an image as a checksum, so that drawings are quick and still differ where images do. */
const sumOf = ({ width, height, data }: Picture): string => `${width}x${height}-${crc32(data)}`

const encoders: Encoders = {
  png: async picture => new TextEncoder().encode(sumOf(picture)),
  rasterise: async svg => new TextEncoder().encode(svg.slice(0, 20)),
  film: async (name, film) => new TextEncoder().encode(`${name} ${film.frames}`),
}

export const drawPlainly = {
  document: serverDocument(),
  embed: async (picture: Picture) => `data:image/png;base64,${btoa(sumOf(picture))}`,
  encoders,
}
