/**
 * predictions.csv of a finished classifier: what it says of every image that it is scored on, at its best epoch. From it
 * come the cells of a confusion matrix that open their images.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { encodeCsv } from '../base/csv.ts'
import { GlasshouseError } from '../base/errors.ts'
import { readRegular, writeInside } from '../base/files.node.ts'
import type { Split } from '../data/dataset.ts'
import { rowReader } from '../data/separated.ts'
import { decodeText } from '../data/text.ts'
import type { Answers } from '../models/classification.ts'
import { readRecord } from './folder.node.ts'
import type { TrainingData } from './training-data.node.ts'

export const predictionsName = 'predictions.csv'

export interface Prediction {
  path: string
  /** indices into the classes */
  truth: number
  predicted: number
  /** of the predicted class */
  probability: number
}

export interface Predictions {
  classes: string[]
  split: Split
  /** the data of the run: paths start there */
  data: string
  items: Prediction[]
}

const columns = ['path', 'label', 'predicted', 'probability', 'split'] as const

/** @param answers of the images at `indices` */
export async function writePredictions(
  folder: string,
  { dataset: { items, classes }, labels, test }: TrainingData,
  indices: Int32Array,
  { predicted, probability }: Answers,
): Promise<void> {
  const split = test.length ? 'test' : 'train'
  const rows = Array.from(indices, (index, row) => [
    items[index].path,
    classes[labels[index]],
    classes[predicted[row]],
    Number(probability[row].toFixed(6)),
    split,
  ])
  await writeInside(folder, predictionsName, encodeCsv({ columns, rows }))
}

/** What the classifier of a run says; undefined where it has not finished, or was trained before this file was written. */
export async function readPredictions(folder: string): Promise<Predictions | undefined> {
  const path = join(folder, predictionsName)
  if (!existsSync(path)) return undefined
  const { data, head } = await readRecord(folder)
  const classes = [...(head.kind === 'classes' ? head.classes : data.classes)]
  const places = new Map(classes.map((name, label) => [name, label]))
  const items: Prediction[] = []
  let split: Split = 'test'
  let isHeader = true
  const damaged = (what: string, line: number) =>
    new GlasshouseError({ code: 'list-row', what, where: `${path}, line ${line}` })
  const { read, end } = rowReader(',', path, (cells, line) => {
    if (isHeader) {
      isHeader = false
      if (cells.join() !== columns.join()) throw damaged('these are not the columns of predictions', line)
      return
    }
    const [image, truth, predicted] = [cells[0], places.get(cells[1]), places.get(cells[2])]
    const probability = Number(cells[3])
    if (truth === undefined || predicted === undefined || !(probability >= 0 && probability <= 1))
      throw damaged('this row names a class that the run does not have, or no probability', line)
    if (cells[4] === 'train') split = 'train'
    items.push({ path: image, truth, predicted, probability })
  })
  read(decodeText(await readRegular(path), path))
  end()
  return { classes, split, data: data.path, items }
}
