/** `classify MODEL IMAGE...`: what does it see? */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { encodeCsv } from '../base/csv.ts'
import { GlasshouseError } from '../base/errors.ts'
import { fileError } from '../base/files.node.ts'
import { percent } from '../base/percent.ts'
import { note, type Work } from '../base/work.ts'
import { readHeader, readImageFile, readPicture } from '../data/decode.node.ts'
import { filesBelow } from '../data/folders.node.ts'
import { namedLikeImage } from '../data/image-kinds.ts'
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
    {
      name: 'model',
      kind: 'model',
      description: 'a run (run@7 for an epoch), an .onnx file, or NET:WEIGHTS',
    },
    { name: 'images', kind: 'pictures', description: 'image files, or folders of them', many: true },
  ],
  options: z.object({
    top: z.number().int().min(1).max(1000).default(5).describe('how many classes to name'),
  }),
  examples: [
    { line: 'classify runs/train-1 leaf.jpg', does: 'The five likeliest classes of an image' },
    {
      line: 'classify runs/train-1 new/ --top 1 --out answers',
      does: 'All images of a folder; answers/classes.csv',
    },
  ],
  makesNothing: true,
  async run(context, { model: source, images: asked }, { top }) {
    const { network } = await openModelOf(source, context)
    const { head, preprocessing } = network
    if (head.kind !== 'classes')
      throw new GlasshouseError({
        code: 'not-a-classifier',
        what: 'this network has no classes: it is an embedding',
        where: source,
        hint: 'Name a classifier, use embed, or read its numbers as classes with --as classes',
      })
    const images = await imagesOf(context, asked)
    const fill = async (index: number, target: Float32Array, offset: number) =>
      fillPrepared(viewOf(await readPicture(images[index]), preprocessing), preprocessing, target, offset)
    const { logits } = await forward(
      await context.engine(),
      network,
      images.length,
      fill,
      ({ output }) => ({ logits: output }),
      { work: context, stage: 'images' },
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
    if (context.wantsFiles)
      await context.write(
        'classes.csv',
        encodeCsv({
          columns: ['path', 'rank', 'class', 'probability', 'logit'],
          rows: results.flatMap(({ path, top }) =>
            top.map(({ class: name, probability, logit }, rank) => [
              path,
              rank + 1,
              name,
              probability,
              logit,
            ]),
          ),
        }),
      )
    return { metrics: { images: results }, summary: summaryOf(results) }
  },
})

interface Answered {
  path: string
  top: readonly { class: string; probability: number }[]
}

/** A terminal shows as many images as a person reads. */
const mostImages = 100

function summaryOf(results: readonly Answered[]): string {
  const rows = results.slice(0, mostImages).flatMap(({ path, top }) =>
    top.map(({ class: name, probability }, rank) => ({
      image: rank === 0 ? path : '',
      class: name,
      probability: percent(probability, 2),
    })),
  )
  if (results.length === 1) return table(rows)
  const counts = new Map<string, number>()
  for (const { top } of results) counts.set(top[0].class, (counts.get(top[0].class) ?? 0) + 1)
  const often = [...counts].sort(([, a], [, b]) => b - a).slice(0, 10)
  const left =
    results.length > mostImages ? `\n${results.length - mostImages} more images, see --json or --out` : ''
  return `${table(rows)}${left}\n\n${results.length} images: ${often.map(([name, count]) => `${count} ${name}`).join(', ')}`
}

/**
 * The images that are named, and those in folders that are named. One that is named and cannot be read is an error, before
 * the network runs over those before it; in a folder it is said and left out.
 */
async function imagesOf(work: Work, asked: readonly string[]): Promise<string[]> {
  const images: string[] = []
  for (const path of asked) {
    const found = await stat(path).catch(error => {
      throw fileError(error, path)
    })
    if (found.isDirectory()) images.push(...(await imagesBelow(work, path)))
    else {
      await readHeader(await readImageFile(path), path)
      images.push(path)
    }
  }
  return images
}

async function imagesBelow(work: Work, folder: string): Promise<string[]> {
  const { paths } = await filesBelow(folder, '.')
  const images: string[] = []
  for (const path of paths.filter(namedLikeImage).sort()) {
    const place = join(folder, path)
    try {
      await readHeader(await readImageFile(place), place)
      images.push(place)
    } catch (error) {
      if (!(error instanceof GlasshouseError)) throw error
      note(work, `skipped ${error.message}`)
    }
  }
  if (images.length) return images
  throw new GlasshouseError({
    code: 'data-empty',
    what: 'there is no image that can be read in this folder',
    where: folder,
    hint: 'Name image files, or a folder that holds some',
  })
}
