/**
 * Does a question about parts find the lens? Scenes of noise have no content and look alike at all places, so what a
 * classifier of parts finds on them it finds by the lens: with it there should be something, without it nothing.
 */
import { mapConcurrently } from '../../base/concurrent.ts'
import type { Picture } from '../../base/picture.ts'
import { meanOf } from '../../base/statistics.ts'
import { decodesAtOnce } from '../../data/decode.node.ts'
import { resample } from '../../data/prepare/resample.ts'
import { allForms } from '../../data/pretext/forms.node.ts'
import { noiseScene, throughLens } from '../../data/pretext/lens.ts'
import type { PretextTask } from '../../data/pretext/task.ts'
import type { Context } from '../../runtime/context.ts'
import { formsAccuracy } from './forms-probe.node.ts'

export interface LensCell {
  lens: boolean
  /** share of held-out scenes in the right form */
  accuracy: number
}

/** Of what the classifier sees. */
const side = 48
const thumbnail = 12
const length = 3 * thumbnail ** 2
const trainShare = 0.5

/** @param scenes of each kind */
export async function lensControl(context: Context, task: PretextTask, scenes: number): Promise<LensCell[]> {
  const asked = { dim: length, forms: task.classes.length, trainShare }
  const cells: LensCell[] = []
  for (const lens of [false, true]) {
    const rows = await scenesInForms(context, task, scenes, lens)
    cells.push({ lens, accuracy: await formsAccuracy(context, rows, asked) })
  }
  return cells
}

/** Thumbnails of scenes in all forms, row by row. */
async function scenesInForms(
  context: Context,
  task: PretextTask,
  scenes: number,
  lens: boolean,
): Promise<Float32Array> {
  const forms = task.classes.length
  const rows = new Float32Array(scenes * forms * length)
  await mapConcurrently(
    Array.from({ length: scenes }),
    decodesAtOnce(),
    async (_, index) => {
      const scene = noiseScene(side * task.sourceScale, context.seed, index)
      const made = await allForms(lens ? throughLens(scene) : scene, task, side, index)
      for (const [form, picture] of made.entries())
        rows.set(thumbnailOf(picture), (index * forms + form) * length)
    },
    { work: context, stage: lens ? 'scenes through a lens' : 'scenes' },
  )
  return rows
}

/** Divided by its mean: how bright the whole is says nothing of a place. */
function thumbnailOf(picture: Picture): Float32Array {
  const { data } = resample(picture, thumbnail, thumbnail)
  const mean = meanOf(data)
  return Float32Array.from(data, value => value / mean)
}
