/** `worker`: takes units of work from a queue. */
import { z } from 'zod'
import { requireEffect, withOption } from '../options/needs.ts'
import { defineCommand } from './command.ts'
import { runnerOptions } from './runner-options.ts'

const options = z.object({
  queue: runnerOptions.queue.meta({ value: 'URL', needs: [] }),
  folder: z
    .array(z.string())
    .default(['.'])
    .describe('units may read and write in these folders and nowhere else')
    .meta({ value: 'DIR' }),
  parallel: z.number().int().min(1).max(256).default(1).describe('units at once'),
  lease: z
    .number()
    .min(2)
    .max(3600)
    .default(30)
    .describe('seconds after which the unit of a silent worker goes to another'),
  once: z.boolean().default(false).describe('end when there is nothing left to do'),
  idle: z
    .number()
    .min(0)
    .max(86400)
    .default(10)
    .describe('seconds without work before it ends')
    .meta({ needs: [withOption('once', true)] }),
})

export const worker = defineCommand({
  name: 'worker',
  summary: 'take runs of sweeps and shards of vectors from a queue, and do them',
  description:
    'Start any number on any machines; they may come and go. Every unit is computed in a process of its own, while the worker renews its lease, passes its log on and looks whether it was cancelled. Data, models and --out of what is asked for must lie inside --folder, at the same paths on all machines. Ctrl-C lets a training come to its checkpoint and hands it back.',
  arguments: [],
  options,
  examples: [
    { line: 'worker --queue redis://queue.lab:6379 --folder /shared', does: 'Work until Ctrl-C' },
    { line: 'worker --queue postgres://lab@db/queue --once', does: 'Work until nothing is left' },
  ],
  makesNothing: true,
  check: (_, values, given) => requireEffect(options, given, values),
  async run(context, _, { queue, folder, parallel, lease, once, idle }) {
    const [{ queueAddress }, { workFrom }, { requireFolder }, { resolve }] = await Promise.all([
      import('../runs/queue/address.ts'),
      import('../runs/queue/worker.node.ts'),
      import('../base/files.node.ts'),
      import('node:path'),
    ])
    const address = queueAddress(queue)
    for (const path of folder) requireFolder(path, ['options', 'folder'])
    const folders = folder.map(path => resolve(path))
    const { done, failed } = await workFrom(address, context, { parallel, folders, lease, once, idle })
    return { metrics: { done, failed }, parameters: { queue: address.shown } }
  },
})
