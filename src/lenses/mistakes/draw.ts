/** The page of mistakes: a section for each pair of classes that is often confused, and one for the others. */
import { largest, smallest } from '../../base/extremes.ts'
import { percent } from '../../base/percent.ts'
import { drawColourBar } from '../../figures/colour-bar.ts'
import type { GalleryItem, Part } from '../../figures/report.ts'
import { drawSheet, rightColour, wrongColour } from '../../figures/sheet.ts'
import { methodTitles } from '../cam/methods.ts'
import type { Canvas, Drawing } from '../lens.ts'
import { describeGrid, gridOnView, paintMap } from '../maps/painting.ts'
import type { Mistake, MistakesResult, ShownMistake, Twins } from './result.ts'
import { pairsOf } from './run.ts'

/** A pair with fewer mistakes has no section of its own. */
const ownSection = 3
/** Rows of the tables, and of the sheet that lies beside the page. */
const listedPairs = 20
const listedTwins = 50
const onSheet = 8
const ofPair = 2

/** A mistake and the data URIs of its images. */
interface Drawn {
  mistake: ShownMistake
  photo: string
  /** of the predicted and of the true class */
  warm: [string, string]
  neighbours: string[]
}

export async function draw(result: MistakesResult, { embed }: Canvas): Promise<Drawing> {
  const { mistakes, shown, colours, size, twins } = result
  const drawn: Drawn[] = await Promise.all(
    shown.map(async mistake => {
      const placed = gridOnView(mistake.grid, size, mistake.view)
      const values = mistake.maps.flatMap(map => Array.from(map))
      const scale = { low: smallest(values), high: largest(values) }
      const heat = (map: Float32Array) => embed(paintMap(mistake.view, map, placed, { colours, ...scale }))
      return {
        mistake,
        photo: await embed(mistake.view),
        warm: [await heat(mistake.maps[0]), await heat(mistake.maps[1])],
        neighbours: await Promise.all(mistake.neighbours.map(view => embed(view))),
      }
    }),
  )
  const suspects = drawn
    .filter(({ mistake }) => mistake.suspect)
    .sort((a, b) => marginOf(b.mistake) - marginOf(a.mistake))
  const totals = new Map(pairsOf(mistakes).map(pair => [titleOf(pair), pair.mistakes.length]))
  const pairs = pairsOf(drawn.map(each => ({ ...each, ...namesOf(each.mistake) })))
  const large = pairs.filter(pair => totals.get(titleOf(pair))! >= ownSection)
  const small = pairs.filter(pair => !large.includes(pair)).flatMap(pair => pair.mistakes)
  const bar = {
    title: 'Heat, one scale for both maps of an image',
    colours,
    ends: ['lowest value', 'highest value'] as [string, string],
  }
  return {
    report: {
      summary: summaryOf(result),
      figures: [
        { label: 'mistakes', value: String(mistakes.length) },
        { label: `accuracy on ${result.images} images`, value: percent(result.accuracy) },
        { label: 'labels that may be wrong', value: String(countSuspects(mistakes)) },
        { label: 'images with a near-duplicate among the training images', value: String(twins.length) },
      ],
      sections: [
        {
          title: 'Which classes are confused',
          parts: [...pairsTable(mistakes), ...readingHelp(result, drawColourBar(bar))],
        },
        ...(suspects.length
          ? [
              {
                title: 'Labels that may be wrong',
                parts: [
                  text(
                    'The network is at least as certain of its answer as it is on average of images with that label, and most of the nearest training images agree with it. The clearest cases stand first.',
                  ),
                  gallery(suspects, countSuspects(mistakes)),
                ],
              },
            ]
          : []),
        ...large.map(pair => ({
          title: titleOf(pair),
          parts: [gallery(pair.mistakes, totals.get(titleOf(pair))!)],
        })),
        ...(small.length
          ? [
              {
                title: large.length ? 'Rarer pairs' : 'All mistakes',
                parts: [gallery(small, mistakes.filter(isRare(totals)).length)],
              },
            ]
          : []),
        ...twinSection(twins),
      ],
    },
    pictures: {
      mistakes: drawSheet({
        title: drawn.length ? 'Mistakes of the most frequent pairs' : 'No mistakes',
        columns: ['the image', 'for the answer', 'for the label', 'nearest in training'],
        rows: forSheet(pairs).map(each => ({
          label: `${titleOf(each.mistake)}: ${percent(each.mistake.probability, 0).replace(' ', '\u00a0')}`,
          tiles: [
            { image: each.photo, frame: wrongColour },
            ...each.warm.map(image => ({ image })),
            ...each.neighbours.slice(0, 3).map((image, at) => ({
              image,
              caption: [each.mistake.nearest[at].label],
              frame: frameOf(each.mistake, each.mistake.nearest[at].label),
            })),
          ],
        })),
        size: 120,
        bar,
      }),
    },
    lists: { mistakes: listOf(mistakes) },
  }
}

/** The most certain ones of each pair. */
const forSheet = (pairs: readonly { mistakes: readonly Drawn[] }[]): Drawn[] =>
  pairs.flatMap(({ mistakes }) => mistakes.slice(0, ofPair)).slice(0, onSheet)

/** How much more probable the network finds its answer than the label. */
const marginOf = ({ probability, labelProbability }: Mistake): number => probability - labelProbability

const namesOf = ({ label, predicted }: Mistake) => ({ label, predicted })

const titleOf = ({ label, predicted }: { label: string; predicted: string }): string =>
  `${label}, taken for ${predicted}`

const isRare = (totals: ReadonlyMap<string, number>) => (mistake: Mistake) =>
  totals.get(titleOf(mistake))! < ownSection

const countSuspects = (mistakes: readonly Mistake[]): number =>
  mistakes.filter(({ suspect }) => suspect).length

const text = (words: string): Part => ({ kind: 'text', text: words })

function summaryOf({ mistakes, images, split, pair }: MistakesResult): string {
  const which = split === 'all' ? 'images' : `${split} images`
  if (pair) return `${mistakes.length} of ${images} ${which} are ${pair.label}, taken for ${pair.predicted}.`
  if (mistakes.length === 0) return `All ${images} ${which} are classified correctly.`
  const [most] = pairsOf(mistakes)
  return `${mistakes.length} of ${images} ${which} are taken for another class, most often ${most.label} for ${most.predicted} (${most.mistakes.length} times).`
}

function pairsTable(mistakes: readonly Mistake[]): Part[] {
  const pairs = pairsOf(mistakes)
  if (pairs.length === 0) return [text('There is nothing to show.')]
  const left = pairs.length - listedPairs
  return [
    {
      kind: 'table',
      columns: ['label', 'taken for', 'times', 'mean probability of the answer', 'labels that may be wrong'],
      rows: pairs
        .slice(0, listedPairs)
        .map(({ label, predicted, mistakes: own }) => [
          label,
          predicted,
          own.length,
          percent(own.reduce((sum, { probability }) => sum + probability, 0) / own.length),
          countSuspects(own),
        ]),
    },
    ...(left > 0 ? [text(`showing ${listedPairs} of ${pairs.length} pairs; mistakes.csv has all`)] : []),
  ]
}

function readingHelp({ method, size, shown, mistakes, training }: MistakesResult, bar: string): Part[] {
  if (shown.length === 0) return []
  const [{ grid }] = shown
  const maps = method === 'cam' ? 'class activation map' : `${methodTitles[method]} map`
  const near = training
    ? ' Below them are the nearest training images by the pooled features, framed green where their class is the label of the image, red where it is the answer.'
    : ' The data has no training images to compare with.'
  return [
    text(
      `Each card shows what the network saw, the ${maps} of its answer and that of the label.${near}${shown.length < mistakes.length ? ` The page shows ${shown.length} of ${mistakes.length} mistakes; --most shows more.` : ''}`,
    ),
    { kind: 'figure', svg: bar },
    ...describeGrid(grid, size).map(text),
  ]
}

const gallery = (drawn: readonly Drawn[], total: number): Part => ({
  kind: 'gallery',
  items: drawn.map(itemOf),
  total,
  wide: true,
})

function itemOf({ mistake, photo, warm, neighbours }: Drawn): GalleryItem {
  const { path, label, predicted, probability, labelProbability, nearest, nearDuplicate, suspect } = mistake
  return {
    images: [photo, ...warm],
    names: ['the image', `for ${predicted}`, `for ${label}`],
    title: `${label}, taken for ${predicted}`,
    lines: [
      `${predicted} ${percent(probability)}, ${label} ${percent(labelProbability)}${suspect ? '; the label may be wrong' : ''}`,
      ...(nearDuplicate
        ? [`a near-duplicate is among the training images, as ${nearDuplicate.label}: ${nearDuplicate.path}`]
        : []),
      path,
    ],
    ...(nearest.length && {
      strip: {
        title: 'nearest training images',
        images: neighbours.map((image, at) => ({
          image,
          title: `${nearest[at].label}, ${nearest[at].path}, cosine ${nearest[at].cosine.toFixed(3)}`,
          name: nearest[at].label,
          frame: frameOf(mistake, nearest[at].label),
        })),
      },
    }),
  }
}

const frameOf = ({ label, predicted }: Mistake, neighbour: string): string | undefined =>
  neighbour === label ? rightColour : neighbour === predicted ? wrongColour : undefined

function twinSection(twins: readonly Twins[]): Drawing['report']['sections'] {
  if (twins.length === 0) return []
  const sorted = twins.toSorted((a, b) => b.correlation - a.correlation)
  const torn = sorted.filter(({ of, label }) => of.label !== label)
  return [
    {
      title: 'Near-duplicates among the training images',
      parts: [
        text(
          `${twins.length} of the classified images are nearly the same as a training image, by the correlation of their brightness: the test is easier than it looks.${torn.length ? ` ${torn.length} of them stand under another label there, so one of the two labels is wrong.` : ''}`,
        ),
        {
          kind: 'table',
          columns: ['image', 'label', 'training image', 'label there', 'correlation'],
          rows: [...torn, ...sorted.filter(twin => !torn.includes(twin))]
            .slice(0, listedTwins)
            .map(({ of, path, label, correlation }) => [
              of.path,
              of.label,
              path,
              label,
              correlation.toFixed(3),
            ]),
        },
        ...(twins.length > listedTwins ? [text(`showing ${listedTwins} of ${twins.length}`)] : []),
      ],
    },
  ]
}

/** All mistakes, for a table of one's own. */
const listOf = (mistakes: readonly Mistake[]) => ({
  columns: [
    'path',
    'label',
    'predicted',
    'probability',
    'label_probability',
    'suspect',
    'nearest',
    'nearest_label',
    'nearest_cosine',
    'near_duplicate',
    'near_duplicate_label',
  ],
  rows: mistakes.map(
    ({
      path,
      label,
      predicted,
      probability,
      labelProbability,
      suspect,
      nearest: [nearest],
      nearDuplicate,
    }) => [
      path,
      label,
      predicted,
      probability,
      labelProbability,
      suspect ? 'yes' : 'no',
      nearest?.path ?? '',
      nearest?.label ?? '',
      nearest?.cosine ?? '',
      nearDuplicate?.path ?? '',
      nearDuplicate?.label ?? '',
    ],
  ),
})
