/** `classify MODEL IMAGE...`: what does it see? */

import { z } from 'zod'
import { GlasshouseError } from '../base/errors.ts'
import { percent } from '../base/percent.ts'
import { unwatched } from '../base/work.ts'
import { readHeader, readImageFile, readPicture } from '../data/decode.node.ts'
import { fillPrepared, viewOf } from '../data/prepare/prepare.ts'
import { openModelOf } from '../lenses/inputs.node.ts'
import { probabilities } from '../models/classification.ts'
import { forward } from '../models/forward.ts'
import { defineCommand } from './command.ts'
import { table } from './summary.ts'

export const classify = defineCommand({
  name: 'classify',
  summary: 'what a classifier sees in images',
  arguments: [
    { name: 'model', description: 'a run (run@7 for an epoch), an .onnx file, or NET:WEIGHTS' },
    { name: 'images', description: 'image files', many: true },
  ],
  options: z.object({
    top: z.number().int().min(1).max(1000).default(5).describe('how many classes to name'),
  }),
  examples: [{ line: 'classify runs/train-1 leaf.jpg', does: 'The five likeliest classes of an image' }],
  makesNothing: true,
  async run(context, { model: source, images }, { top }) {
    const { network } = await openModelOf(source, context)
    const { head, preprocessing } = network
    if (head.kind !== 'classes')
      throw new GlasshouseError({
        code: 'not-a-classifier',
        what: 'this network has no classes: it is an embedding',
        where: source,
        hint: 'Name a classifier, use embed, or read its numbers as classes with --as classes',
      })
    // One that cannot be read is named before the network runs over those before it.
    for (const path of images) await readHeader(await readImageFile(path), path)
    const fill = async (index: number, target: Float32Array, offset: number) =>
      fillPrepared(viewOf(await readPicture(images[index]), preprocessing), preprocessing, target, offset)
    const { logits } = await forward(
      await context.engine(),
      network,
      images.length,
      fill,
      ({ output }) => ({ logits: output }),
      { work: unwatched(context) },
    )
    const width = head.classes.length
    const results = images.map((path, row) => {
      const own = logits.subarray(row * width, (row + 1) * width)
      const shares = probabilities(own, head.scores)
      const order = Array.from(own.keys()).sort((a, b) => own[b] - own[a])
      return {
        path,
        top: order.slice(0, top).map(index => ({
          index,
          class: head.classes[index],
          logit: own[index],
          probability: shares[index],
        })),
      }
    })
    const rows = results.flatMap(({ path, top }) =>
      top.map(({ class: name, probability }, rank) => ({
        image: rank === 0 ? path : '',
        class: name,
        probability: percent(probability, 2),
      })),
    )
    return { metrics: { images: results }, summary: table(rows) }
  },
})
