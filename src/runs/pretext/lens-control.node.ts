/**
 * Does a question about parts find the lens? Scenes of noise have no content and look alike at all places, so what a
 * classifier of parts finds on them it finds by the lens: with it there should be something, without it nothing.
 */
import { mapConcurrently } from '../../base/concurrent.ts'
import { decodesAtOnce } from '../../data/decode.node.ts'
import { wholeOf } from '../../data/prepare/geometry.ts'
import { resample } from '../../data/prepare/resample.ts'
import { allForms } from '../../data/pretext/forms.node.ts'
import { noiseScene, throughLens } from '../../data/pretext/lens.ts'
import type { PretextTask } from '../../data/pretext/task.ts'
import type { Context } from '../../runtime/context.ts'
import { probeAccuracy } from '../../training/linear-probe.ts'

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
  const forms = task.classes.length
  const cells: LensCell[] = []
  for (const lens of [false, true]) {
    const rows = new Float32Array(scenes * forms * length)
    await mapConcurrently(
      Array.from({ length: scenes }),
      decodesAtOnce(),
      async (_, index) => {
        const scene = noiseScene(side * task.sourceScale, context.seed, index)
        const made = await allForms(lens ? throughLens(scene) : scene, task, side, index)
        for (const [form, picture] of made.entries()) {
          const small = resample(
            picture,
            thumbnail,
            thumbnail,
            wholeOf({ width: thumbnail, height: thumbnail }),
          )
          const mean = small.data.reduce((sum, value) => sum + value, 0) / small.data.length
          // How bright the whole is tells nothing of a place.
          const row = rows.subarray((index * forms + form) * length)
          small.data.forEach((value, at) => {
            row[at] = value / mean
          })
        }
      },
      { work: context, stage: lens ? 'scenes through a lens' : 'scenes' },
    )
    const trained = forms * Math.round(trainShare * scenes)
    const part = (from: number, to: number) => ({
      features: rows.subarray(from * length, to * length),
      labels: Array.from({ length: to - from }, (_, row) => (from + row) % forms),
    })
    const options = { dim: length, classes: forms, group: forms, seed: context.seed, work: context }
    const all = scenes * forms
    cells.push({
      lens,
      accuracy: await probeAccuracy(await context.engine(), part(0, trained), part(trained, all), options),
    })
  }
  return cells
}
