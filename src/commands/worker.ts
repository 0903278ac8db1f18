/** `worker`: takes units of work from a queue. */
import { z } from 'zod'
import { GlasshouseError } from '../base/errors.ts'
import { either, notWith, requireEffect, withOption } from '../options/needs.ts'
import { defineCommand } from './command.ts'
import { runnerOptions } from './runner-options.ts'

const inManifest = [withOption('manifest')]

const options = z.object({
  queue: runnerOptions.queue.meta({ value: 'URL', needs: [notWith('units'), notWith('manifest')] }),
  units: z
    .string()
    .min(1)
    .optional()
    .describe('take units from the list in this results folder, as jobs of Slurm do, until none is left')
    .meta({ value: 'DIR' }),
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
  once: z
    .boolean()
    .default(false)
    .describe('end when there is nothing left to do')
    .meta({ needs: [notWith('units')] }),
  idle: z
    .number()
    .min(0)
    .max(86400)
    .optional()
    .describe('seconds without work before it ends (default: 10; with --units a lease and a half)')
    .meta({ needs: [either(withOption('once', true), withOption('units'))] }),
  manifest: z
    .enum(['kubernetes'])
    .optional()
    .describe('print a manifest that starts such workers, and start none')
    .meta({ needs: [notWith('units')] }),
  image: z
    .string()
    .min(1)
    .optional()
    .describe('the container image, which holds Node and glasshouse')
    .meta({ needs: inManifest }),
  pods: z.number().int().min(1).max(10_000).default(1).describe('workers').meta({ needs: inManifest }),
  cpus: z
    .number()
    .min(0.1)
    .max(1024)
    .default(1)
    .describe('cores that each worker asks for')
    .meta({ needs: inManifest }),
  memory: z
    .string()
    .regex(/^\d+(\.\d+)?([EPTGMK]i?)?$/, 'not a size such as 4Gi')
    .default('4Gi')
    .describe('memory that each worker gets')
    .meta({ needs: inManifest }),
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
    {
      line: 'worker --manifest kubernetes --image lab/glasshouse --folder /shared --pods 8',
      does: 'Print a Deployment of eight such workers',
    },
  ],
  makesNothing: true,
  check(_, values, given) {
    requireEffect(options, given, values)
    if (values.manifest !== undefined) requireManifest(values)
  },
  async run(context, _, { queue, units, folder, parallel, lease, once, idle, manifest, ...pods }) {
    if (manifest !== undefined) {
      const { kubernetesManifest } = await import('../runs/queue/kubernetes.ts')
      const wishes = { parallel, lease, once, idle: idle ?? 10, folder: folder[0] }
      const text = kubernetesManifest({ ...pods, ...wishes, image: pods.image ?? '' })
      return { metrics: { manifest: text }, summary: text }
    }
    const [{ requireFolder }, { resolve }] = await Promise.all([
      import('../base/files.node.ts'),
      import('node:path'),
    ])
    for (const path of folder) requireFolder(path, ['options', 'folder'])
    const folders = folder.map(path => resolve(path))
    if (units !== undefined) {
      requireFolder(units, ['options', 'units'])
      const [{ workOn }, { secondsLeft }] = await Promise.all([
        import('../runs/units/pilot.node.ts'),
        import('../runs/slurm/commands.node.ts'),
      ])
      const seconds = (await secondsLeft()) ?? Number.POSITIVE_INFINITY
      const end = performance.now() / 1000 + seconds
      const timeLeft = () => end - performance.now() / 1000
      const wishes = { parallel, folders, lease, idle: idle ?? 1.5 * lease, timeLeft }
      return { metrics: await workOn(resolve(units), context, wishes) }
    }
    const [{ queueAddress }, { workFrom }] = await Promise.all([
      import('../runs/queue/address.ts'),
      import('../runs/queue/worker.node.ts'),
    ])
    const address = queueAddress(queue)
    const wishes = { parallel, folders, lease, once, idle: idle ?? 10 }
    const { done, failed } = await workFrom(address, context, wishes)
    return { metrics: { done, failed }, parameters: { queue: address.shown } }
  },
})

function requireManifest({ image, folder }: z.output<typeof options>): void {
  if (image === undefined)
    throw new GlasshouseError({
      code: 'option-missing',
      what: 'a manifest names a container image',
      path: ['options', 'image'],
      hint: 'Give --image, one that holds Node and glasshouse',
    })
  if (folder.length !== 1 || !folder[0].startsWith('/'))
    throw new GlasshouseError({
      code: 'option-value',
      what: 'a pod has one shared volume, and its place is not an absolute path',
      path: ['options', 'folder'],
      expected: 'one folder, such as /shared',
      got: folder.join(', '),
    })
}
