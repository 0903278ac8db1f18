/** Which pretext tasks a network can answer from a data set, and by what: one row for each task. */
import { percent } from '../../base/percent.ts'
import { drawAccuracies } from '../../figures/accuracies.ts'
import type { PlotDocument } from '../../figures/canvas.ts'
import type { DrawnPage } from '../../figures/report.ts'
import type { PretextFinding } from '../../runs/pretext/carry-out.node.ts'
import { byWhat, isRecognised } from './verdict.ts'

export type TaskFigures = Pick<
  PretextFinding,
  'task' | 'accuracies' | 'accuracy' | 'interval' | 'chance' | 'baselines'
>

/** @param tasks in the order of their rows */
export function drawAll(tasks: readonly TaskFigures[], document: PlotDocument): DrawnPage {
  const recognised = tasks.filter(isRecognised)
  // Tasks have different chances: what they have in common is the share of the way from chance to certainty.
  const above = ({ chance }: TaskFigures, value: number) => Math.max(0, (value - chance) / (1 - chance))
  const drawing = drawAccuracies(
    {
      title: 'Accuracy above chance',
      x: 'of the way from chance to every image right (%) →',
      chance: 0,
      chanceName: 'chance',
      conditions: tasks.map(figures => ({
        name: figures.task.name,
        values: figures.accuracies.map(value => above(figures, value)),
        interval: [above(figures, figures.interval[0]), above(figures, figures.interval[1])] as const,
        isMain: true,
      })),
    },
    document,
  )
  return {
    drawings: { all: drawing },
    report: {
      title: 'What can be recognised in these images',
      summary: summaryOf(tasks, recognised),
      sections: [
        {
          title: 'All tasks',
          parts: [
            {
              kind: 'figure',
              svg: drawing,
              caption:
                'Each dot is a training, each bar the 95 % interval of their mean. Chance differs from task to task, so all are drawn from chance, at 0, to every image right, at 100 %.',
            },
            { kind: 'text', text: 'The name of a task leads to its page: how well, and by what.' },
            {
              kind: 'table',
              columns: ['task', 'question', 'accuracy', '95 % interval', 'chance', 'recognised by'],
              rows: tasks.map(figures => [
                { text: figures.task.name, href: `${figures.task.name}.html` },
                figures.task.question,
                percent(figures.accuracy),
                `${percent(figures.interval[0])} to ${percent(figures.interval[1])}`,
                percent(figures.chance),
                byWhat(figures),
              ]),
            },
          ],
        },
      ],
    },
  }
}

function summaryOf(tasks: readonly TaskFigures[], recognised: readonly TaskFigures[]): string {
  if (recognised.length === 0)
    return `Nothing is recognised in these images: in none of ${tasks.length} tasks is the network above chance. Another network, more images or more epochs may still find something.`
  const names = recognised.map(({ task }) => task.name).join(', ')
  const rest = tasks.length - recognised.length
  const others = rest
    ? ` In the other ${rest === 1 ? 'one' : rest} nothing was found.`
    : ' That is every one of them.'
  return `Of ${tasks.length} tasks, the network answers ${recognised.length} better than by chance: ${names}.${others}`
}
