/** Opens what the words of a command line name: paths become pictures and data sets. */
import type { Dataset } from '../data/dataset.ts'
import type { PictureStore } from '../data/store.ts'
import { counting, type DataInput, type Inputs, type InputValues, type LensArgument } from '../lenses/lens.ts'
import type { ArgumentValues, CommandContext } from './command.ts'

export interface DataOptions {
  /** an unreadable image is an error; otherwise it is told and skipped */
  strict?: boolean
  minimumClasses?: number
}

type Openers = {
  [Kind in keyof Inputs]: (
    words: readonly string[],
    context: CommandContext,
    options: DataOptions,
  ) => Promise<Inputs[Kind]>
}

/** One line per kind of input that a lens can ask for. */
const openers: Openers = {
  image: async ([path]) => {
    const { readPicture } = await import('../data/decode.node.ts')
    return { path, picture: await readPicture(path) }
  },
  images: (paths, ...rest) => Promise.all(paths.map(path => openers.image([path], ...rest))),
  data: async ([path], context, options): Promise<DataInput> => {
    const dataset = await openData(path, context, options)
    return { dataset, pictures: size => openPicturesOf(dataset, size, context) }
  },
}

/** Reads a data set, with progress; tells which images were skipped. */
export async function openData(
  path: string,
  context: CommandContext,
  options: DataOptions,
): Promise<Dataset> {
  const { readDataset } = await import('../data/dataset.node.ts')
  const { signal, note } = context
  const dataset = await readDataset(path, { ...options, signal, onProgress: counting(context, 'reading') })
  for (const { path, reason } of dataset.unreadable) note(`skipped ${path}: ${reason}`)
  return dataset
}

/** The pictures of a data set at one size, decoded with progress where they are not in the cache. */
export async function openPicturesOf(
  dataset: Dataset,
  size: number,
  context: CommandContext,
): Promise<PictureStore> {
  const { openPictures } = await import('../data/cache.node.ts')
  return openPictures(dataset, size, { signal: context.signal, onProgress: counting(context, 'decoding') })
}

/** Opens all inputs of a lens. Optional arguments that were left out stay undefined. */
export async function openInputs(
  lensArguments: readonly LensArgument[],
  args: ArgumentValues,
  context: CommandContext,
  options: DataOptions,
): Promise<InputValues> {
  const inputs: Record<string, unknown> = {}
  for (const { name, kind } of lensArguments) {
    const words = [args[name] ?? []].flat()
    if (words.length) inputs[name] = await openers[kind](words, context, options)
  }
  return inputs as InputValues
}
