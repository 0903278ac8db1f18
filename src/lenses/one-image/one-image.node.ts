/**
 * What one image can teach: the layers of a network that has learned from crops of a single image, beside those of the
 * same network before training, after the same method on all images of a data set, and after supervised training. Every
 * layer is probed by the same linear classifier on the same data.
 */
import { sha256Of } from '../../base/digest.node.ts'
import type { Picture } from '../../base/picture.ts'
import { note } from '../../base/work.ts'
import { storedSize } from '../../data/augment.ts'
import { openPictures } from '../../data/cache.node.ts'
import type { Dataset } from '../../data/dataset.ts'
import { readPicture } from '../../data/decode.node.ts'
import { cropOf, paperRecipe, plainRecipe, pyramidOf } from '../../data/one-image.ts'
import { openData } from '../../data/open-data.node.ts'
import { colourStatistics, type PictureStore, pictureAt } from '../../data/store.ts'
import { tensor } from '../../graph/tensor.ts'
import { initialParameters, type Network, type NetworkPlan } from '../../nets/network.ts'
import type { Context } from '../../runtime/context.ts'
import { openKept } from '../kept.node.ts'
import { divideForProbe, type ProbeDivision } from '../probe/division.ts'
import {
  commonestShare,
  layersToProbe,
  type ProbeSettings,
  probeLayers,
  requireLayers,
} from '../probe/probe.node.ts'
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
  data: string,
  options: OneImageOptions,
): Promise<OneImageFinding> {
  const dataset = await openData(data, context, { strict: options.strict, minimumClasses: 2 })
  const division = divideForProbe(dataset, options.holdOut, context.seed)
  const side = storedSize(options.size)
  const store = await openPictures(dataset, side, { work: context })
  try {
    const picture = await readPicture(path)
    const pyramid = pyramidOf(picture)
    const recipe = options.plain ? plainRecipe : paperRecipe
    const crops = (seed: number): PictureStore => ({
      size: side,
      count: options.crops,
      picture: index => cropOf(pyramid, side, seed, index, recipe).data,
      close() {},
    })
    const image = { pixels: sha256Of(picture.data), width: picture.width, crops: options.crops, recipe }
    const found = await compared(context, options, { dataset, division, store, crops, image })
    const sheet = crops(context.seed)
    const shown = Math.min(shownCrops, sheet.count)
    return {
      ...found,
      commonest: commonestShare(dataset, division),
      images: { train: division.train.length, test: division.test.length },
      crops: Array.from({ length: shown }, (_, index) => pictureAt(sheet, index)),
    }
  } finally {
    store.close()
  }
}

interface Sources {
  dataset: Dataset
  division: ProbeDivision
  store: PictureStore
  /** of the image, by a seed */
  crops(seed: number): PictureStore
  /** what the crops depend on beside the seed */
  image: object
}

/**
 * The trainings of every seed, and the probes of their networks. Each training is kept as it stands after an epoch, and
 * each network's probes once they are finished, so that the same call goes on where it was stopped.
 */
async function compared(
  context: Context,
  options: OneImageOptions,
  { dataset, division, store, crops, image }: Sources,
): Promise<Omit<OneImageFinding, 'commonest' | 'images' | 'crops'>> {
  const { method, size, net, batch, epochs, steps, lr, clusters, seeds } = options
  const { train, classes } = division
  const statistics = colourStatistics(store, train)
  const plan = { net, preprocessing: { size, resize: store.size, ...statistics } }
  const outline: NetworkPlan = { ...plan, head: { kind: 'classes', classes: ['0', '1'] } }
  const untrained = { ...outline, parameters: initialParameters(outline, context.seed) }
  const layers = options.layers ?? layersToProbe(untrained)
  // Before anything is trained: whether there are such layers.
  requireLayers(untrained, layers)
  const numbers = new Map(classes.map((label, number) => [label, number]))
  const full: ImageSource = {
    store: { ...store, count: train.length, picture: index => store.picture(train[index]) },
    labels: Array.from(train, index => numbers.get(dataset.items[index].label)!),
  }
  const images = { data: dataset.fingerprint, rows: sha256Of(train) }
  const accuracies: OneImageFinding['accuracies'] = { random: [], oneImage: [], fullData: [], supervised: [] }
  const pretext: OneImageFinding['pretext'] = []
  const onAll: OneImageFinding['full'] = []
  let first: Record<Kind, Network> | undefined
  for (let seed = context.seed; seed < context.seed + seeds; seed++) {
    const settings: PretextSettings = {
      ...{ plan, epochs, steps, batch, rate: lr, clusters, classes: classes.length, seed },
    }
    const trained = async (what: string, of: object, source: ImageSource, by: Method): Promise<Learned> => {
      note(context, `seed ${seed}: ${what}`)
      const engine = await context.engine()
      const from = { ...outline, parameters: initialParameters(outline, seed) }
      const kept = await openKept(context, engine, from, { training: by, of, settings })
      return learn(engine, source, by, settings, context, kept)
    }
    const onCrops = `${method} on ${options.crops} crops of one image`
    const one = await trained(onCrops, image, { store: crops(seed) }, method)
    const all = await trained(`${method} on ${train.length} images`, images, full, method)
    const taught = await trained('supervised', images, full, 'supervised')
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
  return { layers, accuracies, pretext, full: onAll, networks: first! }
}

async function probed(
  context: Context,
  network: Network,
  dataset: Dataset,
  division: ProbeDivision,
  layers: string[],
  { features, batch }: OneImageOptions,
): Promise<number[]> {
  const settings: ProbeSettings = {
    ...{ layers, features, batch, pool: 'max', epochs: 20, rates: [0.001, 0.01, 0.1], neighbours: 10 },
  }
  const rows = [sha256Of(division.train), sha256Of(division.test)]
  const what = { probes: dataset.fingerprint, rows, settings, seed: context.seed }
  const kept = await openKept(context, await context.engine(), network, what)
  const before = (await kept.read('accuracies'))?.get('accuracies')
  if (before) return [...(before.data as Float64Array)]
  const found = await probeLayers(context, network, dataset, division, settings)
  const accuracies = found.map(({ accuracy }) => accuracy)
  const row = tensor('float64', [accuracies.length], Float64Array.from(accuracies))
  await kept.write('accuracies', new Map([['accuracies', row]]))
  return accuracies
}
