/** `embed MODEL DATA`: vectors of images, as an Arrow file or as a folder of shards. */
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { GlasshouseError } from '../base/errors.ts'
import { splitChoices } from '../data/choose-split.ts'
import type { Split } from '../data/dataset.ts'
import { imagesIn } from '../embedding/vector-shards.node.ts'
import { writeVectors } from '../embedding/vectors.node.ts'
import { openModelOf } from '../lenses/inputs.node.ts'
import { requireEffect, withOption } from '../options/needs.ts'
import type { ShardPlan } from '../runs/embed-shards.node.ts'
import type { Elsewhere } from '../runs/open-runner.node.ts'
import type { ShardsAsked } from '../runs/units/ask.node.ts'
import { type CommandContext, defineCommand } from './command.ts'
import { runnerOptions } from './runner-options.ts'

const options = z.object({
  layer: z.string().optional().describe('another layer than the embedding'),
  split: z.enum(splitChoices).default('all').describe('which part of the data'),
  batch: z.number().int().min(1).max(4096).default(32).describe('images at once'),
  strict: z.boolean().default(false).describe('an unreadable image is an error'),
  shard: z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .describe('images in each file of a folder of shards, such as 1000'),
  part: z
    .array(z.number().int().min(0))
    .optional()
    .describe('make these shards only, counted from 0')
    .meta({ needs: [withOption('shard'), withOption('on', 'local')] }),
  plan: z
    .string()
    .optional()
    .describe('the folder of shards whose plan says which images they hold: DATA is not read again')
    .meta({ value: 'FOLDER', kind: 'folder', needs: [withOption('part')] }),
  ...runnerOptions,
})

export const embed = defineCommand({
  name: 'embed',
  summary: 'vectors of all images of a data set, as an Arrow file or in shards',
  description:
    'The vectors of an embedding are its output; those of a classifier its pooled features. Feature maps of other layers are averaged over places. With --shard the same vectors go into a folder of Arrow files, with a manifest: the same command with the same --out makes what is missing. Such a folder can be named wherever vectors can.',
  arguments: [
    {
      name: 'model',
      kind: 'model',
      description: 'a run (run@7 for an epoch), an .onnx file, or NET:WEIGHTS',
    },
    { name: 'data', kind: 'data', description: 'a folder of images, or a list' },
  ],
  options,
  examples: [
    { line: 'embed runs/train-1 cars/ --split test', does: 'Write vectors.arrow for the test images' },
    {
      line: 'embed runs/train-1 cars/ --shard 1000 --out vectors/',
      does: 'In shards; after a kill the same line goes on',
    },
    {
      line: 'embed runs/train-1 cars/ --shard 1000 --out /shared/vectors --on queue --queue redis://queue.lab:6379',
      does: 'The same by the workers of a queue',
    },
    {
      line: 'embed runs/train-1 cars/ --shard 1000 --out /shared/vectors --on slurm --cluster cluster.json',
      does: 'The same by jobs of Slurm',
    },
  ],
  check(_, values, given) {
    requireEffect(options, given, values)
    if (values.on !== 'local' && values.shard === undefined)
      throw new GlasshouseError({
        code: 'option-missing',
        what: 'other machines make shards, and their size is not given',
        path: ['options', 'shard'],
        hint: 'Give --shard 1000',
      })
  },
  async run(context, { model: source, data }, { shard, part, plan: planned, ...others }) {
    const { layer, split, batch, strict, on, dryRun, ...elsewhere } = others
    const wishes = { layer, split, batch, strict }
    const model = await openModelOf(source, context)
    if (shard === undefined) {
      const { embedData } = await import('../runs/embed.node.ts')
      const { seconds, ...vectors } = await embedData(context, model, data, wishes)
      const path = join(await context.out(), 'vectors.arrow')
      await writeVectors(path, vectors)
      context.made(path)
      const images = vectors.ids.length
      const rate = images / seconds
      return { metrics: { images, dim: vectors.dim, imagesPerSecond: rate, units: 1, attempts: 1 } }
    }
    const [{ planShards, planOf, missingShards, embedShards }, { lockFolder }, { manifestName, shardCount }] =
      await Promise.all([
        import('../runs/embed-shards.node.ts'),
        import('../runs/lock.node.ts'),
        import('../embedding/vector-shards.node.ts'),
      ])
    const plan =
      planned === undefined
        ? await planShards(context, model, data, wishes, shard)
        : await planOf(planned, model, wishes, shard)
    const { manifest } = plan
    requireShards(part, shardCount(manifest))
    const folder = await context.out()
    const lock = await lockFolder(folder)
    try {
      const missing = await missingShards(folder, manifest)
      const asked = part ? missing.filter(index => part.includes(index)) : missing
      const where = { ...elsewhere, folder, threads: context.threads ?? availableParallelism() }
      if (dryRun && on === 'slurm') {
        const [{ scriptFor }, { shardUnit }] = await Promise.all([
          import('../runs/open-runner.node.ts'),
          import('../runs/units/ask.node.ts'),
        ])
        const shards = shardsAsked(context, plan, { ...where, ...wishes, on, source, data })
        const units = asked.map(index => shardUnit(shards, index))
        const script = await scriptFor({ ...where, on }, units)
        return { metrics: { script }, summary: script }
      }
      const { images, seconds, attempts, shown } =
        on === 'local'
          ? { ...(await embedShards(context, plan, folder, asked)), attempts: asked.length, shown: {} }
          : await embedElsewhere(context, plan, asked, { ...where, ...wishes, on, source, data })
      for (const name of [manifestName, 'shards']) context.made(join(folder, name))
      return {
        metrics: {
          images: manifest.images,
          dim: manifest.dim,
          imagesPerSecond: images ? images / seconds : 0,
          units: part?.length ?? shardCount(manifest),
          attempts,
        },
        parameters: shown,
      }
    } finally {
      lock.release()
    }
  },
})

function requireShards(part: readonly number[] | undefined, count: number): void {
  const beyond = part?.find(index => index >= count)
  if (beyond === undefined) return
  throw new GlasshouseError({
    code: 'option-value',
    what: 'there is no such shard',
    path: ['options', 'part'],
    expected: `0 to ${count - 1}`,
    got: String(beyond),
  })
}

interface ShardWishes extends Elsewhere {
  source: string
  data: string
  strict: boolean
  split: Split | 'all'
}

const shardsAsked = (
  { seed, model }: CommandContext,
  { manifest }: ShardPlan,
  { source, data, strict, split, folder, threads, on, atMost }: ShardWishes,
): ShardsAsked => ({
  ...{ folder, manifest, model: source, data, strict, split, seed },
  // The last bits of a vector can depend on it, so it is the same everywhere.
  threads,
  wishes: model ?? {},
  atMost: on === 'queue' ? atMost : undefined,
})

/** The same shards by the workers of a queue, or by jobs of Slurm. */
async function embedElsewhere(
  context: CommandContext,
  plan: ShardPlan,
  shards: readonly number[],
  where: ShardWishes,
) {
  const [{ openSubmitter }, { askForShards }, { clearClaims }, { writePlan, removePlan }] = await Promise.all(
    [
      import('../runs/open-runner.node.ts'),
      import('../runs/units/ask.node.ts'),
      import('../runs/units/claim.node.ts'),
      import('../runs/shard-rows.node.ts'),
    ],
  )
  const { folder } = where
  const { manifest, rows } = plan
  if (shards.length) await writePlan(folder, manifest, rows, context)
  const { takes: submitter, shown, close } = await openSubmitter(where, context)
  const started = performance.now()
  const { attempts } = await askForShards(
    context,
    submitter,
    shardsAsked(context, plan, where),
    shards,
  ).finally(close)
  await clearClaims(folder)
  await removePlan(folder)
  const seconds = (performance.now() - started) / 1000
  return { images: imagesIn(manifest, shards), seconds, attempts, shown }
}
