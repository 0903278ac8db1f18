/**
 * For every lens: inputs, options that keep it short, and for every option a value that must make a difference.
 */
import { crc32 } from 'node:zlib'
import type { Picture } from '../src/base/picture.ts'
import { startNodeThread } from '../src/embedding/tsne/thread-pool.node.ts'
import { serverDocument } from '../src/figures/canvas.node.ts'
import type { Encoders } from '../src/lenses/artefacts.ts'
import { sampleOf } from '../src/lenses/inputs.ts'
import type { InputValues } from '../src/lenses/lens.ts'
import {
  classifier,
  data,
  divided,
  embedder,
  named,
  paths,
  run,
  sampled,
  shelf,
  vectorsInput,
} from './lens-inputs.ts'

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
