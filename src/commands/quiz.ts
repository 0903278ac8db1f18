/** `quiz DATA`: the question of a pretext task for people, as one page. */
import { z } from 'zod'
import { defineCommand } from './command.ts'

export const quiz = defineCommand({
  name: 'quiz',
  summary: 'the pretext question for people, beside the network: one page to share, offline',
  description:
    'Pairs of images: which is the original, which is the whole image? The page works offline, with keyboard and touch, and takes the time of every answer. Results can be saved and compared on the same page. With a run of the task, the network’s answer and its maps follow every pair.',
  arguments: [{ name: 'data', kind: 'data', description: 'a folder of images, or a list' }],
  options: z.object({
    task: z
      .enum(['flip', 'crop'])
      .default('flip')
      .describe('flip: which is the original, which the mirror image; crop: which is whole'),
    model: z
      .string()
      .optional()
      .describe('a run of this pretext task, such as runs/pretext-1/seed-0')
      .meta({ value: 'RUN', kind: 'run' }),
    questions: z.number().int().min(1).max(500).default(20).describe('pairs of images, at most'),
    strict: z.boolean().default(false).describe('an unreadable image is an error'),
  }),
  examples: [
    { line: 'quiz photos/', does: 'Which is the mirror image?' },
    { line: 'quiz photos/ --model runs/pretext-1/seed-0', does: 'People against the network' },
  ],
  async run(context, { data }, options) {
    const [{ makeQuiz }, { pageOf }] = await Promise.all([
      import('../lenses/quiz/quiz.node.ts'),
      import('../figures/page.node.ts'),
    ])
    const { report, questions } = await makeQuiz(context, data, options)
    return {
      metrics: { questions },
      report: await pageOf(context, `quiz ${data}`, { report, drawings: {} }),
    }
  },
})
