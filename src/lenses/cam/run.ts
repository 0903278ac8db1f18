/** The lens of class activation maps: which places of a picture speak for a class? */
import { GlasshouseError } from '../../base/errors.ts'
import { fillPrepared, viewOf } from '../../data/prepare/prepare.ts'
import { upsample } from '../../figures/heat.ts'
import type { Network } from '../../nets/network.ts'
import type { LabelledPicture, LensContext, ModelInput, PicturesInput } from '../lens.ts'
import { classNamed } from '../maps/class-name.ts'
import { mapsNamed } from '../maps/feature-maps.ts'
import { activationMaps } from './compute.ts'
import type { CamOptions } from './options.ts'
import { plantMask, shareInside } from './plant-mask.ts'
import type { CamResult, Explained } from './result.ts'

/** Small views are shown at this side at least. */
const displaySize = 192

/** Pictures that go through the network at once. */
const batch = 16

export async function run(
  context: LensContext,
  { model: { network, source }, pictures }: { model: ModelInput; pictures: PicturesInput },
  options: CamOptions,
): Promise<CamResult> {
  const { head } = network
  if (head.kind !== 'classes') {
    throw new GlasshouseError({
      code: 'not-a-classifier',
      what: 'activation maps need a network with classes; this is an embedding',
      where: source,
      hint: 'Name a classifier',
    })
  }
  if (options.layer !== undefined && options.method === 'cam') {
    throw new GlasshouseError({
      code: 'usage',
      what: 'a class activation map is of the last feature maps',
      where: '--layer',
      got: options.layer,
      hint: 'Use --method grad-cam for other layers',
    })
  }
  const prepared: Network =
    options.size === undefined
      ? network
      : { ...network, preprocessing: { ...network.preprocessing, size: options.size } }
  const classIndex = options.class === undefined ? undefined : classNamed(head.classes, options.class)
  const chosen = await pictures.take(options.samples, context.seed)
  const measured = options.plant ?? pictures.sampled
  const progress = context.progress('maps', chosen.length)
  const images: Explained[] = []
  for (let start = 0; start < chosen.length; start += batch) {
    context.signal.throwIfAborted()
    images.push(
      ...(await explain(
        context.engine,
        prepared,
        chosen.slice(start, start + batch),
        head.classes,
        { ...options, classIndex },
        measured,
      )),
    )
    progress.update(images.length)
  }
  progress.done()
  if (measured) images.sort((a, b) => (a.insidePlant ?? 2) - (b.insidePlant ?? 2))
  return {
    images,
    total: pictures.total,
    method: options.method,
    measured,
    colours: options.colours,
  }
}

export const metrics = ({ images }: CamResult) => ({
  images: images.map(
    ({ path, label, class: name, classIndex, logit, probability, mean, bias, insidePlant }) => ({
      path,
      label,
      class: name,
      index: classIndex,
      logit,
      probability,
      mean,
      bias,
      insidePlant,
    }),
  ),
})

type Request = Pick<CamOptions, 'method' | 'layer' | 'size'> & { classIndex?: number }

async function explain(
  engine: Parameters<typeof activationMaps>[0],
  network: Network,
  pictures: readonly LabelledPicture[],
  classes: readonly string[],
  { method, layer, size, classIndex }: Request,
  measured: boolean,
): Promise<Explained[]> {
  const { preprocessing } = network
  const length = 3 * preprocessing.size ** 2
  const views = pictures.map(({ picture }) => viewOf(picture, preprocessing, size !== undefined))
  const input = new Float32Array(views.length * length)
  views.forEach((view, index) => {
    fillPrepared(view, preprocessing, input, index * length)
  })
  const maps = await activationMaps(engine, network, input, {
    method,
    classIndex,
    layer: built => mapsNamed(built, layer),
  })
  const scale = Math.max(1, Math.ceil(displaySize / preprocessing.size))
  const enlarged = {
    ...preprocessing,
    size: scale * preprocessing.size,
    resize: scale * preprocessing.resize,
  }
  const shown = pictures.map(({ picture }) => viewOf(picture, enlarged, size !== undefined))
  return maps.map((map, index) => ({
    ...map,
    path: pictures[index].path,
    label: pictures[index].label,
    class: classes[map.classIndex],
    mean: map.map.reduce((sum, value) => sum + value, 0) / map.map.length,
    view: shown[index],
    insidePlant: measured
      ? shareInside(
          upsample(map.map, map.height, map.width, preprocessing.size, preprocessing.size),
          plantMask(views[index]),
        )
      : undefined,
  }))
}
