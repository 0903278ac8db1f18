/** Opens what the words of a command line name: paths become pictures and data sets. */

import { GlasshouseError } from '../base/errors.ts'
import { append } from '../base/extremes.ts'
import { random } from '../base/random.ts'
import type { Dataset } from '../data/dataset.ts'
import { openData, openPicturesOf } from '../data/open-data.node.ts'
import type { OpenedModel } from '../runs/open-model.node.ts'
import { picturesOf } from '../runs/pictures.node.ts'
import type { Context } from '../runtime/context.ts'
import type { DataInput, Inputs, InputValues, LensArgument, PicturesInput, VectorsInput } from './lens.ts'
import type { VectorsOptions } from './vectors-input.node.ts'

/** The words that name the inputs, by the names of a lens's arguments. */
export type InputWords = Readonly<Record<string, string | readonly string[] | undefined>>

export interface DataOptions extends VectorsOptions {
  /** an unreadable image is an error; otherwise it is skipped with a note */
  strict?: boolean
  minimumClasses?: number
}

/** The network that MODEL names; says so where its answers mean nothing. */
export async function openModelOf(source: string, { seed, note }: Context): Promise<OpenedModel> {
  const { openModel } = await import('../runs/open-model.node.ts')
  const model = await openModel(source, seed)
  for (const text of model.notes) note(text)
  if (model.untrained) note(`not trained: ${model.untrained}`)
  return model
}

type Openers = {
  [Kind in keyof Inputs]: (
    words: readonly string[],
    context: Context,
    options: DataOptions,
  ) => Promise<Inputs[Kind]>
}

/** One line per kind of input that a lens can ask for. */
const openers: Openers = {
  image: async ([path]) => {
    const { readPicture } = await import('../data/decode.node.ts')
    return { path, picture: await readPicture(path) }
  },
  start: async (words, ...rest) => (words[0] === 'noise' ? undefined : openers.image(words, ...rest)),
  images: (paths, ...rest) => Promise.all(paths.map(path => openers.image([path], ...rest))),
  data: async ([path], context, options): Promise<DataInput> => {
    const dataset = await openData(path, context, options)
    return { dataset, pictures: size => openPicturesOf(dataset, size, context) }
  },
  model: async ([source], context) => openModelOf(source, context),
  pictures: async (words, context, options): Promise<PicturesInput> => {
    const { statSync } = await import('node:fs')
    const isData =
      words.length === 1 &&
      (/\.[ct]sv$/i.test(words[0]) || statSync(words[0], { throwIfNoEntry: false })?.isDirectory())
    if (isData) return fromData(await openData(words[0], context, { ...options, minimumClasses: 1 }))
    const images = await openers.images(words, context, options)
    return { total: images.length, sampled: false, take: async () => images }
  },
  runs: async (sources, context) => {
    const { openEmbeddingRun } = await import('../runs/open-embedding-run.node.ts')
    return Promise.all(sources.map(source => openEmbeddingRun(source, record => picturesOf(record, context))))
  },
  comparison: async (words, context, options) => {
    if (words.length < 3) {
      throw new GlasshouseError({
        code: 'argument-missing',
        what: 'a comparison needs a network and two pictures',
        where: 'COMPARISON',
        expected: 'MODEL [MODEL...] IMAGE IMAGE',
        got: words.join(' '),
      })
    }
    const [models, images] = [words.slice(0, -2), words.slice(-2)]
    return {
      models: await Promise.all(models.map(source => openers.model([source], context, options))),
      images: await openers.images(images, context, options),
    }
  },
  vectors: async (sources, context, options) => {
    const { openVectorsInput } = await import('./vectors-input.node.ts')
    const opened: VectorsInput[] = []
    for (const source of sources) append(opened, await openVectorsInput(source, context, options))
    return opened
  },
}

/** Some pictures of a data set: of its test split where it has one. */
async function fromData(dataset: Dataset): Promise<PicturesInput> {
  const [{ indicesOf }, { readPicture }, { fileOf }] = await Promise.all([
    import('../data/dataset.ts'),
    import('../data/decode.node.ts'),
    import('../data/dataset.node.ts'),
  ])
  const test = indicesOf(dataset, 'test')
  const indices = test.length ? test : indicesOf(dataset)
  return {
    total: indices.length,
    sampled: true,
    take(count, seed, from = 0) {
      const chosen = random(seed, 'sample')
        .shuffle(indices.slice())
        .slice(from, from + count)
        .sort()
      return Promise.all(
        Array.from(chosen, async index => {
          const item = dataset.items[index]
          return {
            path: item.path,
            label: dataset.classes[item.label],
            picture: await readPicture(fileOf(dataset, item)),
          }
        }),
      )
    },
  }
}

/** Opens all inputs of a lens. Optional arguments that were left out stay undefined. */
export async function openInputs(
  lensArguments: readonly LensArgument[],
  args: InputWords,
  context: Context,
  options: DataOptions,
): Promise<InputValues> {
  const inputs: Record<string, unknown> = {}
  for (const { name, kind } of lensArguments) {
    const words = [args[name] ?? []].flat()
    if (words.length) inputs[name] = await openers[kind](words, context, options)
  }
  return inputs as InputValues
}
