/** The page of `evaluate`: how good a model is on a split, class by class or rank by rank. */
import { percent } from '../base/percent.ts'
import { withoutFolders } from '../base/without-folders.ts'
import type { Report } from '../figures/report.ts'
import { classTable, confusionParts } from './classifier-page.node.ts'
import type { ClassifierScore, EmbeddingScore } from './evaluate.node.ts'
import type { DrawnRun } from './report.node.ts'

interface Of {
  model: string
  data: string
  split: string
}

export const drawEvaluation = (score: ClassifierScore | EmbeddingScore, of: Of): DrawnRun =>
  score.kind === 'classes' ? drawClasses(score, of) : drawRetrieval(score, of)

const whatOf = ({ model, data, split }: Of, images: number) =>
  `${withoutFolders(model)} on ${images} images of ${withoutFolders(data)}${split === 'all' ? '' : `, split ${split}`}.`

function drawClasses(score: ClassifierScore, of: Of): DrawnRun {
  const { classes, images, accuracy, macroF1 } = score
  const { drawing, parts } = confusionParts(classes, score, of.split === 'all' ? 'scored' : of.split)
  return {
    report: {
      title: 'Evaluation of a classifier',
      summary: `${whatOf(of, images)} Precision is the share of the answers for a class that are right, recall the share of its images that are recognised.`,
      figures: [
        { label: 'accuracy', value: percent(accuracy) },
        { label: 'mean F1 of the classes', value: percent(macroF1) },
      ],
      sections: [
        { title: 'Classes', parts: [classTable(classes, score)] },
        { title: 'Confusion', parts },
      ],
    },
    drawings: { confusion: drawing },
  }
}

function drawRetrieval(score: EmbeddingScore, of: Of): DrawnRun {
  const { recall, queries } = score
  const named: Record<string, number | undefined> = {
    ...Object.fromEntries(Object.entries(recall).map(([k, share]) => [`recall at ${k}`, share])),
    'R-precision': score.rPrecision,
    'MAP@R': score.mapAtR,
    MAP: score.map,
    MRR: score.mrr,
    NMI: score.nmi,
    AMI: score.ami,
  }
  const rows = Object.entries(named).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, percent(value, 2)]],
  )
  const sections: Report['sections'] = [
    { title: 'Measures', parts: [{ kind: 'table', columns: ['measure', 'value'], rows }] },
  ]
  return {
    report: {
      title: 'Evaluation of an embedding',
      summary: `${whatOf(of, queries)} Recall at K: the share of images with a classmate among the K nearest.`,
      figures: rows.slice(0, 1).map(([label, value]) => ({ label, value })),
      sections,
    },
    drawings: {},
  }
}
