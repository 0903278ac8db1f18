/**
 * What one image can teach: the layers of a network that has learned from crops of a single image, beside those of the
 * same network before training, after the same method on all images of a data set, and after supervised training. Every
 * layer is probed by the same linear classifier on the same data.
 */
import type { Picture } from '../../base/picture.ts'
import { note } from '../../base/work.ts'
import { storedSize } from '../../data/augment.ts'
import { openPictures } from '../../data/cache.node.ts'
import type { Dataset } from '../../data/dataset.ts'
import { readPicture } from '../../data/decode.node.ts'
import { cropOf, paperRecipe, plainRecipe, pyramidOf } from '../../data/one-image.ts'
import { openData } from '../../data/open-data.node.ts'
import { colourStatistics, pictureAt } from '../../data/store.ts'
import { initialParameters, type Network, type NetworkPlan } from '../../nets/network.ts'
import type { Context } from '../../runtime/context.ts'
import { divideForProbe, type ProbeDivision } from '../probe/division.ts'
import { commonestShare, layersToProbe, probeLayers, requireLayers } from '../probe/probe.node.ts'
import type { OneImageOptions } from './options.ts'
import { type ImageSource, type Learned, learn, type Method, type PretextSettings } from './pretext.node.ts'

export const kinds = ['random', 'oneImage', 'fullData', 'supervised'] as const
export type Kind = (typeof kinds)[number]

export interface OneImageFinding {
  layers: string[]
  /** for each kind and layer the accuracy of each seed */
  accuracies: Record<Kind, number[][]>
  /** of the training on the single image, for each seed */
  pretext: { loss: number; accuracy: number }[]
  /** the same on the full data */
  full: { loss: number; accuracy: number }[]
  commonest: number
  images: { train: number; test: number }
  /** networks of the first seed */
  networks: Record<Kind, Network>
  crops: Picture[]
}

/** Crops on the sheet. */
const shownCrops = 40

export async function oneImage(
  context: Context,
  path: string,
  options: OneImageOptions,
): Promise<OneImageFinding> {
  const { data, method, crops, size, net, batch, epochs, steps, lr, clusters, seeds, plain, strict } = options
  const dataset = await openData(data!, context, { strict, minimumClasses: 2 })
  const division = divideForProbe(dataset, options.holdOut, context.seed)
  const store = await openPictures(dataset, storedSize(size), { work: context })
  const pyramid = pyramidOf(await readPicture(path))
  const recipe = plain ? plainRecipe : paperRecipe
  const crop = (seed: number) => (index: number) => cropOf(pyramid, storedSize(size), seed, index, recipe)
  const statistics = colourStatistics(store, division.train)
  const plan: Omit<NetworkPlan, 'head'> = {
    net,
    preprocessing: { size, resize: storedSize(size), ...statistics },
  }
  const outline: NetworkPlan = { ...plan, head: { kind: 'classes', classes: ['0', '1'] } }
  const untrained = { ...outline, parameters: initialParameters(outline, context.seed) }
  const layers = options.layers ?? layersToProbe(untrained)
  // Before anything is trained: whether there are such layers.
  requireLayers(untrained, layers)
  const numbers = new Map(division.classes.map((label, number) => [label, number]))
  const full: ImageSource = {
    count: division.train.length,
    picture: index => pictureAt(store, division.train[index]),
    labels: Array.from(division.train, index => numbers.get(dataset.items[index].label)!),
  }
  const accuracies: OneImageFinding['accuracies'] = { random: [], oneImage: [], fullData: [], supervised: [] }
  const pretext: OneImageFinding['pretext'] = []
  const onAll: OneImageFinding['full'] = []
  let first: Record<Kind, Network> | undefined
  for (let k = 0; k < seeds; k++) {
    const seed = context.seed + k
    const settings: PretextSettings = {
      ...{ plan, epochs, steps, batch, rate: lr, clusters, classes: division.classes.length, seed },
      augmentation: { size, steps: [{ name: 'random-crop' }] },
    }
    const trained = async (what: string, source: ImageSource, by: Method): Promise<Learned> => {
      note(context, `seed ${seed}: ${what}`)
      return learn(await context.engine(), source, by, settings, context)
    }
    const one = await trained(
      `${method} on ${crops} crops of one image`,
      { count: crops, picture: crop(seed) },
      method,
    )
    const all = await trained(`${method} on ${full.count} images`, full, method)
    const taught = await trained('supervised', full, 'supervised')
    pretext.push({ loss: one.loss, accuracy: one.accuracy })
    onAll.push({ loss: all.loss, accuracy: all.accuracy })
    const start: NetworkPlan = { ...plan, head: one.network.head }
    const networks: Record<Kind, Network> = {
      random: { ...start, parameters: initialParameters(start, seed) },
      oneImage: one.network,
      fullData: all.network,
      supervised: taught.network,
    }
    first ??= networks
    for (const kind of kinds) {
      note(context, `seed ${seed}: probes, ${kind}`)
      const found = await probed({ ...context, seed }, networks[kind], dataset, division, layers, options)
      found.forEach((accuracy, layer) => {
        ;(accuracies[kind][layer] ??= []).push(accuracy)
      })
    }
  }
  store.close()
  return {
    layers,
    accuracies,
    pretext,
    full: onAll,
    commonest: commonestShare(dataset, division),
    images: { train: division.train.length, test: division.test.length },
    networks: first!,
    crops: Array.from({ length: Math.min(shownCrops, crops) }, (_, index) => crop(context.seed)(index)),
  }
}

async function probed(
  context: Context,
  network: Network,
  dataset: Dataset,
  division: ProbeDivision,
  layers: string[],
  { features, batch }: OneImageOptions,
): Promise<number[]> {
  const found = await probeLayers(context, network, dataset, division, {
    ...{ layers, features, batch, pool: 'max', epochs: 20, rates: [0.001, 0.01, 0.1], neighbours: 10 },
  })
  return found.map(({ accuracy }) => accuracy)
}
