/** The page of a pretext task: how well the forms are recognised, beside what else separates them, and by what. */
import { percent } from '../../base/percent.ts'
import { drawAccuracies, drawCrossed } from '../../figures/accuracies.ts'
import { serverDocument } from '../../figures/canvas.node.ts'
import type { Part, Report } from '../../figures/report.ts'
import { classify } from '../../models/classification.ts'
import { confusionParts } from '../../runs/classifier-page.node.ts'
import type { PretextFinding } from '../../runs/pretext/carry-out.node.ts'
import type { ControlCell } from '../../runs/pretext/controls.node.ts'
import type { Engine } from '../../runtime/engine.ts'
import { drawGivenAway } from './given-away.node.ts'
import { canBeTold, verdict } from './verdict.ts'

export async function drawPretext(
  engine: Engine,
  finding: PretextFinding,
): Promise<{ report: Omit<Report, 'footer'>; drawings: Record<string, string> }> {
  const { task, accuracies, accuracy, interval, chance, baselines, controls } = finding
  const accuracyPlot = drawAccuracies(
    {
      title: `${task.name}: ${task.question}`,
      chance,
      conditions: [
        { name: 'the network', values: accuracies, interval },
        { name: 'its features before training', values: [baselines.random] },
        { name: 'pixels at 16 × 16', values: [baselines.pixels] },
        { name: 'histogram of colours', values: [baselines.colours] },
        { name: 'shuffled labels', values: [baselines.shuffled] },
      ],
    },
    serverDocument(),
  )
  const crossed = controls && drawControls(controls, chance)
  const sheet = await drawGivenAway(engine, finding)
  const confusion = drawnConfusion(finding)
  const list = (texts: readonly string[]): Part => ({
    kind: 'table',
    columns: [],
    rows: texts.map(text => [text]),
  })
  return {
    drawings: {
      accuracy: accuracyPlot,
      ...(crossed && { controls: crossed }),
      ...(sheet && { maps: sheet }),
      confusion: confusion.drawing,
    },
    report: {
      title: `Pretext task: ${task.name}`,
      summary: `${task.question[0].toUpperCase()}${task.question.slice(1)} Every image appears in ${task.classes.length} forms, so chance is exactly ${percent(chance)}.`,
      figures: [
        {
          label: `accuracy over ${accuracies.length} seed${accuracies.length > 1 ? 's' : ''}`,
          value: percent(accuracy),
        },
        { label: 'chance', value: percent(chance) },
        { label: 'verdict', value: canBeTold(finding) ? 'recognisable' : 'not recognisable' },
      ],
      sections: [
        {
          title: 'Does the network recognise it?',
          parts: [
            ...verdict(finding).map((text): Part => ({ kind: 'text', text })),
            {
              kind: 'figure',
              svg: accuracyPlot,
              caption:
                'Each dot is a training; the bar is the 95 % interval of their mean. Below, linear classifiers that see less, and the same network with the forms of its training images named at random.',
            },
          ],
        },
        {
          title: 'By what?',
          parts: [
            ...(sheet
              ? [
                  {
                    kind: 'figure' as const,
                    svg: sheet,
                    caption:
                      'Held-out images that the network of the first seed was most certain of, each in the form that it was shown, and the places that speak for the answer.',
                  },
                ]
              : [{ kind: 'text' as const, text: 'This network does not end in maps, so there are none.' }]),
            ...confusion.parts,
            ...sourceParts(finding),
          ],
        },
        ...(crossed
          ? [
              {
                title: 'Controls',
                parts: [
                  {
                    kind: 'figure' as const,
                    svg: crossed,
                    caption:
                      'Noise images have no content. What a linear classifier on the statistics of pixel neighbours tells on them, the processing gives away. Random crops hide what demosaicing or JPEG leaves alone; what both leave together they do not hide.',
                  },
                ],
              },
            ]
          : []),
        {
          title: 'Shortcuts',
          parts: [
            { kind: 'text', text: 'What can give the answer away besides the content:' },
            list(task.shortcuts),
            { kind: 'text', text: 'What exposes it:' },
            list(task.controls),
          ],
        },
      ],
    },
  }
}

function drawnConfusion({ task, first: { data, answers, images } }: PretextFinding) {
  const labels = images.map(index => data.labels[index])
  return confusionParts(task.classes, classify(answers.predicted, task.classes.length, labels), 'held-out')
}

/** Classes shown at either end, where there are many. */
const shownSources = 10

function sourceParts({ perSource }: PretextFinding): Part[] {
  if (perSource.length < 2) return []
  const few = perSource.length <= 2 * shownSources
  const rows = few ? perSource : [...perSource.slice(0, shownSources), ...perSource.slice(-shownSources)]
  return [
    {
      kind: 'text',
      text: `Accuracy of the first seed within ${few ? 'the classes of the data' : `the ${shownSources} best and the ${shownSources} worst of ${perSource.length} classes of the data`}.`,
    },
    {
      kind: 'table',
      columns: ['class', 'accuracy', 'images in all forms'],
      rows: rows.map(({ source, accuracy, images }) => [source, percent(accuracy), images]),
    },
  ]
}

function drawControls(cells: readonly ControlCell[], chance: number): string {
  const processing = ({ demosaic, jpeg }: ControlCell) =>
    demosaic ? (jpeg ? 'both' : 'demosaicing') : jpeg ? 'JPEG' : 'no processing'
  return drawCrossed(
    {
      title: 'Accuracy on noise images',
      chance,
      cells: [...cells]
        .sort((a, b) => Number(a.crop) - Number(b.crop))
        .map(cell => ({
          row: `${processing(cell)}, ${cell.crop ? 'random crops' : 'whole image'}`,
          column: `${cell.width} px`,
          accuracy: cell.accuracy,
        })),
    },
    serverDocument(),
  )
}
