/**
 * The inputs of a lens: each has a name, a kind and a number of sources. A source is what a user names, such as a path;
 * a kind says what becomes of it, and has options of its own. The command line deals its words out to the inputs in
 * their order, a form shows a picker for each, and `inputs.node.ts` opens them.
 */
import { z } from 'zod'
import { mapValues } from '../base/map-values.ts'
import type { Picture } from '../base/picture.ts'
import type { Dataset } from '../data/dataset.ts'
import type { PictureStore } from '../data/store.ts'
import type { Vectors } from '../embedding/vectors.ts'
import type { Network, Preprocessing } from '../nets/network.ts'
import type { InputState } from '../options/met.ts'
import type { EmbeddingRun } from '../runs/embedding-run.ts'

/** An image and the path or name that it goes by. */
export interface NamedPicture {
  path: string
  picture: Picture
}

/** A data set, and its images as squares, as a network is to see them. */
export interface DataInput {
  dataset: Dataset
  pictures(preprocessing: Pick<Preprocessing, 'resize' | 'fit' | 'interpolation'>): Promise<PictureStore>
}

/** Vectors of very many images in a folder of shards, searched without being held, in place of the images. */
export interface ShelfInput {
  shelf: {
    /** rows */
    total: number
    /** what of the network they are */
    layer: string
    /** the rows nearest to a vector, by cosine */
    nearest(query: Float32Array, depth: number, way: 'exact' | 'approximate'): Promise<ShelvedImage[]>
    picture(path: string): Promise<Picture>
  }
}

export interface ShelvedImage {
  path: string
  label: string
  /** cosine */
  similarity: number
}

/** An image and, where its data says so, its class. */
export interface LabelledPicture extends NamedPicture {
  label?: string
}

/** Images to look at: files that were named one by one, or a data set from which some are drawn at random. */
export interface PicturesInput {
  /** how many there are */
  readonly total: number
  /** whether they come from a data set */
  readonly sampled: boolean
  /**
   * At most `count` of them, after the first `from` of the same draw; all where they were named one by one.
   */
  take(count: number, seed: number, from?: number): Promise<LabelledPicture[]>
}

/** Images that are at hand, all to be looked at. */
export const sampleOf = (pictures: LabelledPicture[]): PicturesInput => ({
  total: pictures.length,
  sampled: false,
  take: async () => pictures,
})

/** A network, and what the user calls it. */
export interface ModelInput {
  network: Network
  source: string
}

/** Vectors to look at, and the images that they describe. */
export interface VectorsInput {
  /** what the user called them; the epoch of a run where a whole run was named */
  source: string
  vectors: Vectors
  /** the epoch, where they are one of several of the same run */
  epoch?: number
  /** the images at hand, and each row's position among them (-1: none) */
  pictures?: { store: PictureStore; places: Int32Array }
}

/** The kinds of input, and what a lens is given for each once its sources have been opened. */
export interface InputKinds {
  model: ModelInput
  models: ModelInput[]
  picture: NamedPicture
  pictures: NamedPicture[]
  /** an image, or undefined for the word `noise` */
  start: NamedPicture | undefined
  /** images that are named one by one, or one data set to take some from */
  sample: PicturesInput
  data: DataInput | ShelfInput
  runs: EmbeddingRun[]
  /** a run gives one for each of its epochs */
  vectors: VectorsInput[]
}
export type InputKind = keyof InputKinds

/** One input of a lens, as it is asked for. */
export interface Input<Opened = unknown> {
  readonly kind: InputKind
  readonly description: string
  /** how many sources it takes; none means that it may be left out */
  readonly atLeast: number
  /** Infinity where there is no limit */
  readonly atMost: number
  /** what one source is called in usage lines; the name of the input unless given */
  readonly word?: string
  /** whether data may also be a folder of vectors in shards */
  readonly orShelf?: boolean
  /** never set: it carries the type of what is opened */
  readonly opened?: Opened
}

export type Inputs = Readonly<Record<string, Input>>

/** The opened inputs, by their names. */
export type InputValues<Asked extends Inputs = Inputs> = {
  [Name in keyof Asked]: Asked[Name] extends Input<infer Opened> ? Opened : never
}

/** How many sources an input of several takes: `exactly`, or from `atLeast`, 1 unless given, to `atMost`. */
export interface Count {
  exactly?: number
  atLeast?: number
  atMost?: number
}

const single =
  <Kind extends InputKind>(kind: Kind) =>
  (description: string): Input<InputKinds[Kind]> => ({ kind, description, atLeast: 1, atMost: 1 })

const several =
  <Kind extends InputKind>(kind: Kind) =>
  (
    description: string,
    { exactly, atLeast = 1, atMost = Number.POSITIVE_INFINITY, word }: Count & { word?: string } = {},
  ): Input<InputKinds[Kind]> => ({
    kind,
    description,
    atLeast: exactly ?? atLeast,
    atMost: exactly ?? atMost,
    ...(word !== undefined && { word }),
  })

export const model = single('model')
export const models = several('models')
export const picture = single('picture')
export const pictures = several('pictures')
export const start = single('start')
export const sample = several('sample')
export const data = (description: string): Input<DataInput> => ({
  kind: 'data',
  description,
  atLeast: 1,
  atMost: 1,
})
/** A data set, or the vectors of one. */
export const dataOrShelf = (description: string): Input<DataInput | ShelfInput> => ({
  ...data(description),
  orShelf: true,
})
export const runs = several('runs')
export const vectors = several('vectors')

/** The same input, which may be left out. */
export const optional = <Opened>(input: Input<Opened>): Input<Opened | undefined> => ({
  ...input,
  atLeast: 0,
})

/** What is known of opened inputs, for options that need several of one or a data set; none of what was left out. */
export const statesOf = (asked: Inputs, inputs: InputValues): Record<string, InputState> =>
  mapValues(asked, (_, name) => {
    const value = inputs[name]
    return {
      count: Array.isArray(value) ? value.length : value === undefined ? 0 : 1,
      sampled: typeof value === 'object' && value !== null && 'sampled' in value && value.sampled === true,
      shelf: typeof value === 'object' && value !== null && 'shelf' in value,
      ...(asked[name].kind === 'vectors' && { illustrated: hasImages(value) }),
    }
  })

const hasImages = (vectors: unknown): boolean =>
  Array.isArray(vectors) && vectors.some(({ pictures }: Partial<VectorsInput>) => pictures !== undefined)

/** What a MODEL is, in one line. */
export const modelWords = 'a run (run@7 for an epoch), an .onnx file, or NET:WEIGHTS'

const dataOptions = z.object({
  strict: z.boolean().default(false).describe('an unreadable image is an error'),
})
const vectorsOptions = z.object({
  labels: z
    .string()
    .optional()
    .describe('labels of the vectors, in place of their own: .npy, or one per line')
    .meta({ value: 'FILE', kind: 'file' }),
  images: z
    .string()
    .optional()
    .describe('the images that the vectors describe, found by path; those of a run are known unless given')
    .meta({ value: 'DATA', kind: 'data' }),
  sample: z
    .number()
    .int()
    .min(2)
    .optional()
    .describe(
      'how many vectors are looked at; of more, this many drawn at random, the same images from each input (default: all, but 100000 of a folder of shards)',
    ),
})

/** What is asked of a kind of input rather than of the lens. */
export const kindOptions = { data: dataOptions, sample: dataOptions, vectors: vectorsOptions } satisfies {
  [Kind in InputKind]?: z.ZodObject
}

/** Options of all kinds, as openers read them. */
export type KindOptions = Partial<z.output<typeof dataOptions> & z.output<typeof vectorsOptions>>

/** The options of the kinds that a lens asks for. */
export function optionsOfInputs(inputs: Inputs): z.ZodObject {
  const asked: ReadonlySet<string> = new Set(Object.values(inputs).map(({ kind }) => kind))
  const shapes = Object.entries(kindOptions).flatMap(([kind, { shape }]) => (asked.has(kind) ? [shape] : []))
  return z.object(Object.assign({}, ...shapes))
}
