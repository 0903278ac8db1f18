import type { Picture } from '../src/base/picture.ts'
import { random } from '../src/base/random.ts'
import type { Dataset } from '../src/data/dataset.ts'
import { imagenetStatistics, memoryStore } from '../src/data/store.ts'
import type { Vectors } from '../src/embedding/vectors.ts'
import type { ShelfInput } from '../src/lenses/inputs.ts'
import type { LabelledPicture, ModelInput, PicturesInput } from '../src/lenses/lens.ts'
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

export const classifier = network({ kind: 'classes', classes }, 1)
export const embedder = network({ kind: 'embedding', dim: 8 }, 2)

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

export const named = (path: string): LabelledPicture => ({ path, picture: drawn(path) })

/** Images that options name. */
export const namedPictures: Readonly<Record<string, Picture>> = {
  'guide.png': drawn('guide'),
  'mask.png': {
    width: 8,
    height: 8,
    data: Uint8Array.from({ length: 192 }, (_, at) => (at < 96 ? 255 : 0)),
  },
}

export const count = 8
const names = Array.from({ length: count }, (_, index) => `${classes[index % 3]}/${index}.png`)
const labelled = names.map((path, index) => ({ ...named(path), label: classes[index % 3] }))

export const sampled: PicturesInput = {
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
export const shelf: ShelfInput['shelf'] = {
  total: count,
  layer: 'embedding',
  async nearest(_, depth, way) {
    const found = labelled.map(({ path, label }, at) => ({ path, label, similarity: 0.9 - at / 100 }))
    return (way === 'exact' ? found : found.toReversed()).slice(0, depth)
  },
  picture: async path => named(path).picture,
}

export const data = {
  dataset,
  pictures: async ({ resize: size }: { resize: number }) => {
    const bytes = new Uint8Array(count * size * size * 3)
    for (const [index, name] of names.entries())
      bytes.set(drawn(name, size, size).data, index * size * size * 3)
    return memoryStore(size, bytes)
  },
}

/** The same images, some of them to train on. */
export const divided = {
  ...data,
  dataset: {
    ...dataset,
    items: dataset.items.map((item, index) => ({ ...item, split: index % 2 ? 'train' : 'test' }) as const),
  },
}

export const points = 36
export const thumbnails = memoryStore(
  16,
  Uint8Array.from({ length: points * 16 * 16 * 3 }, (_, at) => (7 * at) % 251),
)
const ids = Int32Array.from({ length: points }, (_, id) => id)
export const paths = Array.from(ids, id => `${classes[id % 3]}/${id}.png`)
const labels = Array.from(ids, id => classes[id % 3])

export function vectors(which: number, dim = 5): Vectors {
  const { normal } = random(0, 'vectors', which)
  const data = Float32Array.from({ length: points * dim }, (_, k) => {
    const id = Math.floor(k / dim)
    return 3 * Math.cos((id % 3) * 2 * (1 + (k % dim))) + normal() + (which && id < 6 ? 2 : 0)
  })
  return { ids, paths, labels, dim, data }
}

export const vectorsInput = (which: number) => ({
  source: `${'abc'[which]}.arrow`,
  vectors: vectors(which),
  pictures: { store: thumbnails, places: ids },
})

/** Vectors that options name. */
export const namedVectors: Readonly<Record<string, Vectors>> = {
  'map.npy': { ids, dim: 2, data: Float32Array.from({ length: 2 * points }, (_, k) => Math.sin(3 * k)) },
}

export const run: EmbeddingRun = {
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
