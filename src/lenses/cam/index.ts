/** The lens of class activation maps: which places of a picture speak for a class? */
import { z } from 'zod'
import { GlasshouseError } from '../../base/errors.ts'
import type { Picture } from '../../base/picture.ts'
import { fillPrepared, viewOf } from '../../data/prepare/prepare.ts'
import { colourMapNames } from '../../figures/colour-maps.ts'
import { upsample } from '../../figures/heat.ts'
import type { Network } from '../../nets/network.ts'
import { defineLens, type LabelledPicture } from '../lens.ts'
import { classNamed } from '../maps/class-name.ts'
import { mapsNamed } from '../maps/feature-maps.ts'
import { type ActivationMap, activationMaps } from './compute.ts'
import { drawGallery } from './draw.ts'
import { plantMask, shareInside } from './plant-mask.ts'

const options = z.object({
  class: z
    .string()
    .optional()
    .describe('the class to explain, by name or index; the predicted one unless given'),
  method: z
    .enum(['cam', 'grad-cam'])
    .default('cam')
    .describe('cam needs a pooled linear head; grad-cam works on any layer'),
  layer: z.string().optional().describe('the layer whose maps grad-cam weighs; the last ones unless given'),
  samples: z
    .number()
    .int()
    .min(1)
    .max(2000)
    .default(24)
    .describe('how many pictures of a data set to look at'),
  plant: z
    .boolean()
    .optional()
    .describe(
      'measure the share of heat on the plant (excess green), and show the most surprising first; for a data set unless --no-plant',
    ),
  colours: z.enum(colourMapNames).default('turbo').describe('colour map of the heat, low to high'),
  size: z
    .number()
    .int()
    .min(16)
    .max(1024)
    .optional()
    .describe('squeeze every picture into a square of this side, in place of the network’s own preparation'),
})

export interface Explained extends ActivationMap {
  path: string
  /** what the data says it shows */
  label?: string
  class: string
  mean: number
  /** share of the positive heat that lies on the plant; undefined where there is none of either */
  insidePlant?: number
  /** what the network saw, at a size for the eye */
  view: Picture
}

export interface CamResult {
  images: Explained[]
  total: number
  method: 'cam' | 'grad-cam'
  measured: boolean
  colours: (typeof colourMapNames)[number]
}

/** Small views are shown at this side at least. */
const displaySize = 192

/** Pictures that go through the network at once. */
const batch = 16

export const cam = defineLens({
  name: 'cam',
  title: 'Class activation maps',
  description: 'heat maps: which places of a picture speak for a class',
  about:
    'A class activation map (Zhou et al. 2016) splits the logit of a class over the places of the last feature maps: its mean plus the bias is the logit. Grad-CAM (Selvaraju et al. 2017) does so approximately for any layer. Warm colours speak for the class. With --plant, pictures are sorted by surprise: the share of heat outside the plant.',
  arguments: [
    {
      name: 'model',
      kind: 'model',
      description: 'a run (run@7 for an epoch), an .onnx file, or NET:WEIGHTS',
    },
    {
      name: 'pictures',
      kind: 'pictures',
      description: 'image files, or one data set to draw --samples from',
    },
  ],
  options,
  examples: [
    { line: 'cam runs/train-1 leaf.jpg', does: 'Why does it say what it says?' },
    { line: 'cam runs/train-1 seedlings/ --samples 48', does: 'A gallery, most surprising first' },
  ],
  async run(context, { model: { network, source }, pictures }, options) {
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
    } satisfies CamResult
  },
  draw: drawGallery,
  metrics: ({ images }) => ({
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
  }),
})

type Request = Pick<z.output<typeof options>, 'method' | 'layer' | 'size'> & { classIndex?: number }

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
