/** The lens of mistakes: what does a classifier get wrong, and why? */
import { openStage } from '../../base/work.ts'
import { chooseSplit } from '../../data/choose-split.ts'
import { type DataOutline, indicesOf, placeOf } from '../../data/dataset.ts'
import { viewOf } from '../../data/prepare/prepare.ts'
import { pictureAt } from '../../data/store.ts'
import { nearDuplicates } from '../../embedding/near-duplicates.ts'
import { classOutputs } from '../../models/class-outputs.ts'
import { buildOutline, type Network } from '../../nets/network.ts'
import { prepare } from '../cam/explain.ts'
import { openMapper, requireMaps } from '../cam/mapper.ts'
import type { MapMethod } from '../cam/methods.ts'
import type { DataInput, LensContext, ModelInput } from '../lens.ts'
import { classHead } from '../maps/class-name.ts'
import { answersOf, type Reading } from './answers.ts'
import { nearestImages } from './nearest.ts'
import type { MistakesOptions } from './options.ts'
import { pairNamed } from './pair.ts'
import type { Mistake, MistakesResult, ShownMistake, Twins } from './result.ts'
import { suspectLabels } from './suspects.ts'

export function check({ model }: { model: ModelInput }, { pair, ...options }: MistakesOptions): void {
  const { classes } = classHead(model)
  if (pair !== undefined) pairNamed(classes, pair)
  requireMaps(model.network, { ...options, method: options.method ?? likelyMethod(model.network) })
}

export function checkData(
  { model }: { model: ModelInput },
  _options: MistakesOptions,
  { classes, root }: DataOutline,
): void {
  classOutputs(classHead(model).classes, classes, root)
}

export async function run(
  context: LensContext,
  { model, data }: { model: ModelInput; data: DataInput },
  options: MistakesOptions,
): Promise<MistakesResult> {
  const { network } = model
  const { dataset } = data
  const { items, classes } = dataset
  const names = classHead(model).classes
  const { ofClass, classOf } = classOutputs(names, classes, placeOf(dataset))
  const pair = options.pair === undefined ? undefined : pairNamed(names, options.pair)
  const method = options.method ?? likelyMethod(network)
  const images = chooseSplit(dataset, options.split, placeOf(dataset))
  const training = indicesOf(dataset, 'train')
  const reading = { network, store: await data.pictures(network.preprocessing) }
  const { store } = reading

  const labelOf = (index: number) => ofClass[items[index].label]
  const answers = await answersOf(context, reading, images, images.map(labelOf), classOf)
  const { truth, predicted } = answers
  const wrong = Array.from(images.keys()).filter(row => predicted[row] !== truth[row])
  const asked = pair
    ? wrong.filter(row => truth[row] === pair.label && predicted[row] === pair.predicted)
    : wrong
  const places = Int32Array.from(asked, row => images[row])
  const near = await nearestImages(context, reading, places, training, options.nearest)
  const suspects = suspectLabels(
    answers,
    new Map(asked.map((row, at) => [row, near[at].map(({ index }) => labelOf(index))])),
  )
  const twins = await nearDuplicates(context.engine, store, images, training, context)
  const twinOf = new Map(twins.map(twin => [twin.index, twin]))
  const named = (index: number) => ({ path: items[index].path, label: names[labelOf(index)] })

  const found = asked.map((row, at) => {
    const twin = twinOf.get(images[row])
    return {
      row,
      neighbours: near[at].map(({ index }) => index),
      mistake: {
        ...named(images[row]),
        predicted: names[predicted[row]],
        probability: answers.probability[row],
        labelProbability: answers.labelProbability[row],
        suspect: suspects.has(row),
        nearest: near[at].map(({ index, cosine }) => ({ ...named(index), cosine })),
        ...(twin && { nearDuplicate: { ...named(twin.other), correlation: twin.correlation } }),
      } satisfies Mistake,
    }
  })
  const times = new Map<string, number>()
  for (const { mistake } of found) times.set(keyOf(mistake), (times.get(keyOf(mistake)) ?? 0) + 1)
  found.sort(
    ({ mistake: a }, { mistake: b }) =>
      times.get(keyOf(b))! - times.get(keyOf(a))! ||
      compare(keyOf(a), keyOf(b)) ||
      b.probability - a.probability,
  )
  const view = (index: number) => viewOf(pictureAt(store, index), network.preprocessing)
  const shown = found.slice(0, options.most)
  const maps = await mapsOfBoth(
    context,
    reading,
    { method, layer: options.layer },
    shown.map(({ row }) => ({ index: images[row], classes: [predicted[row], truth[row]] })),
  )
  return {
    images: images.length,
    training: training.length,
    split: options.split,
    accuracy: 1 - wrong.length / images.length,
    mistakes: found.map(({ mistake }) => mistake),
    shown: shown.map(
      ({ row, mistake, neighbours }, at): ShownMistake => ({
        ...mistake,
        view: view(images[row]),
        ...maps[at],
        neighbours: neighbours.map(view),
      }),
    ),
    twins: twins.map(
      ({ index, other, correlation }): Twins => ({ of: named(index), ...named(other), correlation }),
    ),
    ...(pair && { pair: { label: names[pair.label], predicted: names[pair.predicted] } }),
    method,
    size: network.preprocessing.size,
    colours: options.colours,
  }
}

export const metrics = ({ images, training, accuracy, mistakes, twins }: MistakesResult) => ({
  total: mistakes.length,
  images,
  training,
  accuracy,
  suspects: mistakes.filter(({ suspect }) => suspect).length,
  nearDuplicates: twins.length,
  pairs: pairsOf(mistakes).map(({ label, predicted, mistakes }) => ({
    label,
    predicted,
    count: mistakes.length,
  })),
  mistakes,
})

/** The mistakes of each pair of classes, in their order. */
export function pairsOf<T extends Pick<Mistake, 'label' | 'predicted'>>(
  mistakes: readonly T[],
): { label: string; predicted: string; mistakes: T[] }[] {
  const pairs = new Map<string, T[]>()
  for (const mistake of mistakes) {
    const own = pairs.get(keyOf(mistake))
    if (own) own.push(mistake)
    else pairs.set(keyOf(mistake), [mistake])
  }
  return [...pairs.values()].map(own => ({ label: own[0].label, predicted: own[0].predicted, mistakes: own }))
}

const keyOf = ({ label, predicted }: Pick<Mistake, 'label' | 'predicted'>): string =>
  JSON.stringify([label, predicted])

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** A pooled linear head splits its logits over places exactly. */
function likelyMethod(network: Network): 'cam' | 'grad-cam' {
  const { head, classMaps } = buildOutline(network)
  return head || classMaps ? 'cam' : 'grad-cam'
}

/** The maps of two classes of each image. */
async function mapsOfBoth(
  context: LensContext,
  { network, store }: Reading,
  request: { method: MapMethod; layer?: string },
  images: readonly { index: number; classes: [number, number] }[],
): Promise<Pick<ShownMistake, 'maps' | 'grid'>[]> {
  // To compile them takes seconds, for nothing where there are no mistakes.
  if (images.length === 0) return []
  const mapper = await openMapper(context, network, { ...request, classes: 2 }, images.length)
  const { batch, grid } = mapper
  const stage = openStage(context, 'maps', images.length)
  const result: Pick<ShownMistake, 'maps' | 'grid'>[] = []
  try {
    for (let start = 0; start < images.length; start += batch) {
      context.signal.throwIfAborted()
      const some = images.slice(start, start + batch)
      const pictures = some.map(({ index }) => ({ path: '', picture: pictureAt(store, index) }))
      const asked = [0, 1].map(at => some.map(({ classes }) => classes[at]))
      const mapped = await mapper.maps(prepare(network, pictures, false).input, asked)
      for (const { maps } of mapped) result.push({ maps: [maps[0].map, maps[1].map], grid })
      stage.update(result.length)
    }
  } finally {
    stage.end()
    await mapper.dispose()
  }
  return result
}
