/** `pretext TASK DATA`: train on a question whose answer is what was done to the image, and show what gave it away. */
import { join } from 'node:path'
import { GlasshouseError } from '../base/errors.ts'
import { percent } from '../base/percent.ts'
import { version } from '../base/version.node.ts'
import { note } from '../base/work.ts'
import { pretextTaskNamed, pretextTasks } from '../data/pretext/registry.ts'
import { renderReport } from '../figures/report.ts'
import type { TaskFigures } from '../lenses/pretext/all-page.ts'
import { byWhat, canBeTold } from '../lenses/pretext/verdict.ts'
import { softmax } from '../objectives/softmax.ts'
import { requireEffect } from '../options/needs.ts'
import type { PretextFinding } from '../runs/pretext/carry-out.node.ts'
import { pretextOptions, trainingOf } from '../runs/pretext/options.ts'
import { requireConsistent } from '../runs/train-checks.ts'
import { defineCommand } from './command.ts'

const tasks = [...pretextTasks.values()]
const all = 'all'

const unused = (option: string, why: string) =>
  new GlasshouseError({
    code: 'option-unused',
    what: `this option would have no effect: ${why}`,
    path: ['options', option],
    hint: 'Leave it out',
  })

export const pretext = defineCommand({
  name: 'pretext',
  summary: 'can a network tell what was done to an image, such as mirroring, and from what?',
  description: `Trains a classifier of the transformation itself: labels that cost nothing. Every image appears in every form, near-duplicates never stand on both sides of the split, and beside the accuracy stand chance, linear classifiers on pixels and colours, the features of the untrained network, and shuffled labels. The tasks: ${tasks.map(({ name, question }) => `${name} (${question})`).join('; ')}. The same command with the same --out goes on where it stood.`,
  arguments: [
    {
      name: 'task',
      kind: 'choice',
      choices: [...tasks.map(({ name }) => name), all],
      description: `${tasks.map(({ name }) => name).join(', ')}; all: every one of them that asks for images, and one table`,
    },
    {
      name: 'data',
      kind: 'data',
      description: 'a folder of images, or a list; its classes only divide the figures',
    },
  ],
  options: pretextOptions,
  examples: [
    {
      line: 'pretext flip cars/ --controls',
      does: 'Can a mirrored car be recognised, and by the car itself?',
    },
    { line: 'pretext all photos/ --seeds 1', does: 'What can be told from these images at all?' },
    { line: 'pretext time clips/', does: 'Do clips run forwards or backwards?' },
    { line: 'pretext rotation photos/ --epochs 20 --out runs/rotation', does: 'Which way is up?' },
  ],
  check({ task }, options, given) {
    const named = task === all ? undefined : pretextTaskNamed(task)
    if (given.has('step') && !named?.clips) throw unused('step', 'only the task time looks at several frames')
    if (given.has('tasks') && named) throw unused('tasks', 'only the task all takes others')
    for (const name of options.tasks ?? [])
      if (pretextTaskNamed(name).clips) throw unused('tasks', `${name} takes clips, the others images`)
    requireConsistent(trainingOf(options), { objective: softmax })
    requireEffect(pretextOptions, given, options)
  },
  async run(context, { task, data }, options) {
    const [{ carryOutPretext }, { drawPretext }, { drawAll }, { writeDrawings }, { serverDocument }] =
      await Promise.all([
        import('../runs/pretext/carry-out.node.ts'),
        import('../lenses/pretext/page.node.ts'),
        import('../lenses/pretext/all-page.ts'),
        import('../runs/carry-out.node.ts'),
        import('../figures/canvas.node.ts'),
      ])
    const folder = await context.out()
    const footer = (name: string) => `glasshouse ${version}  pretext ${name} ${data}  seed ${context.seed}`
    const page = async (finding: PretextFinding) => {
      const { cues } = options
      const { report, drawings } = await drawPretext(await context.engine(), finding, {
        cues,
        seed: context.seed,
      })
      return { html: renderReport({ ...report, footer: footer(finding.task.name) }), drawings }
    }
    if (task === all) {
      const rows: TaskFigures[] = []
      const chosen = options.tasks ?? tasks.filter(({ clips }) => !clips).map(({ name }) => name)
      for (const name of chosen) {
        note(context, `${rows.length + 1}. ${name}`)
        const finding = await carryOutPretext(context, name, data, options, join(folder, name))
        const { html, drawings } = await page(finding)
        await writeDrawings(context, drawings, `${name}-`)
        await context.write(`${name}.html`, html)
        const { task, accuracies, accuracy, interval, chance, baselines } = finding
        rows.push({ task, accuracies, accuracy, interval, chance, baselines })
      }
      return {
        metrics: {
          tasks: rows.map(({ task, ...figures }) => ({
            task: task.name,
            ...figures,
            told: canBeTold(figures),
            by: byWhat(figures),
          })),
        },
        summary: rows.map(figures => ({
          task: figures.task.name,
          accuracy: percent(figures.accuracy),
          chance: percent(figures.chance),
          'told by': byWhat(figures),
        })),
        async draw() {
          const { report, drawings } = drawAll(rows, serverDocument())
          await writeDrawings(context, drawings)
          return renderReport({ ...report, footer: footer(task) })
        },
      }
    }
    const finding = await carryOutPretext(context, task, data, options, folder)
    const { accuracy, interval, chance, baselines, controls, lens, parts, accuracies, perSource, folders } =
      finding
    for (const run of [...folders, join(folder, `shuffled-${context.seed}`)]) context.made(run)
    return {
      metrics: {
        task,
        accuracy,
        interval,
        chance,
        baselines,
        accuracies,
        perSource,
        ...(controls && { controls }),
        ...(lens && { lens }),
        ...(parts && {
          parts: {
            explained: parts.explained,
            overlap: parts.overlap,
            chanceOverlap: parts.chanceOverlap,
            before: parts.before,
          },
        }),
      },
      summary: [
        {
          what: 'the network',
          accuracy: `${percent(accuracy)} (${percent(interval[0])} to ${percent(interval[1])})`,
        },
        { what: 'chance', accuracy: percent(chance) },
        { what: 'features before training', accuracy: percent(baselines.random) },
        { what: 'pixels', accuracy: percent(baselines.pixels) },
        { what: 'colours', accuracy: percent(baselines.colours) },
        { what: 'shuffled labels', accuracy: percent(baselines.shuffled) },
      ],
      async draw() {
        const { html, drawings } = await page(finding)
        await writeDrawings(context, drawings)
        return html
      },
    }
  },
})
