/** `embed MODEL DATA`: vectors of images, as an Arrow file. */
import { join } from 'node:path'
import { z } from 'zod'
import { splitChoices } from '../data/choose-split.ts'
import { writeVectors } from '../embedding/vectors.node.ts'
import { openModelOf } from '../lenses/inputs.node.ts'
import { defineCommand } from './command.ts'

export const embed = defineCommand({
  name: 'embed',
  summary: 'vectors of all images of a data set, as an Arrow file',
  description:
    'The vectors of an embedding are its output; those of a classifier its pooled features. Feature maps of other layers are averaged over places.',
  arguments: [
    { name: 'model', description: 'a run (run@7 for an epoch), an .onnx file, or NET:WEIGHTS' },
    { name: 'data', description: 'a folder of images, or a list' },
  ],
  options: z.object({
    layer: z.string().optional().describe('another layer than the embedding'),
    split: z.enum(splitChoices).default('all').describe('which part of the data'),
    batch: z.number().int().min(1).max(4096).default(32).describe('images at once'),
    strict: z.boolean().default(false).describe('an unreadable image is an error'),
  }),
  examples: [
    { line: 'embed runs/train-1 cars/ --split test', does: 'Write vectors.arrow for the test images' },
  ],
  async run(context, { model: source, data }, { layer, split, batch, strict }) {
    const { embedData } = await import('../runs/embed.node.ts')
    const model = await openModelOf(source, context)
    const { seconds, ...vectors } = await embedData(context, model, data, { layer, split, batch, strict })
    const path = join(await context.out(), 'vectors.arrow')
    await writeVectors(path, vectors)
    context.made(path)
    const images = vectors.ids.length
    return { metrics: { images, dim: vectors.dim, imagesPerSecond: images / seconds } }
  },
})
