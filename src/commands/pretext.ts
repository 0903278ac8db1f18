/** `pretext TASK DATA`: train on a question whose answer is what was done to the image, and show what gave it away. */
import { join } from 'node:path'
import { percent } from '../base/percent.ts'
import { version } from '../base/version.node.ts'
import { pretextTaskNamed, pretextTasks } from '../data/pretext/registry.ts'
import { renderReport } from '../figures/report.ts'
import { softmax } from '../objectives/softmax.ts'
import { requireEffect } from '../options/needs.ts'
import { pretextOptions, trainingOf } from '../runs/pretext/options.ts'
import { requireConsistent } from '../runs/train-checks.ts'
import { defineCommand } from './command.ts'

const tasks = [...pretextTasks.values()]

export const pretext = defineCommand({
  name: 'pretext',
  summary: 'can a network tell what was done to an image, such as mirroring, and from what?',
  description: `Trains a classifier of the transformation itself: labels that cost nothing. Every image appears in every form, near-duplicates never stand on both sides of the split, and beside the accuracy stand chance, linear classifiers on pixels and colours, the features of the untrained network, and shuffled labels. The tasks: ${tasks.map(({ name, question }) => `${name} (${question})`).join('; ')}. The same command with the same --out goes on where it stood.`,
  arguments: [
    {
      name: 'task',
      kind: 'choice',
      choices: tasks.map(({ name }) => name),
      description: tasks.map(({ name }) => name).join(', '),
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
    { line: 'pretext rotation photos/ --epochs 20 --out runs/rotation', does: 'Which way is up?' },
  ],
  check({ task }, options, given) {
    pretextTaskNamed(task)
    requireConsistent(trainingOf(options), { objective: softmax })
    requireEffect(pretextOptions, given, options)
  },
  async run(context, { task, data }, options) {
    const [{ carryOutPretext }, { drawPretext }, { writeDrawings }] = await Promise.all([
      import('../runs/pretext/carry-out.node.ts'),
      import('../lenses/pretext/page.node.ts'),
      import('../runs/carry-out.node.ts'),
    ])
    const folder = await context.out()
    const finding = await carryOutPretext(context, task, data, options, folder)
    const { accuracy, interval, chance, baselines, controls, accuracies, perSource, folders } = finding
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
        const { report, drawings } = await drawPretext(await context.engine(), finding)
        await writeDrawings(context, drawings)
        const footer = `glasshouse ${version}  pretext ${task} ${data}  seed ${context.seed}`
        return renderReport({ ...report, footer })
      },
    }
  },
})
