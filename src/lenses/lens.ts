/**
 * A lens: one way of looking into a network. A lens is a folder that exports one definition, and everything
 * else is derived from it: the flags and help of its command, the HTTP endpoint with its validation, the form
 * in the studio, the page in the reference.
 *
 * Data flows one way. The caller opens the inputs (it knows files), `run` computes numbers and pictures from
 * them, `draw` arranges these, `metrics` says what a script may rely on. None of the three touches a file or
 * prints a word, so the same lens works in Node and in the browser.
 */
import type { z } from 'zod'
import type { Picture } from '../base/picture.ts'
import type { Work } from '../base/work.ts'
import type { Dataset } from '../data/dataset.ts'
import type { PictureStore } from '../data/store.ts'
import type { StartThread } from '../embedding/tsne/thread-pool.ts'
import type { Vectors } from '../embedding/vectors.ts'
import type { Canvas } from '../figures/canvas.ts'
import type { Film } from '../figures/film.ts'
import type { Report } from '../figures/report.ts'
import type { Tensor } from '../graph/tensor.ts'
import type { Network } from '../nets/network.ts'
import type { EmbeddingRun } from '../runs/embedding-run.ts'
import type { Engine } from '../runtime/engine.ts'

export type { Canvas }

export interface LensContext extends Omit<Work, 'note'> {
  readonly engine: Engine
  /** the seed of all randomness: `random(context.seed, 'jitter', step)` */
  readonly seed: number
  /** opens a picture that an option names */
  picture(path: string): Promise<NamedPicture>
  /** opens vectors that an option names; absent where there are no files */
  vectors?(path: string): Promise<Vectors>
  /** threads for work outside the engine, and how many of them to use; absent where none can be started */
  readonly threads?: { start: StartThread; count: number }
  /** lets the person see a picture that is still being made, under the name that it will have in the drawing */
  show?(name: string, picture: Picture): Promise<void>
}

/** A picture and the path or name that it goes by. */
export interface NamedPicture {
  path: string
  picture: Picture
}

/** A data set, and its pictures at the size that the lens needs. */
export interface DataInput {
  dataset: Dataset
  pictures(size: number): Promise<PictureStore>
}

/** A picture and, where its data says so, its class. */
export interface LabelledPicture extends NamedPicture {
  label?: string
}

/** Pictures to look at: files that were named one by one, or a data set from which some are drawn by lot. */
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

/** A network, and what the user calls it. */
export interface ModelInput {
  network: Network
  source: string
}

/** Vectors to look at, and the pictures that they describe. */
export interface VectorsInput {
  /** what the user called them; the epoch of a run where a whole run was named */
  source: string
  vectors: Vectors
  /** the epoch, where they are one of several of the same run */
  epoch?: number
  /** the pictures at hand, and each row's position among them (-1: none) */
  pictures?: { store: PictureStore; places: Int32Array }
}

/** The kinds of input, and what a lens is given for each once the caller has opened it. */
export interface Inputs {
  image: NamedPicture
  /** one or more */
  images: NamedPicture[]
  data: DataInput
  model: ModelInput
  pictures: PicturesInput
  /** a picture, or undefined for the word `noise` */
  start: NamedPicture | undefined
  /** one or more */
  runs: EmbeddingRun[]
  /** one or more; a run gives one for each of its epochs */
  vectors: VectorsInput[]
  /** two pictures, after the networks that are asked about them */
  comparison: { models: ModelInput[]; images: NamedPicture[] }
}

export interface LensArgument {
  name: string
  kind: keyof Inputs
  description: string
  optional?: boolean
}

/** Whether an argument takes one word or more. */
export const takesMany = ({ kind }: LensArgument): boolean =>
  ['images', 'pictures', 'runs', 'vectors', 'comparison'].includes(kind)

type InputOf<A extends LensArgument> = A extends { optional: true }
  ? Inputs[A['kind']] | undefined
  : Inputs[A['kind']]

/** The opened inputs, by the names of the arguments. */
export type InputValues<Arguments extends readonly LensArgument[] = readonly LensArgument[]> = {
  [A in Arguments[number] as A['name']]: InputOf<A>
}

/** A result arranged for the eye: its page, and the files that are laid beside the page. */
export interface Drawing {
  report: Omit<Report, 'title' | 'footer'>
  /** by file name without its ending: a Picture becomes a PNG, a text is SVG and becomes both */
  pictures: Readonly<Record<string, Picture | string>>
  /** by file name without its ending; each becomes an MP4 where ffmpeg is installed */
  films?: Readonly<Record<string, Film>>
  /** by file name without its ending; each becomes an Arrow table */
  tables?: Readonly<Record<string, Vectors>>
  /** by file name without its ending; each becomes an .npy file */
  arrays?: Readonly<Record<string, Tensor>>
}

/** What a lens finds, and what a script may rely on of it. */
export interface LensRunner<Values = InputValues, Options = Record<string, unknown>, Result = unknown> {
  run(context: LensContext, inputs: Values, options: Options): Promise<Result>
  /** what result.json holds under `metrics` */
  metrics(result: Result): Readonly<Record<string, unknown>>
}

export interface LensArtist<Result = unknown> {
  draw(result: Result, canvas: Canvas): Promise<Drawing>
}

export interface LensDefinition<
  Arguments extends readonly LensArgument[] = readonly LensArgument[],
  Options extends z.ZodObject = z.ZodObject,
  Result = unknown,
> {
  /** the command's name, such as `pair-pca` */
  name: string
  /** the name on its page, such as `Pair PCA` */
  title: string
  /** one line: what it shows */
  description: string
  /** a paragraph or more for the reference: method, paper, how to read the picture */
  about?: string
  arguments: Arguments
  /** every field with a description and, where it can have one, a default */
  options: Options
  examples?: readonly { line: string; does: string }[]
  /** loads the engine's side of the lens: a definition alone stays light, for help, forms and the reference */
  run(): Promise<LensRunner<InputValues<Arguments>, z.output<Options>, Result>>
  /** loads the drawing */
  draw(): Promise<LensArtist<Result>>
}

/** Types a definition by its own inputs, options and result, and hands it back as one lens among others. */
export const defineLens = <
  const Arguments extends readonly LensArgument[],
  Options extends z.ZodObject,
  Result,
>(
  definition: LensDefinition<Arguments, Options, Result>,
): LensDefinition => definition
