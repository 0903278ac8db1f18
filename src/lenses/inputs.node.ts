/** Opens what the words of a command line name: paths become images and data sets. */
import { GlasshouseError } from '../base/errors.ts'
import { append } from '../base/extremes.ts'
import { random } from '../base/random.ts'
import { note } from '../base/work.ts'
import { openPrepared } from '../data/cache.node.ts'
import type { DataOutline, Dataset } from '../data/dataset.ts'
import { isShardFolder } from '../embedding/vector-shards.node.ts'
import type { OpenedModel } from '../runs/open-model.node.ts'
import { picturesOf } from '../runs/pictures.node.ts'
import type { Context } from '../runtime/context.ts'
import {
  type DataInput,
  type Input,
  type InputKind,
  type InputKinds,
  type Inputs,
  type InputValues,
  type KindOptions,
  type PicturesInput,
  type ShelfInput,
  sampleOf,
  type VectorsInput,
} from './inputs.ts'

/** What the user names, by the names of the inputs. */
export type Sources = Readonly<Record<string, string | readonly string[] | undefined>>

/** The network that MODEL names; says so where its answers mean nothing. */
export async function openModelOf(source: string, context: Context): Promise<OpenedModel> {
  const { seed, model: wishes, engine } = context
  const { openModelWith } = await import('../runs/open-model.node.ts')
  const model = await openModelWith(source, { seed, wishes, engine })
  for (const text of model.notes) note(context, text)
  if (model.untrained) note(context, `not trained: ${model.untrained}`)
  return model
}

/** How inputs are opened: the options of their kinds, and the network whose run divided the data that comes after it. */
interface Opening extends KindOptions {
  model?: Pick<OpenedModel, 'run' | 'network'>
  orShelf?: boolean
  check?: (outline: DataOutline) => void
}

type Openers = {
  [Kind in InputKind]: (
    sources: readonly string[],
    context: Context,
    opening: Opening,
  ) => Promise<InputKinds[Kind]>
}

/** What becomes of the sources of each kind. */
const openers: Openers = {
  picture: async ([path]) => {
    const { readPicture } = await import('../data/decode.node.ts')
    return { path, picture: await readPicture(path) }
  },
  pictures: (paths, ...rest) => Promise.all(paths.map(path => openers.picture([path], ...rest))),
  start: async (sources, ...rest) => (sources[0] === 'noise' ? undefined : openers.picture(sources, ...rest)),
  sample: async (sources, context, opening): Promise<PicturesInput> => {
    const { statSync } = await import('node:fs')
    const [first] = sources
    const isData =
      sources.length === 1 &&
      (/\.[ct]sv$/i.test(first) || statSync(first, { throwIfNoEntry: false })?.isDirectory())
    if (isData) return fromData(await openDivided(first, context, opening))
    const images = await openers.pictures(sources, context, opening)
    return sampleOf(images)
  },
  data: async ([path], context, opening): Promise<DataInput | ShelfInput> => {
    if (isShardFolder(path)) return openShelfInput(path, context, opening)
    const dataset = await openDivided(path, context, opening)
    return { dataset, pictures: preprocessing => openPrepared(dataset, preprocessing, { work: context }) }
  },
  model: async ([source], context, opening) => {
    const model = await openModelOf(source, context)
    opening.model ??= model
    return model
  },
  models: (sources, context) => Promise.all(sources.map(source => openModelOf(source, context))),
  runs: async (sources, context) => {
    const { openEmbeddingRun } = await import('../runs/open-embedding-run.node.ts')
    return Promise.all(sources.map(source => openEmbeddingRun(source, record => picturesOf(record, context))))
  },
  vectors: async (sources, context, options) => {
    const { openVectorsInput } = await import('./vectors-input.node.ts')
    const opened: VectorsInput[] = []
    for (const source of sources) append(opened, await openVectorsInput(source, context, options))
    return opened
  },
}

/** Vectors in shards in place of images, where a lens can do with them. */
async function openShelfInput(
  path: string,
  context: Context,
  { model, orShelf, strict }: Opening,
): Promise<ShelfInput> {
  if (!orShelf)
    throw new GlasshouseError({
      code: 'data-form',
      what: 'these are vectors, and images are needed',
      where: path,
      hint: 'Name the folder or the list of the images',
    })
  if (strict)
    throw new GlasshouseError({
      code: 'option-unused',
      what: 'this option would have no effect: it is for images, and these are vectors',
      path: ['options', 'strict'],
      hint: 'Leave it out',
    })
  const { openShelfOf } = await import('../runs/shelf-of-model.node.ts')
  return { shelf: await openShelfOf(path, context, model?.network) }
}

/** A data set, divided as the run of the network divided it. */
async function openDivided(
  path: string,
  context: Context,
  { model, strict = false, check }: Opening,
): Promise<Dataset> {
  const { openDataFor } = await import('../runs/model-data.node.ts')
  return openDataFor(model ?? {}, path, context, { strict, check })
}

/** Some images of a data set: of its test split where it has one. */
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

/** What is asked before much has been read. */
export interface EarlyChecks {
  /** when the networks are open, and nothing else is */
  networks?(opened: InputValues): void
  /** what the names of a data set say, before its images are opened */
  data?(outline: DataOutline, opened: InputValues): void
}

/** Single files take a moment, data sets are read as a whole: they come last. */
const quick: readonly InputKind[] = ['picture', 'pictures', 'start']

/**
 * Opens all inputs of a lens. Those that may be left out, and were, stay undefined.
 */
export async function openInputs(
  asked: Inputs,
  sources: Sources,
  context: Context,
  options: KindOptions,
  check: EarlyChecks = {},
): Promise<InputValues> {
  const all = Object.entries(asked).map(([name, input]) => {
    const named = [sources[name] ?? []].flat()
    requireCount(name, input, named.length)
    return { name, kind: input.kind, named, orShelf: input.orShelf }
  })
  const opened: Record<string, unknown> = {}
  const opening: Opening = { ...options, check: outline => check.data?.(outline, opened) }
  const open = async (kinds: (kind: InputKind) => boolean) => {
    for (const { name, kind, named, orShelf } of all)
      if (named.length && kinds(kind))
        opened[name] = await openers[kind](named, context, Object.assign(opening, { orShelf }))
  }
  const isNetwork = (kind: InputKind) => kind === 'model' || kind === 'models'
  await open(isNetwork)
  check.networks?.(opened)
  await open(kind => quick.includes(kind))
  await open(kind => !isNetwork(kind) && !quick.includes(kind))
  return Object.fromEntries(
    Object.keys(asked).flatMap(name => (name in opened ? [[name, opened[name]]] : [])),
  )
}

function requireCount(name: string, { atLeast, atMost, description }: Input, count: number): void {
  if (count >= atLeast && count <= atMost) return
  const bounds =
    atMost === atLeast ? `${atLeast}` : count < atLeast ? `at least ${atLeast}` : `at most ${atMost}`
  throw new GlasshouseError({
    code: 'input-count',
    what: count ? 'the wrong number of sources for this input' : 'this input must be named',
    path: ['inputs', name],
    expected: atMost === 1 ? description : `${bounds}: ${description}`,
    got: String(count),
  })
}
