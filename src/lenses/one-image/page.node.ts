/** The page of `one-image`: probes by layer, filters of the first layer, crops. */
import { percent } from '../../base/percent.ts'
import type { Picture } from '../../base/picture.ts'
import { meanOf } from '../../base/statistics.ts'
import { serverDocument } from '../../figures/canvas.node.ts'
import { dataUri } from '../../figures/files.node.ts'
import { drawLayerLines } from '../../figures/layer-lines.ts'
import type { DrawnPage } from '../../figures/report.ts'
import { drawSheet } from '../../figures/sheet.ts'
import { floats } from '../../graph/tensor.ts'
import type { Network } from '../../nets/network.ts'
import { kinds, type OneImageFinding } from './one-image.node.ts'
import type { OneImageOptions } from './options.ts'

const names = {
  random: 'random weights',
  oneImage: 'one image',
  fullData: 'full data',
  supervised: 'supervised',
} as const
const across = 8

/** How a training ended: mean loss of its last epoch, share of held-out images whose answer was right. */
type Answered = OneImageFinding['pretext'][number]

export async function drawOneImage(
  finding: OneImageFinding,
  { method, crops, seeds, clusters }: OneImageOptions,
): Promise<DrawnPage> {
  const { layers, accuracies, pretext, full, commonest, images, networks } = finding
  const lines = drawLayerLines(
    {
      title: 'What can be read off each layer',
      layers,
      lines: kinds.map(kind => ({ name: names[kind], values: accuracies[kind], faint: kind === 'random' })),
      chance: commonest,
      chanceName: 'commonest class',
    },
    serverDocument(),
  )
  const filters = drawSheet({
    title: 'Filters of the first layer',
    rows: await Promise.all(
      kinds.map(async kind => ({
        label: names[kind],
        tiles: await Promise.all(
          filtersOf(networks[kind])
            .slice(0, 2 * across)
            .map(async filter => ({ image: await dataUri(filter) })),
        ),
      })),
    ),
    size: 44,
  })
  const sheet = drawSheet({
    title: 'Crops of the image',
    rows: await Promise.all(
      Array.from({ length: Math.ceil(finding.crops.length / across) }, async (_, row) => ({
        tiles: await Promise.all(
          finding.crops
            .slice(row * across, (row + 1) * across)
            .map(async crop => ({ image: await dataUri(crop) })),
        ),
      })),
    ),
    size: 72,
  })
  const chance = 1 / (method === 'rotation' ? 4 : clusters)
  const cells = (layer: number) => kinds.map(kind => spread(accuracies[kind][layer]))
  return {
    drawings: { probes: lines, filters, crops: sheet },
    report: {
      title: 'One image',
      summary: `What ${method === 'rotation' ? 'naming quarter turns' : 'naming clusters'} of ${crops.toLocaleString('en')} crops of a single image teaches each layer of a network, beside all ${images.train.toLocaleString('en')} images of the data and beside their labels.`,
      figures: [
        {
          label: `${method} on the image (chance ${percent(chance)})`,
          value: percent(meanOf(pretext.map(({ accuracy }) => accuracy))),
        },
        {
          label: `its loss in the last epoch (guessing: ${Math.log(1 / chance).toFixed(3)})`,
          value: meanOf(pretext.map(({ loss }) => loss)).toFixed(3),
        },
        { label: `seed${seeds > 1 ? 's' : ''}`, value: String(seeds) },
      ],
      sections: [
        {
          title: 'By layer',
          parts: [
            {
              kind: 'figure',
              svg: lines,
              caption: `Linear classifiers on each layer, trained on ${images.train.toLocaleString('en')} labelled images and tested on ${images.test.toLocaleString('en')} others. Dotted grey: random weights; blue: one image; orange: full data; red: supervised.${seeds > 1 ? ` Means over ${seeds} seeds; bars from the lowest to the highest.` : ''}`,
            },
            {
              kind: 'table',
              columns: ['layer', ...kinds.map(kind => names[kind])],
              rows: layers.map((layer, at) => [layer, ...cells(at)]),
            },
            { kind: 'text', text: learnedWords('crops of the image', pretext, chance) },
            { kind: 'text', text: learnedWords('images of the data', full, chance) },
          ],
        },
        {
          title: 'First layer',
          parts: [
            {
              kind: 'figure',
              svg: filters,
              caption: 'Each filter on a scale of its own, grey is 0. Of the first seed.',
            },
          ],
        },
        {
          title: 'The image',
          parts: [
            {
              kind: 'figure',
              svg: sheet,
              caption: `${finding.crops.length} of ${crops.toLocaleString('en')} crops, as the network is given them.`,
            },
          ],
        },
      ],
    },
  }
}

/** Of the way from chance to every answer right: below it the method has not learned its own question. */
const leastLearned = 0.1

/** Whether a method has learned its own question: without that, its probes say nothing. */
export function learnedWords(source: string, trainings: readonly Answered[], chance: number): string {
  const [accuracy, loss] = [
    meanOf(trainings.map(training => training.accuracy)),
    meanOf(trainings.map(training => training.loss)),
  ]
  const guessed = Math.log(1 / chance)
  // Of few images none are held out.
  const isKnown = !Number.isNaN(accuracy)
  const figures = isKnown
    ? `it answers ${percent(accuracy)} of held-out ones right, where chance is ${percent(chance)}`
    : `the loss of the last epoch is ${loss.toFixed(3)}, where guessing gives ${guessed.toFixed(3)}`
  const way = isKnown ? (accuracy - chance) / (1 - chance) : 1 - loss / guessed
  return way > leastLearned
    ? `On ${source} the method learned its own question: ${figures}.`
    : `On ${source} the method learned next to nothing, so its probes say nothing either: ${figures}. More --epochs or --steps may help.`
}

function spread(values: readonly number[]): string {
  const mean = meanOf(values)
  if (values.length < 2) return percent(mean)
  return `${percent(mean)} (${percent(Math.min(...values))} to ${percent(Math.max(...values))})`
}

/** The kernels of the first convolution that see colours, as images. */
function filtersOf({ parameters }: Network): Picture[] {
  const kernel = [...parameters.values()].find(({ shape }) => shape.length === 4 && shape[1] === 3)
  if (!kernel) return []
  const [count, , height, width] = kernel.shape
  const values = floats(kernel)
  return Array.from({ length: count }, (_, filter) => {
    const own = values.subarray(filter * 3 * height * width, (filter + 1) * 3 * height * width)
    const most = own.reduce((a, b) => Math.max(a, Math.abs(b)), 1e-12)
    const data = new Uint8Array(3 * height * width)
    for (let at = 0; at < height * width; at++)
      for (let channel = 0; channel < 3; channel++)
        data[3 * at + channel] = Math.round(127.5 + (127.5 * own[channel * height * width + at]) / most)
    return { width, height, data }
  })
}
