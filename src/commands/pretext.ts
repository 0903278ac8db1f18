/** `pretext TASK DATA`: train on a question whose answer is what was done to the image, and show what gave it away. */
import { join } from 'node:path'
import { GlasshouseError } from '../base/errors.ts'
import { percent } from '../base/percent.ts'
import { note } from '../base/work.ts'
import { pretextTaskNamed, pretextTasks } from '../data/pretext/registry.ts'
import type { TaskFigures } from '../lenses/pretext/all-page.ts'
import { byWhat, isRecognised } from '../lenses/pretext/verdict.ts'
import { softmax } from '../objectives/softmax.ts'
import { requireEffect } from '../options/needs.ts'
import type { PretextFinding } from '../runs/pretext/carry-out.node.ts'
import { type PretextOptions, pretextOptions, trainingOf } from '../runs/pretext/options.ts'
import { requireConsistent } from '../runs/train-checks.ts'
import { type CommandContext, defineCommand, type Outcome } from './command.ts'

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
    { line: 'pretext all photos/ --seeds 1', does: 'What can be recognised in these images at all?' },
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
  run: (context, { task, data }, options) =>
    task === all ? outcomeOfAll(context, data, options) : outcomeOfOne(context, task, data, options),
})

async function outcomeOfOne(
  context: CommandContext,
  name: string,
  data: string,
  options: PretextOptions,
): Promise<Outcome> {
  const finding = await carriedOut(context, name, data, options, await context.out())
  const { accuracy, interval, chance, baselines, controls, lens, accuracies, perSource } = finding
  const { truth: _, found: __, ...parts } = finding.parts ?? {}
  return {
    metrics: {
      task: name,
      accuracy,
      interval,
      chance,
      baselines,
      accuracies,
      perSource,
      ...(controls && { controls }),
      ...(lens && { lens }),
      ...(finding.parts && { parts }),
    },
    summary: [
      {
        what: 'the network',
        accuracy: `${percent(accuracy)} (${percent(interval[0])} to ${percent(interval[1])})`,
      },
      { what: 'chance', accuracy: percent(chance) },
      { what: 'pixels at 16 × 16, linear', accuracy: percent(baselines.pixels) },
      { what: 'colours, linear', accuracy: percent(baselines.colours) },
      { what: 'features before training, linear', accuracy: percent(baselines.random) },
      { what: 'shuffled labels', accuracy: percent(baselines.shuffled) },
    ],
    draw: () => drawnTask(context, data, options, finding),
  }
}

/** One task after another; of each only its figures are kept, once its own page is written. */
async function outcomeOfAll(
  context: CommandContext,
  data: string,
  options: PretextOptions,
): Promise<Outcome> {
  const folder = await context.out()
  const rows: TaskFigures[] = []
  for (const name of options.tasks ?? tasks.filter(({ clips }) => !clips).map(({ name }) => name)) {
    note(context, `${rows.length + 1}. ${name}`)
    const finding = await carriedOut(context, name, data, options, join(folder, name))
    await context.write(`${name}.html`, await drawnTask(context, data, options, finding, `${name}-`))
    const { task, accuracies, accuracy, interval, chance, baselines } = finding
    rows.push({ task, accuracies, accuracy, interval, chance, baselines })
  }
  return {
    metrics: {
      tasks: rows.map(({ task, ...figures }) => ({
        task: task.name,
        ...figures,
        told: isRecognised(figures),
        by: byWhat(figures),
      })),
    },
    summary: rows.map(figures => ({
      task: figures.task.name,
      accuracy: percent(figures.accuracy),
      chance: percent(figures.chance),
      'recognised by': byWhat(figures),
    })),
    async draw() {
      const [{ drawAll }, { serverDocument }, { pageOf }] = await Promise.all([
        import('../lenses/pretext/all-page.ts'),
        import('../figures/canvas.node.ts'),
        import('../figures/page.node.ts'),
      ])
      return pageOf(context, `pretext ${all} ${data}`, drawAll(rows, serverDocument()))
    },
  }
}

async function carriedOut(
  context: CommandContext,
  name: string,
  data: string,
  options: PretextOptions,
  folder: string,
): Promise<PretextFinding> {
  const { carryOutPretext } = await import('../runs/pretext/carry-out.node.ts')
  const finding = await carryOutPretext(context, name, data, options, folder)
  for (const run of finding.folders) context.made(run)
  return finding
}

/** The page of a task; the names of its drawings begin with `prefix`. */
async function drawnTask(
  context: CommandContext,
  data: string,
  { cues }: PretextOptions,
  finding: PretextFinding,
  prefix?: string,
): Promise<string> {
  const [{ drawPretext }, { pageOf }] = await Promise.all([
    import('../lenses/pretext/page.node.ts'),
    import('../figures/page.node.ts'),
  ])
  const drawn = await drawPretext(await context.engine(), finding, { cues, seed: context.seed })
  return pageOf(context, `pretext ${finding.task.name} ${data}`, drawn, { prefix })
}
