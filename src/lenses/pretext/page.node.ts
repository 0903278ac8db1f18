/** The page of a pretext task: how well the forms are recognised, beside what else separates them, and by what. */
import { GlasshouseError } from '../../base/errors.ts'
import { percent } from '../../base/percent.ts'
import { drawAccuracies, drawCrossed } from '../../figures/accuracies.ts'
import { serverDocument } from '../../figures/canvas.node.ts'
import { drawPredicted } from '../../figures/predicted.ts'
import type { DrawnPage, Part } from '../../figures/report.ts'
import { classify } from '../../models/classification.ts'
import { confusionParts } from '../../runs/classifier-page.node.ts'
import type { PretextFinding } from '../../runs/pretext/carry-out.node.ts'
import type { ControlCell } from '../../runs/pretext/controls.node.ts'
import type { LensCell } from '../../runs/pretext/lens-control.node.ts'
import type { PartFinding } from '../../runs/pretext/parts.node.ts'
import type { Engine } from '../../runtime/engine.ts'
import { cuesOf, drawCue } from './cues.node.ts'
import { drawGivenAway } from './given-away.node.ts'
import { isRecognised, verdict } from './verdict.ts'

export async function drawPretext(
  engine: Engine,
  finding: PretextFinding,
  { cues: wanted, seed }: { cues: number; seed: number },
): Promise<DrawnPage> {
  const { task, accuracies, accuracy, interval, chance, baselines, controls } = finding
  const accuracyPlot = drawAccuracies(
    {
      title: `${task.name}: ${task.question}`,
      chance,
      conditions: [
        { name: 'the network', values: accuracies, interval, isMain: true },
        { name: 'its features before training', values: [baselines.random] },
        { name: 'pixels at 16 × 16', values: [baselines.pixels] },
        { name: 'histogram of colours', values: [baselines.colours] },
        { name: 'shuffled labels', values: [baselines.shuffled] },
      ],
    },
    serverDocument(),
  )
  const crossed = controls && drawControls(controls, chance)
  const lens = finding.lens && drawLens(finding.lens, chance)
  const away = await givenAway(engine, finding, wanted, seed)
  const parts = finding.parts && partsOf(finding.parts)
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
      ...(lens && { lens }),
      ...(parts && { parts: parts.drawing }),
      ...away?.drawings,
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
        { label: 'verdict', value: isRecognised(finding) ? 'recognisable' : 'not recognisable' },
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
            ...(away?.parts ?? [
              { kind: 'text' as const, text: 'This network does not end in maps, so there are none.' },
            ]),
            { kind: 'text', text: 'All answers on the held-out images:' },
            ...confusion.parts,
            ...sourceParts(finding),
          ],
        },
        ...(parts ? [{ title: 'Which part?', parts: parts.parts }] : []),
        ...(crossed
          ? [
              {
                title: 'Controls',
                parts: [
                  {
                    kind: 'figure' as const,
                    svg: crossed,
                    caption: `Noise images have no content. What a linear classifier on the statistics of neighbouring pixels recognises in them, the processing gives away, and chance is ${percent(chance)}. Random crops hide what demosaicing alone or JPEG alone leaves, but not what both leave together.`,
                  },
                  ...(lens
                    ? [
                        {
                          kind: 'figure' as const,
                          svg: lens,
                          caption:
                            'Scenes of noise look alike at all places. Through a lens (corners darker by the fourth power of the cosine at 35°, red larger and blue smaller by 0.2 %) a part shows where it was; without one it should not. By a linear classifier on 12 × 12 pixels of the same mean brightness.',
                        },
                      ]
                    : []),
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

/** The most certain answers, and clusters of what speaks for the answers; undefined where the network does not end in maps. */
async function givenAway(
  engine: Engine,
  finding: PretextFinding,
  wanted: number,
  seed: number,
): Promise<{ drawings: Record<string, string>; parts: Part[] } | undefined> {
  try {
    const maps = await drawGivenAway(engine, finding)
    const cues = await cuesOf(engine, finding, wanted, seed)
    const sheets = await Promise.all(cues.map((cue, at) => drawCue(engine, finding, cue, at + 1)))
    return {
      drawings: { maps, ...Object.fromEntries(sheets.map((sheet, at) => [`cue-${at + 1}`, sheet])) },
      parts: [
        {
          kind: 'figure',
          svg: maps,
          caption:
            'Held-out images that the network of the first seed was most certain of, each in the form that it was shown, and the places that speak for the answer.',
        },
        {
          kind: 'text',
          text: `What the network saw at the places that speak for its answers, in ${cues.length} groups of places that look alike to it. A group that shows one thing and is nearly always right is a cue; where all groups are near chance, there is none. Below, the images that are most typical of each, framed green where the answer is right and red where it is wrong, and the places.`,
        },
        {
          kind: 'table',
          columns: ['cue', 'right', 'images (each form counts)', 'usual answer'],
          rows: cues.map(({ accuracy, images, answer, share }, at) => [
            String(at + 1),
            percent(accuracy),
            images,
            `${answer} (${percent(share)})`,
          ]),
        },
        ...sheets.map((svg): Part => ({ kind: 'figure', svg })),
      ],
    }
  } catch (error) {
    if (error instanceof GlasshouseError && ['no-linear-head', 'not-maps'].includes(error.code))
      return undefined
    throw error
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

/** Dots in each square. */
const shownParts = 1500

const drawLens = (cells: readonly LensCell[], chance: number): string =>
  drawAccuracies(
    {
      title: 'Accuracy on scenes of noise',
      chance,
      conditions: cells.map(({ lens, accuracy }) => ({
        name: lens ? 'through a lens' : 'without a lens',
        values: [accuracy],
        isMain: lens,
      })),
    },
    serverDocument(),
  )

/** True against predicted numbers of the parts, and how much of them is explained. */
function partsOf({ truth, found, explained, overlap, chanceOverlap, before }: PartFinding) {
  const share = (value: number) => percent(Math.max(0, value))
  const names = { left: 'left edge', top: 'upper edge', side: 'side' } as const
  const drawing = drawPredicted(
    {
      title: 'The part, read off the network',
      kinds: (['left', 'top', 'side'] as const).map(key => ({
        name: names[key],
        truth: truth.slice(0, shownParts).map(part => part[key]),
        found: found.slice(0, shownParts).map(part => part[key]),
      })),
    },
    serverDocument(),
  )
  return {
    drawing,
    parts: [
      {
        kind: 'text' as const,
        text: `A linear regression on the features of the trained network says where the part was. Its rectangle and the true one have ${percent(overlap)} of what they cover in common, on average; for the mean rectangle it is ${percent(chanceOverlap)}, and from the features before training ${percent(before.overlap)}.`,
      },
      {
        kind: 'table' as const,
        columns: ['share of the variance explained', 'after training', 'before'],
        rows: [
          ['left edge', share(explained.left), share(before.explained.left)],
          ['upper edge', share(explained.top), share(before.explained.top)],
          ['side', share(explained.side), share(before.explained.side)],
        ],
      },
      {
        kind: 'figure' as const,
        svg: drawing,
        caption: 'Each dot is a held-out image in one form. On the diagonal the prediction is right.',
      },
    ],
  }
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
