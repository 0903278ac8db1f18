/**
 * A lens: one way of looking into a network. A lens is a folder that exports one definition, and everything
 * else is derived from it: the flags and help of its command, the HTTP endpoint with its validation, the form
 * in the studio, the page in the reference.
 *
 * Data flows one way. The caller opens the inputs (it knows files), `run` computes numbers and images from
 * them, `draw` arranges these, `metrics` says what a script may rely on. None of the three touches a file or
 * prints a word, so the same lens works in Node and in the browser.
 */
import type { z } from 'zod'
import type { List } from '../base/csv.ts'
import type { Picture } from '../base/picture.ts'
import type { Work } from '../base/work.ts'
import type { DataOutline } from '../data/dataset.ts'
import type { StartThread } from '../embedding/tsne/thread-pool.ts'
import type { Vectors } from '../embedding/vectors.ts'
import type { Canvas } from '../figures/canvas.ts'
import type { Film } from '../figures/film.ts'
import type { Report } from '../figures/report.ts'
import type { Tensor } from '../graph/tensor.ts'
import type { Network } from '../nets/network.ts'
import type { Engine } from '../runtime/engine.ts'
import type { Inputs, InputValues, NamedPicture } from './inputs.ts'

export type {
  DataInput,
  Inputs,
  InputValues,
  LabelledPicture,
  ModelInput,
  NamedPicture,
  PicturesInput,
  ShelfInput,
  VectorsInput,
} from './inputs.ts'

export type { Canvas }

/** Tensors by name that outlast a run, so that work that was stopped goes on where it was. */
export interface Kept {
  /** undefined where there is none, or a damaged one */
  read(name: string): Promise<ReadonlyMap<string, Tensor> | undefined>
  write(name: string, tensors: ReadonlyMap<string, Tensor>): Promise<void>
}

export interface LensContext extends Work {
  readonly engine: Engine
  /** the seed of all randomness: `random(context.seed, 'jitter', step)` */
  readonly seed: number
  /** opens an image that an option names */
  picture(path: string): Promise<NamedPicture>
  /** opens vectors that an option names; absent where there are no files */
  vectors?(path: string): Promise<Vectors>
  /** opens what is kept of a network and of work that `what`, plain data, describes; absent where there are no files */
  keep?(network: Network, what: object): Promise<Kept>
  /** threads for work outside the engine, and how many of them to use; absent where none can be started */
  readonly threads?: { start: StartThread; count: number }
}

/** A result arranged for the eye: its page, and the files beside the page. */
export interface Drawing {
  /** its title is that of the lens unless given */
  report: Omit<Report, 'title' | 'footer'> & Partial<Pick<Report, 'title'>>
  /** by file name without its ending: a Picture becomes a PNG, a text is SVG and becomes both */
  pictures: Readonly<Record<string, Picture | string>>
  /** by file name without its ending; each becomes an MP4 where ffmpeg is installed */
  films?: Readonly<Record<string, Film>>
  /** by file name without its ending; each becomes an Arrow table */
  tables?: Readonly<Record<string, Vectors>>
  /** by file name without its ending; each becomes an .npy file */
  arrays?: Readonly<Record<string, Tensor>>
  /** by file name without its ending; each becomes a CSV file */
  lists?: Readonly<Record<string, List>>
}

/** What a lens finds, and what a script may rely on of it. */
export interface LensRunner<
  Values = InputValues,
  Options = Record<string, unknown>,
  Result = unknown,
  Metrics = Readonly<Record<string, unknown>>,
> {
  /**
   * Refuses layers, classes and the like that the networks do not have. Called with the networks among the inputs before
   * images and data are opened, which can take minutes.
   */
  check?(inputs: Values, options: Options): void
  /** The same of a data set by the names of its files, before its images are opened. */
  checkData?(inputs: Values, options: Options, data: DataOutline): void
  run(context: LensContext, inputs: Values, options: Options): Promise<Result>
  /** what a script may rely on: what result.json holds under `metrics` */
  metrics(result: Result): Metrics
}

export interface LensArtist<Values = InputValues, Result = unknown> {
  /** `inputs`: once more, since a result holds no images of a data set and no vectors of a run */
  draw(result: Result, canvas: Canvas, inputs: Values): Promise<Drawing>
}

export interface LensDefinition<
  Asked extends Inputs = Inputs,
  Options extends z.ZodObject = z.ZodObject,
  Result = unknown,
  Metrics extends z.ZodObject = z.ZodObject,
> {
  /** the command's name, such as `pair-pca` */
  name: string
  /** the name on its page, such as `Pair PCA` */
  title: string
  /** one line: what it shows */
  description: string
  /** a paragraph or more for the reference: method, paper, how to read the image */
  about?: string
  /** by name, in the order in which a command line names them */
  inputs: Asked
  /** every field with a description and, where it can have one, a default */
  options: Options
  /** what the metrics are, as they come out of JSON */
  metrics: Metrics
  examples?: readonly { line: string; does: string }[]
  /** loads the engine's side of the lens: a definition alone stays light, for help, forms and the reference */
  run(): Promise<LensRunner<InputValues<Asked>, z.output<Options>, Result, z.input<Metrics>>>
  /** loads the drawing */
  draw(): Promise<LensArtist<InputValues<Asked>, Result>>
}

/** Types a definition by its own inputs, options and result, and hands it back as one lens among others. */
export const defineLens = <
  Asked extends Inputs,
  Options extends z.ZodObject,
  Result,
  Metrics extends z.ZodObject,
>(
  definition: LensDefinition<Asked, Options, Result, Metrics>,
): LensDefinition => definition
