/** The page of a training run: curves; confusion and mistakes of a classifier; retrieval by an embedding. */
import { percent } from '../base/percent.ts'
import type { DrawnPage } from '../figures/report.ts'
import { drawClassifier } from './classifier-page.node.ts'
import { drawTrainingCurves } from './curves.node.ts'
import { drawEmbedding } from './embedding-page.node.ts'
import { type Drawn, scoredOn, type TrainedRun } from './page-parts.node.ts'
import { choiceOf, type RunRecord } from './record.ts'

/** The page of a run, and what a classifier answered. */
export interface DrawnRun extends DrawnPage, Pick<Drawn, 'answers'> {}

export async function drawRun(run: TrainedRun): Promise<DrawnRun> {
  const { record } = run
  const curves = drawTrainingCurves(run.log, scoredOn(run.data))
  const { drawings, sections, answers } =
    record.head.kind === 'classes' ? await drawClassifier(run) : await drawEmbedding(run)
  const score = record.best ? percent(record.best.score) : '–'
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
    ...(answers && { answers }),
  }
}

function imagesOf({ data: { images } }: RunRecord): string {
  const val = images.val ? `, ${images.val} to choose the epoch` : ''
  return `${images.train} images to train${val} and ${images.test} to test`
}

const sentence = (text: string) => `${text[0].toUpperCase()}${text.slice(1)}.`
