/** The page of a training run: curves; confusion and mistakes of a classifier; retrieval by an embedding. */

import type { Picture } from '../base/picture.ts'
import { random } from '../base/random.ts'
import { normaliseRows } from '../embedding/retrieval.ts'
import { serverDocument } from '../figures/canvas.node.ts'
import { dataUri } from '../figures/files.node.ts'
import { drawConfusion, drawCurves, type Series } from '../figures/plots.ts'
import type { Part, Report } from '../figures/report.ts'
import { drawSheet, rightColour, type Tile, wrongColour } from '../figures/sheet.ts'
import { classify, probabilities } from '../models/classification.ts'
import type { Network } from '../nets/network.ts'
import type { Engine } from '../runtime/engine.ts'
import { choiceOf, type EpochLine, type LogLine, type RunRecord, type StepLine } from './record.ts'
import { outputsOf, type TrainingData } from './training-data.node.ts'

export interface TrainedRun {
  record: RunRecord
  log: readonly LogLine[]
  data: TrainingData
  /** at its best epoch */
  network: Network
  engine: Engine
}

/** A page, and the drawings that are written beside it, by name. */
export interface DrawnRun {
  report: Omit<Report, 'footer'>
  drawings: Record<string, string>
}

export async function drawRun(run: TrainedRun): Promise<DrawnRun> {
  const { record } = run
  const curves = drawTrainingCurves(run.log, scoredOn(run.data))
  const { drawings, sections } =
    record.head.kind === 'classes' ? await drawClassifier(run) : await drawEmbedding(run)
  const score = record.best ? `${(100 * record.best.score).toFixed(1)} %` : '–'
  const what = record.head.kind === 'classes' ? 'accuracy' : 'recall at 1'
  return {
    report: {
      title: record.head.kind === 'classes' ? 'A trained classifier' : 'A trained embedding',
      summary: `${record.net}, ${record.objective}, ${record.preprocessing.size} pixels, ${record.data.classes.length} classes, ${imagesOf(record)}. ${sentence(choiceOf(record))}`,
      figures: [
        { label: `best ${what} (epoch ${record.best?.epoch ?? 0})`, value: score },
        { label: 'epochs', value: String(record.epochs) },
      ],
      sections: [
        { title: 'Training', parts: Object.values(curves).map(svg => ({ kind: 'figure', svg })) },
        ...sections,
      ],
    },
    drawings: { ...curves, ...drawings },
  }
}

function imagesOf({ data: { images } }: RunRecord): string {
  const val = images.val ? `, ${images.val} to choose the epoch` : ''
  return `${images.train} images to train${val} and ${images.test} to test`
}

const sentence = (text: string) => `${text[0].toUpperCase()}${text.slice(1)}.`

/** Which images the scores are of. */
const scoredOn = ({ test }: TrainingData): string => (test.length ? 'test' : 'training')

/** Loss per step, raw and smoothed; score per epoch, on the images that `scored` names. */
export function drawTrainingCurves(log: readonly LogLine[], scored = 'test'): Record<string, string> {
  const document = serverDocument()
  const steps = log.filter((line): line is StepLine => line.kind === 'step')
  const epochs = log.filter((line): line is EpochLine => line.kind === 'epoch')
  const raw = thin(
    steps.map(({ step, loss }) => ({ x: step, y: loss })),
    1500,
  )
  const loss: Series[] = [
    { name: 'loss', points: raw, faint: true },
    { name: 'loss', points: smooth(raw) },
  ]
  const score: Series[] = [
    {
      name: 'accuracy',
      points: epochs.flatMap(({ epoch, accuracy }) =>
        accuracy === undefined ? [] : [{ x: epoch, y: accuracy }],
      ),
    },
    {
      name: 'on the validation images',
      points: epochs.flatMap(({ epoch, val }) => {
        const y = val?.accuracy ?? val?.recall?.['1']
        return y === undefined ? [] : [{ x: epoch, y }]
      }),
    },
    ...['1', '8'].map(k => ({
      name: `recall at ${k}`,
      points: epochs.flatMap(({ epoch, recall }) => (recall ? [{ x: epoch, y: recall[k] }] : [])),
    })),
  ].filter(({ points }) => points.length)
  return {
    loss: drawCurves({ title: 'Training loss', x: 'step', y: 'loss', series: loss }, document),
    score: drawCurves(
      {
        title: `Score on the ${scored} images`,
        x: 'epoch',
        y: 'share (%)',
        series: score,
        percent: true,
        range: [0, 1],
      },
      document,
    ),
  }
}

interface XY {
  x: number
  y: number
}

/** Means of equal stretches, so that a plot holds no more points than it has pixels. */
function thin(points: readonly XY[], most: number): XY[] {
  const stretch = Math.ceil(points.length / most)
  return Array.from({ length: Math.ceil(points.length / stretch) }, (_, i) => {
    const part = points.slice(i * stretch, (i + 1) * stretch)
    return { x: part[0].x, y: part.reduce((sum, { y }) => sum + y, 0) / part.length }
  })
}

/** Exponential moving average over about a thirtieth of the curve, freed of its start (as Adam's). */
function smooth(points: readonly XY[]): XY[] {
  const keep = 1 - 1 / Math.max(2, points.length / 30)
  let mean = 0
  return points.map(({ x, y }, i) => {
    mean = keep * mean + (1 - keep) * y
    return { x, y: mean / (1 - keep ** (i + 1)) }
  })
}

interface Drawn {
  drawings: Record<string, string>
  sections: Report['sections'][number][]
}

/** At most this many mistakes are shown; the page says of how many. */
const shownMistakes = 60

async function drawClassifier({ data, network, engine }: TrainedRun): Promise<Drawn> {
  const indices = data.test.length ? data.test : data.train
  const { classes } = data.dataset
  const logits = await outputsOf(engine, network, data, indices)
  const labels = indices.map(index => data.labels[index])
  const { confusion, predicted } = classify(logits, classes.length, labels)
  const drawing = drawConfusion(
    { title: `Confusion on the ${scoredOn(data)} images`, classes, counts: confusion },
    serverDocument(),
  )
  const mistakes = Array.from(indices, (index, row) => ({
    index,
    row,
    share: probabilities(logits.subarray(row * classes.length, (row + 1) * classes.length))[predicted[row]],
  }))
    .filter(({ row }) => predicted[row] !== labels[row])
    .sort((a, b) => b.share - a.share)
  const items = await Promise.all(
    mistakes.slice(0, shownMistakes).map(async ({ index, row, share }) => ({
      images: [await dataUri(storedPicture(data, index))],
      title: `${classes[predicted[row]]} (${(100 * share).toFixed(0)} %)`,
      lines: [`it is ${classes[labels[row]]}`, data.dataset.items[index].path],
    })),
  )
  const gallery: Part = mistakes.length
    ? { kind: 'gallery', items, total: mistakes.length }
    : { kind: 'text', text: 'None.' }
  return {
    drawings: { confusion: drawing },
    sections: [
      {
        title: 'Confusion',
        parts: [
          {
            kind: 'figure',
            svg: drawing,
            caption:
              'Rows are the true classes, columns what the network said; colour is the share of the row.',
          },
        ],
      },
      { title: 'Mistakes, the most certain first', parts: [gallery] },
    ],
  }
}

const storedPicture = ({ store }: TrainingData, index: number): Picture => ({
  width: store.size,
  height: store.size,
  data: store.picture(index),
})

const shownQueries = 8
const shownNeighbours = 8

/** Some test images, each with its nearest neighbours. */
async function drawEmbedding({ record, data, network, engine }: TrainedRun): Promise<Drawn> {
  const indices = data.test.length ? data.test : data.train
  const vectors = await outputsOf(engine, network, data, indices)
  const dim = vectors.length / indices.length
  const unit = normaliseRows(vectors, dim)
  const queries = random(record.seed, 'queries').shuffle(Array.from(indices.keys())).slice(0, shownQueries)
  const tile = async (row: number, caption: string[], frame?: string): Promise<Tile> => ({
    image: await dataUri(storedPicture(data, indices[row])),
    caption,
    frame,
  })
  const nameOf = (row: number) => data.dataset.classes[data.labels[indices[row]]]
  const rows = await Promise.all(
    queries.map(async query => {
      const similarity = Float64Array.from(indices, (_, row) => dot(unit, query, row, dim))
      const nearest = Array.from(indices.keys())
        .filter(row => row !== query)
        .sort((a, b) => similarity[b] - similarity[a])
        .slice(0, shownNeighbours)
      const found = nearest.map(row =>
        tile(
          row,
          [nameOf(row), similarity[row].toFixed(3)],
          nameOf(row) === nameOf(query) ? rightColour : wrongColour,
        ),
      )
      return { tiles: [await tile(query, [nameOf(query), 'query']), ...(await Promise.all(found))] }
    }),
  )
  const columns = ['query', ...Array.from({ length: shownNeighbours }, (_, rank) => `${rank + 1}`)]
  const sheet = drawSheet({ title: `Nearest ${scoredOn(data)} images`, rows, columns, size: 104 })
  return {
    drawings: { retrieval: sheet },
    sections: [
      {
        title: 'Retrieval',
        parts: [
          {
            kind: 'figure',
            svg: sheet,
            caption: `${shownQueries} of ${indices.length} ${scoredOn(data)} images, each with its nearest by cosine similarity; green frames share the query’s class.`,
          },
        ],
      },
    ],
  }
}

function dot(unit: Float32Array, a: number, b: number, dim: number): number {
  let sum = 0
  for (let i = 0; i < dim; i++) sum += unit[a * dim + i] * unit[b * dim + i]
  return sum
}
