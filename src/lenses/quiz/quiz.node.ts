/**
 * The quiz for people: pairs of images, of which one is as it was and the other was mirrored or cropped. With a run of
 * the same pretext task, the network's answer to each pair and its maps stand beside the person's.
 */
import { sha256Of } from '../../base/digest.node.ts'
import { GlasshouseError } from '../../base/errors.ts'
import type { Picture } from '../../base/picture.ts'
import { random } from '../../base/random.ts'
import { inStage } from '../../base/work.ts'
import { openPictures } from '../../data/cache.node.ts'
import type { Dataset } from '../../data/dataset.ts'
import { openData } from '../../data/open-data.node.ts'
import { centreSquare } from '../../data/prepare/geometry.ts'
import { fillPrepared, viewOf } from '../../data/prepare/prepare.ts'
import { allForms, fitOf } from '../../data/pretext/forms.node.ts'
import { pretextTaskNamed } from '../../data/pretext/registry.ts'
import { windowOf } from '../../data/pretext/windows.ts'
import { pictureAt } from '../../data/store.ts'
import { dataUri } from '../../figures/files.node.ts'
import type { Report } from '../../figures/report.ts'
import type { Network } from '../../nets/network.ts'
import { openModelWith } from '../../runs/open-model.node.ts'
import type { Context } from '../../runtime/context.ts'
import { createMapper, type Mapper } from '../cam/compute.ts'
import { gridOf, type MapGrid } from '../maps/layer-maps.ts'
import { gridOnView, paintMap } from '../maps/painting.ts'
import { markup, type QuizWords } from './page.ts'
import type { Question, Quiz } from './player/index.ts'
import { player } from './player.bundle.ts'

export const quizTasks = ['flip', 'crop'] as const
export type QuizTask = (typeof quizTasks)[number]

/** Side of an image on the page, in pixels. */
const side = 288
/** Of WebP. */
const quality = 85

/** The form that is asked for, and the words for it. */
const asked: Readonly<Record<QuizTask, QuizWords & { form: number }>> = {
  flip: {
    form: 0,
    question: 'Which is the original?',
    about: 'Of each pair of images, one is as it was taken, and the other is its mirror image.',
  },
  crop: {
    form: 5,
    question: 'Which is the whole image?',
    about: 'Of each pair of images, one is whole, and the other is a part of it, enlarged.',
  },
}

export interface QuizOptions {
  task: QuizTask
  /** at most */
  questions: number
  /** a run of the same task */
  model?: string
  strict?: boolean
}

export async function makeQuiz(
  context: Context,
  path: string,
  { task: name, questions, model, strict }: QuizOptions,
): Promise<{ report: Omit<Report, 'footer'>; questions: number }> {
  const network = model === undefined ? undefined : await openJudge(context, model, name)
  try {
    const read = await openData(path, context, { strict, minimumClasses: 1 })
    const dataset = chosenOf(read, questions, context.seed, network !== undefined)
    const made = await questionsOf(context, dataset, name, network)
    const id = sha256Of(JSON.stringify(made)).slice(0, 12)
    const data: Quiz = { task: name, id, questions: made }
    return {
      questions: made.length,
      report: {
        title: asked[name].question,
        summary: `${made.length} pairs of images. ${network ? 'After each, what the network answered and by what.' : 'How well can people tell?'}`,
        sections: [
          { title: 'Quiz', parts: [{ kind: 'live', markup: markup(asked[name]), data, script: player }] },
        ],
      },
    }
  } finally {
    await network?.mapper.dispose()
  }
}

/** Images that no run was trained on, where the data says which and a network is asked too. */
function chosenOf(read: Dataset, count: number, seed: number, isJudged: boolean): Dataset {
  const held = read.items.filter(({ split }) => split === 'test')
  const candidates = isJudged && held.length ? held : [...read.items]
  return { ...read, items: random(seed, 'quiz').shuffle(candidates).slice(0, count) }
}

interface Judge {
  network: Network
  mapper: Mapper
  grid: MapGrid
}

async function openJudge(context: Context, model: string, task: QuizTask): Promise<Judge> {
  const { network, run } = await openModelWith(model, { engine: context.engine })
  if (run?.record.pretext?.task !== task)
    throw new GlasshouseError({
      code: 'not-of-task',
      what: `this is not a run of the pretext task ${task}`,
      where: model,
      hint: `Train one with \`glasshouse pretext ${task} DATA --out OUT\`, and name OUT/seed-0`,
    })
  const engine = await context.engine()
  const mapper = await createMapper(engine, network, { method: 'cam', classes: 1 }, 2)
  return { network, mapper, grid: await gridOf(engine, network, undefined) }
}

async function questionsOf(
  context: Context,
  dataset: Dataset,
  name: QuizTask,
  judge?: Judge,
): Promise<Question[]> {
  const task = pretextTaskNamed(name)
  // What a network sees of an image is what people are shown.
  const { resize, size } = judge?.network.preprocessing ?? { resize: side, size: side }
  const whole = Math.round((side * resize) / size)
  const store = await openPictures(dataset, whole * task.sourceScale, {
    work: context,
    fit: fitOf(task.frame),
  })
  return inStage(context, 'questions', dataset.items.length, async update => {
    const made: Question[] = []
    for (const [index, { path }] of dataset.items.entries()) {
      context.signal.throwIfAborted()
      const { chance, integer } = random(context.seed, 'question', path)
      const forms = await allForms(pictureAt(store, index), task, whole, index)
      const others = forms.filter((_, form) => form !== asked[name].form)
      const right = chance(0.5) ? 1 : 0
      const pair = [forms[asked[name].form], others[integer(others.length)]]
      if (right === 1) pair.reverse()
      const views = pair.map(form => windowOf(form, centreSquare(form, side)))
      const images: Question['images'] = [await dataUri(views[0], quality), await dataUri(views[1], quality)]
      const network = judge && (await judged(judge, views, asked[name].form))
      made.push({ images, right, path, ...(network && { network }) })
      update(index + 1)
    }
    return made
  })
}

/** The image that the network takes for the right form with the larger probability, and its maps of that form. */
async function judged(
  { network, mapper, grid }: Judge,
  views: readonly Picture[],
  form: number,
): Promise<NonNullable<Question['network']>> {
  const { preprocessing } = network
  const length = 3 * preprocessing.size ** 2
  const content = new Float32Array(2 * length)
  views.forEach((view, at) => {
    fillPrepared(viewOf(view, preprocessing, true), preprocessing, content, at * length)
  })
  const [one, other] = (await mapper.maps(content, [[form, form]])).map(({ maps: [map] }) => map)
  const paint = (view: Picture, map: Float32Array) =>
    dataUri(paintMap(view, map, gridOnView(grid, preprocessing.size, view)), quality)
  return {
    answer: one.probability >= other.probability ? 0 : 1,
    maps: [await paint(views[0], one.map), await paint(views[1], other.map)],
  }
}
