/** `embed MODEL DATA`: vectors of pictures, as an Arrow file. */
import { join } from 'node:path'
import { z } from 'zod'
import { writeVectors } from '../../embedding/vectors.node.ts'
import type { Value } from '../../graph/graph.ts'
import { flatten, reshape } from '../../graph/ops/layout.ts'
import { globalAveragePool } from '../../graph/ops/pooling.ts'
import { openModelOf } from '../../lenses/inputs.node.ts'
import { layerNamed } from '../../nets/network.ts'
import { defineCommand } from '../command.ts'
import { chooseSplit, forwardData, openDataFor, splits } from '../model-options.ts'

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
    split: z.enum(splits).default('all').describe('which part of the data'),
    batch: z.number().int().min(1).max(4096).default(32).describe('images at once'),
    strict: z.boolean().default(false).describe('an unreadable image is an error'),
  }),
  examples: [
    { line: 'embed runs/train-1 cars/ --split test', does: 'Write vectors.arrow for the test images' },
  ],
  async run(context, { model: source, data }, { layer, split, batch, strict }) {
    const model = await openModelOf(source, context)
    const dataset = await openDataFor(model, data, context, strict)
    const indices = chooseSplit(dataset, split, data)
    const own = model.network.head.kind === 'embedding' ? 'embedding' : 'pool'
    const started = performance.now()
    const { vectors } = await forwardData(
      context,
      model.network,
      dataset,
      indices,
      built => ({ vectors: asVectors(layerNamed(built, layer ?? own)) }),
      batch,
    )
    const seconds = (performance.now() - started) / 1000
    const dim = vectors.length / indices.length
    const path = join(await context.out(), 'vectors.arrow')
    const items = Array.from(indices, index => dataset.items[index])
    await writeVectors(path, {
      ids: indices,
      paths: items.map(item => item.path),
      labels: items.map(item => dataset.classes[item.label]),
      dim,
      data: vectors,
    })
    context.made(path)
    return { metrics: { images: indices.length, dim, imagesPerSecond: indices.length / seconds } }
  },
})

/** Feature maps (n, c, h, w) become their means (n, c). */
const asVectors = (value: Value): Value =>
  value.shape.length === 4
    ? reshape(globalAveragePool(value), [value.shape[0], value.shape[1]])
    : flatten(value)
