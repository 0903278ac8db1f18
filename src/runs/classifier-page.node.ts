/**
 * What the page of a classifier shows: which classes are taken for which, and the mistakes that it was most certain of.
 * Few classes are drawn as a whole matrix; of many, those that are confused most, and a table of the commonest mistakes.
 */
import { percent } from '../base/percent.ts'
import { pictureAt } from '../data/store.ts'
import { serverDocument } from '../figures/canvas.node.ts'
import { dataUri } from '../figures/files.node.ts'
import { drawConfusion } from '../figures/plots.ts'
import type { Part } from '../figures/report.ts'
import { type Classification, type ConfusionCell, classify, mistakesOf } from '../models/classification.ts'
import { type Drawn, scoredOn, type TrainedRun } from './page-parts.node.ts'
import { answersTo, type TrainingData } from './training-data.node.ts'

/** At most this many mistakes are shown; the page says of how many. */
const shownMistakes = 60
/** The names beside more rows than these are too small to read. */
const drawnClasses = 40
const listedPairs = 50
const listedClasses = 200

export async function drawClassifier({ data, network, engine }: TrainedRun): Promise<Drawn> {
  const indices = data.test.length ? data.test : data.train
  const { classes } = data.dataset
  const answers = await answersTo(engine, network, data, indices)
  const { predicted, probability } = answers
  const labels = indices.map(index => data.labels[index])
  const found = classify(predicted, classes.length, labels)
  const { drawing, parts } = confusionParts(classes, found, scoredOn(data))
  const wrong = Array.from(labels.keys())
    .filter(row => predicted[row] !== labels[row])
    .sort((a, b) => probability[b] - probability[a])
  const items = await Promise.all(
    wrong.slice(0, shownMistakes).map(async row => ({
      images: [await dataUri(pictureAt(data.store, indices[row]))],
      title: `predicted ${classes[predicted[row]]} (${(100 * probability[row]).toFixed(0)} %)`,
      lines: [`label: ${classes[labels[row]]}`, pathOf(data, indices[row])],
    })),
  )
  const gallery: Part = wrong.length
    ? { kind: 'gallery', items, total: wrong.length }
    : { kind: 'text', text: 'None.' }
  return {
    answers: { indices, answers },
    drawings: { confusion: drawing },
    sections: [
      { title: 'Classes', parts: [classTable(classes, found)] },
      { title: 'Confusion', parts },
      { title: 'Mistakes, the most certain first', parts: [gallery] },
    ],
  }
}

const pathOf = ({ dataset }: TrainingData, index: number): string => dataset.items[index].path

export function confusionParts(
  classes: readonly string[],
  { confusion, counts }: Pick<Classification, 'confusion' | 'counts'>,
  scored: string,
): { drawing: string; parts: Part[] } {
  const drawn = mostConfused(confusion, classes.length, drawnClasses)
  const place = new Map(drawn.map((label, at) => [label, at]))
  const drawing = drawConfusion(
    {
      title: `Confusion on the ${scored} images`,
      classes: drawn.map(label => classes[label]),
      totals: drawn.map(label => counts[label]),
      cells: confusion.flatMap(({ truth, predicted, count }) => {
        const [row, column] = [place.get(truth), place.get(predicted)]
        return row === undefined || column === undefined ? [] : [{ truth: row, predicted: column, count }]
      }),
    },
    serverDocument(),
  )
  const all = drawn.length === classes.length
  const which = all
    ? ''
    : ` The ${drawn.length} of ${classes.length} classes that take part in most mistakes.`
  const caption = `Rows are the true classes, columns the predicted ones; the colour is the share of the row.${which}`
  return {
    drawing,
    parts: [{ kind: 'figure', svg: drawing, caption }, ...(all ? [] : [commonest(classes, confusion)])],
  }
}

/** Precision, recall and F1 of each class that has images, the lowest F1 first. */
export function classTable(
  classes: readonly string[],
  { counts, perClass, precision, f1 }: Pick<Classification, 'counts' | 'perClass' | 'precision' | 'f1'>,
): Part {
  const seen = Array.from(classes.keys()).filter(label => counts[label] > 0)
  const rows = seen.sort((a, b) => (f1[a] ?? 0) - (f1[b] ?? 0)).slice(0, listedClasses)
  const left = seen.length - rows.length
  const shown = (share: number | null) => (share === null ? '–' : percent(share))
  return {
    kind: 'table',
    sortable: true,
    columns: [
      left > 0 ? `class (${left} better ones left out)` : 'class',
      'images',
      'precision',
      'recall',
      'F1',
    ],
    rows: rows.map(label => [
      classes[label],
      counts[label],
      shown(precision[label]),
      shown(perClass[label]),
      shown(f1[label]),
    ]),
  }
}

/** Up to `most` classes, those that take part in the most mistakes, in their own order; all where there are no more. */
export function mostConfused(cells: readonly ConfusionCell[], classes: number, most: number): number[] {
  const mistakes = new Int32Array(classes)
  for (const { truth, predicted, count } of mistakesOf(cells)) {
    mistakes[truth] += count
    mistakes[predicted] += count
  }
  return Array.from(mistakes.keys())
    .sort((a, b) => mistakes[b] - mistakes[a])
    .slice(0, most)
    .sort((a, b) => a - b)
}

function commonest(classes: readonly string[], cells: readonly ConfusionCell[]): Part {
  const pairs = mistakesOf(cells)
  const left = pairs.length - listedPairs
  return {
    kind: 'table',
    columns: ['label', 'predicted', left > 0 ? `times (${left} rarer pairs left out)` : 'times'],
    rows: pairs
      .slice(0, listedPairs)
      .map(({ truth, predicted, count }) => [classes[truth], classes[predicted], count]),
  }
}
