/** Options of the commands whose work can be spread over machines. */
import { z } from 'zod'
import { withOption } from '../options/needs.ts'

const onSlurm = [withOption('on', 'slurm')]

export const runnerOptions = {
  on: z
    .enum(['local', 'queue', 'slurm'])
    .default('local')
    .describe('who does the work: this machine, the workers of a queue, or jobs of a Slurm cluster'),
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
    .describe('units in the queue, or jobs of Slurm, at once; all unless given')
    .meta({ needs: [withOption('on', 'queue', 'slurm')] }),
  cluster: z
    .string()
    .min(1)
    .optional()
    .describe('what the cluster wants to know of its jobs: a JSON file; see docs/machines.md')
    .meta({ value: 'FILE', kind: 'file', needs: onSlurm }),
  partition: z.string().min(1).optional().describe('partition of the cluster').meta({ needs: onSlurm }),
  account: z.string().min(1).optional().describe('account that the jobs count for').meta({ needs: onSlurm }),
  time: z
    .string()
    .min(1)
    .optional()
    .describe('time limit of a job, such as 4:00:00; it does one unit after another')
    .meta({ needs: onSlurm }),
  memory: z.string().min(1).optional().describe('memory of a job, such as 16G').meta({ needs: onSlurm }),
  gpus: z.string().min(1).optional().describe('GPUs of a job, such as 1 or a100:1').meta({ needs: onSlurm }),
  dryRun: z
    .boolean()
    .default(false)
    .describe('print the batch script and submit nothing')
    .meta({ needs: onSlurm }),
}
