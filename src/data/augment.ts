/**
 * Augmentation: from a stored image to one sample of a batch, at random but reproducibly.
 *
 * An `Augmentation` is plain data, so that it can be kept in run.json: the size that comes out and a list of
 * steps by name. There are two kinds of step. A geometric one bends the `View`, the affine map that says where
 * in the image each output pixel looks; crops, flips and turns compose into one map, and the image is
 * sampled once, whatever their number. A colour one works on the sampled pixels, as red, green and blue planes
 * of values from 0 to 1 (`colour.ts`). A new augmentation is one entry of the table below.
 *
 * Geometric steps always take effect before colour steps, whatever their order in the list.
 */
import { GlasshouseError } from '../base/errors.ts'
import { type Random, random } from '../base/random.ts'
import { colourJitter } from './colour.ts'
import { centred } from './prepare/geometry.ts'
import { normalising } from './prepare/normalise.ts'
import { type DrawnOperation, drawOperations } from './rand-augment.ts'
import type { ColourStatistics } from './store.ts'
import { flipAcross, flipDown, move, moveTo, sample, transposed, type View } from './view.ts'

type Geometric<Options> = {
  kind: 'geometric'
  /** `size`: what comes out; `stored`: what the image has; both in pixels */
  bend(view: View, options: Options, stream: Random, size: number, stored: number): void
}

type Coloured<Options> = {
  kind: 'colour'
  /** three planes of `plane` values from `offset` on */
  paint(pixels: Float32Array, offset: number, plane: number, options: Options, stream: Random): void
}

/** Steps of both kinds, drawn for each sample. */
type Drawn<Options> = {
  kind: 'drawn'
  draw(options: Options, stream: Random, size: number): DrawnOperation[]
}

const geometric = <Options extends object>(bend: Geometric<Options>['bend']): Geometric<Options> => ({
  kind: 'geometric',
  bend,
})
const drawn = <Options extends object>(draw: Drawn<Options>['draw']): Drawn<Options> => ({
  kind: 'drawn',
  draw,
})
const coloured = <Options extends object>(paint: Coloured<Options>['paint']): Coloured<Options> => ({
  kind: 'colour',
  paint,
})

/** Every augmentation there is, by the name that a step gives. */
export const augmentations = {
  /** the size x size window in the centre, at a whole pixel */
  'centre-crop': geometric<object>((view, _options, _stream, size, stored) => {
    const start = centred(stored, size)
    moveTo(view, start, start)
  }),
  /** a size x size window anywhere in the image */
  'random-crop': geometric<object>((view, _options, stream, size, stored) => {
    const left = stream.integer(stored - size + 1)
    moveTo(view, left, stream.integer(stored - size + 1))
  }),
  /**
   * a window of random area (`scale`: share of the image's) and ratio (`ratio`: width to height), resized to
   * size x size by bilinear sampling; ten tries, then the whole image. Szegedy et al. 2015 ("Inception" crop)
   */
  'random-resized-crop': geometric<{ scale: readonly [number, number]; ratio: readonly [number, number] }>(
    (view, { scale, ratio }, stream, size, stored) => {
      const window = randomWindow(scale, ratio, stream, stored)
      const stepX = window.width / size
      const stepY = window.height / size
      moveTo(view, window.left + (stepX - 1) / 2, window.top + (stepY - 1) / 2)
      view.acrossX = stepX
      view.downY = stepY
    },
  ),
  /** left to right */
  'horizontal-flip': geometric<{ probability: number }>((view, { probability }, stream, size) => {
    if (stream.chance(probability)) flipAcross(view, size)
  }),
  /** top to bottom */
  'vertical-flip': geometric<{ probability: number }>((view, { probability }, stream, size) => {
    if (stream.chance(probability)) flipDown(view, size)
  }),
  /** rows become columns; with both flips, all eight symmetries of the square */
  transpose: geometric<{ probability: number }>((view, { probability }, stream) => {
    if (stream.chance(probability)) transposed(view)
  }),
  /** by 0, 90, 180 or 270 degrees */
  'quarter-turn': geometric<object>((view, _options, stream, size) => {
    for (let turns = stream.integer(4); turns > 0; turns--) {
      transposed(view)
      flipAcross(view, size)
    }
  }),
  /** brightness, contrast, saturation and hue, each by up to the share given, in random order */
  'colour-jitter': coloured<{ brightness: number; contrast: number; saturation: number; hue: number }>(
    colourJitter,
  ),
  /** `layers` operations of fourteen, each at `magnitude` of 30 */
  'rand-augment': drawn<{ layers: number; magnitude: number }>(drawOperations),
}

type Table = typeof augmentations
type OptionsOf<Entry> = Entry extends Geometric<infer O> | Coloured<infer O> | Drawn<infer O> ? O : never

/** One step: a name of the table and that entry's options. */
export type Step = { [Name in keyof Table]: { name: Name } & OptionsOf<Table[Name]> }[keyof Table]

export interface Augmentation {
  /** a sample is size x size pixels */
  size: number
  steps: readonly Step[]
}

/** The size at which images are stored so that a crop of `size` has a sixth of it to move in. */
export const storedSize = (size: number): number => Math.round((size * 7) / 6)

/** For classifiers of images that know no upright, such as plants from above: crop, flips and transpose. */
export const plantAugmentation = (size: number): Augmentation => ({
  size,
  steps: [
    { name: 'random-crop' },
    { name: 'horizontal-flip', probability: 0.5 },
    { name: 'vertical-flip', probability: 0.5 },
    { name: 'transpose', probability: 0.5 },
  ],
})

/** For images with an up and a down: crop and mirror. */
export const uprightAugmentation = (size: number): Augmentation => ({
  size,
  steps: [{ name: 'random-crop' }, { name: 'horizontal-flip', probability: 0.5 }],
})

/** For photographs of all kinds: windows of a fifth of the image or more, mirrored, in changing light. */
export const photoAugmentation = (size: number): Augmentation => ({
  size,
  steps: [
    { name: 'random-resized-crop', scale: [0.2, 1], ratio: [3 / 4, 4 / 3] },
    { name: 'horizontal-flip', probability: 0.5 },
    { name: 'colour-jitter', brightness: 0.25, contrast: 0.25, saturation: 0.25, hue: 0.02 },
  ],
})

/** For faces that are cut out already: they stay upright and unmirrored, so that a glance keeps its side; light and skin vary. */
export const faceAugmentation = (size: number): Augmentation => ({
  size,
  steps: [
    { name: 'random-crop' },
    { name: 'colour-jitter', brightness: 0.3, contrast: 0.3, saturation: 0.4, hue: 0.1 },
  ],
})

/** For evaluation: the centre, nothing random. */
export const centreCrop = (size: number): Augmentation => ({ size, steps: [{ name: 'centre-crop' }] })

/** Refuses a description with an unknown step, or one whose crop does not fit into the stored images. */
export function requireAugmentation(augmentation: Augmentation, stored: number): void {
  const known = Object.keys(augmentations)
  const unknown = augmentation.steps.find(({ name }) => !known.includes(name))
  if (unknown) {
    throw new GlasshouseError({
      code: 'augmentation-unknown',
      what: 'there is no such augmentation',
      expected: known.join(', '),
      got: `'${unknown.name}'`,
    })
  }
  if (stored < augmentation.size) {
    throw new GlasshouseError({
      code: 'augmentation-size',
      what: 'the images are stored smaller than what is cut out of them',
      expected: `at least ${augmentation.size} pixels`,
      got: `${stored}`,
    })
  }
}

/**
 * The random stream of one sample, named by its place in the epoch: a resumed run repeats what was lost, and an
 * image that stands in the epoch twice is augmented in two ways.
 */
export const augmentationStream = (seed: number, epoch: number, place: number): Random =>
  random(seed, 'augment', epoch, place)

/**
 * Writes one sample, 3 x size x size values normalised by `statistics`, into `target` from `offset` on.
 * `picture` is stored x stored RGB bytes, as a `PictureStore` gives it.
 */
export function augmentInto(
  target: Float32Array,
  offset: number,
  picture: Uint8Array,
  stored: number,
  { size, steps }: Augmentation,
  { mean, deviation }: ColourStatistics,
  stream: Random,
): void {
  const view: View = { left: 0, top: 0, acrossX: 1, acrossY: 0, downX: 0, downY: 1 }
  const colours: (() => void)[] = []
  const plane = size * size
  for (const step of steps) {
    const entry = augmentations[step.name] as Geometric<Step> | Coloured<Step> | Drawn<Step>
    if (entry.kind === 'geometric') entry.bend(view, step, stream, size, stored)
    else if (entry.kind === 'colour') colours.push(() => entry.paint(target, offset, plane, step, stream))
    else
      for (const operation of entry.draw(step, stream, size))
        if ('paint' in operation) colours.push(() => operation.paint(target, offset, plane))
        else move(view, operation.movement, size)
  }
  if (colours.length === 0) {
    const { scale, shift } = normalising({ mean, deviation })
    sample(target, offset, picture, stored, size, view, scale, shift)
    return
  }
  sample(target, offset, picture, stored, size, view, [1 / 255, 1 / 255, 1 / 255], [0, 0, 0])
  for (const paint of colours) paint()
  for (let channel = 0; channel < 3; channel++) {
    const start = offset + channel * plane
    for (let i = start; i < start + plane; i++) target[i] = (target[i] - mean[channel]) / deviation[channel]
  }
}

/** torchvision's RandomResizedCrop: the area is uniform, the ratio uniform in its logarithm. */
function randomWindow(
  scale: readonly [number, number],
  ratio: readonly [number, number],
  stream: Random,
  stored: number,
): { left: number; top: number; width: number; height: number } {
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = stream.uniform(...scale) * stored * stored
    const shape = Math.exp(stream.uniform(Math.log(ratio[0]), Math.log(ratio[1])))
    const width = Math.round(Math.sqrt(area * shape))
    const height = Math.round(Math.sqrt(area / shape))
    if (width < 1 || height < 1 || width > stored || height > stored) continue
    const left = stream.integer(stored - width + 1)
    return { left, top: stream.integer(stored - height + 1), width, height }
  }
  return { left: 0, top: 0, width: stored, height: stored }
}
