/** Options of the commands whose work can be spread over machines. */
import { z } from 'zod'
import { withOption } from '../options/needs.ts'

export const runnerOptions = {
  on: z
    .enum(['local', 'queue'])
    .default('local')
    .describe('who does the work: this machine, or the workers of a queue'),
  queue: z
    .string()
    .optional()
    .describe('the queue: redis://HOST:6379 or postgres://USER@HOST/DATABASE; otherwise GLASSHOUSE_QUEUE')
    .meta({ value: 'URL', needs: [withOption('on', 'queue')] }),
  atMost: z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .describe('units in the queue at once; all unless given')
    .meta({ needs: [withOption('on', 'queue')] }),
}
