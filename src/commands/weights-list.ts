/** `weights list`: the published weights that can be pulled, and which of them are here. */
import { existsSync } from 'node:fs'
import { z } from 'zod'
import { publishedWeights } from '../weights/published.ts'
import { pulledPath } from '../weights/pulled-weights.node.ts'
import { defineCommand } from './command.ts'

export const weightsList = defineCommand({
  name: 'weights list',
  summary: 'published weights that can be fetched, and which of them are here',
  arguments: [],
  options: z.object({}),
  makesNothing: true,
  async run() {
    const weights = publishedWeights.map(published => {
      const path = pulledPath(published)
      return { ...published, path, here: existsSync(path) }
    })
    return {
      metrics: { weights },
      summary: weights.map(({ name, net, megabytes, licence, about, here }) => ({
        name,
        net,
        MB: megabytes.toFixed(1),
        here: here ? 'yes' : '',
        licence,
        about,
      })),
    }
  },
})
