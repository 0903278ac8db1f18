/** `weights pull NAME...`: fetches published weights into the cache folder. */
import { z } from 'zod'
import { publishedWeightsNamed, pullWeights } from '../weights/pulled-weights.node.ts'
import { defineCommand } from './command.ts'

export const weightsPull = defineCommand({
  name: 'weights pull',
  summary: 'fetch published weights, check them, and keep them in the cache folder',
  description:
    'The file is checked against the published SHA-256 before it gets its name. A download that was stopped goes on where it was. Afterwards NET:NAME and --weights NAME find it.',
  arguments: [{ name: 'names', description: 'names from `weights list`', many: true }],
  options: z.object({
    stall: z
      .number()
      .positive()
      .max(3600)
      .default(30)
      .describe('seconds without a byte after which a connection counts as dead'),
    attempts: z
      .number()
      .int()
      .min(1)
      .max(100)
      .default(5)
      .describe('how often it is tried without getting further'),
  }),
  examples: [
    { line: 'weights pull resnet18-imagenet', does: 'Fetch 47 MB, once' },
    { line: 'classify resnet18:resnet18-imagenet photo.jpg', does: 'Use them' },
  ],
  makesNothing: true,
  async run(context, { names }, { stall, attempts }) {
    const all = names.map(name => publishedWeightsNamed(name))
    const weights: Record<string, unknown>[] = []
    for (const published of all) {
      const pulled = await pullWeights(published, { work: context, attempts, stall: 1000 * stall })
      weights.push({ name: published.name, net: published.net, ...pulled })
    }
    return {
      metrics: { weights },
      summary: weights.map(({ name, net, path, fetched }) => ({
        name: String(name),
        file: String(path),
        '': fetched ? 'fetched' : 'was here',
        'use as': net === 'faces' ? `montage --faces ${name}` : `${net}:${name}`,
      })),
    }
  },
})
