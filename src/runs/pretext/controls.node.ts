/**
 * Can a processing give the answer of a pretext task away? Noise has no content, so what a classifier recognises
 * on noise it recognises by the processing. The controls are crossed: width by demosaicing by JPEG by random cropping. Random crops
 * hide what either of the two processings leaves, and do not hide what both leave together, so that tests of each alone
 * would prove nothing. Lin et al., "Visual Chirality" (CVPR 2020), whose table has these widths.
 */
import { mapConcurrently } from '../../base/concurrent.ts'
import type { Picture } from '../../base/picture.ts'
import { random } from '../../base/random.ts'
import { openStage } from '../../base/work.ts'
import { decodesAtOnce } from '../../data/decode.node.ts'
import { allForms } from '../../data/pretext/forms.node.ts'
import { gridStatistics, gridStatisticsLength } from '../../data/pretext/grid-statistics.ts'
import { noiseImage } from '../../data/pretext/noise.ts'
import { processed } from '../../data/pretext/process.node.ts'
import type { Process } from '../../data/pretext/processes.ts'
import { pretextTaskNamed } from '../../data/pretext/registry.ts'
import { windowOf } from '../../data/pretext/windows.ts'
import type { Context } from '../../runtime/context.ts'
import { formsAccuracy } from './forms-probe.node.ts'

export interface ControlCell {
  /** of the images, in pixels */
  width: number
  demosaic: boolean
  jpeg: boolean
  /** random crops, with the border removed */
  crop: boolean
  /** share of held-out noise images in the right form */
  accuracy: number
}

/** Odd, even, and a multiple of 16. */
const usualWidths = [99, 100, 112]
const border = 16
/** Crops move by up to a whole period of JPEG. */
const play = 16
const trainShare = 0.4

const switches = [
  { demosaic: false, jpeg: false, process: 'none' },
  { demosaic: true, jpeg: false, process: 'demosaic' },
  { demosaic: false, jpeg: true, process: 'jpeg' },
  { demosaic: true, jpeg: true, process: 'both' },
] satisfies { demosaic: boolean; jpeg: boolean; process: Process }[]

/** @param images noise images in every cell, of which two fifths are trained on */
export async function crossedControls(
  context: Context,
  name: string,
  images: number,
  widths: readonly number[] = usualWidths,
): Promise<ControlCell[]> {
  const cells: ControlCell[] = []
  const forms = pretextTaskNamed(name).classes.length
  const asked = { dim: gridStatisticsLength, forms, trainShare }
  const kinds = switches.flatMap(kind => widths.map(width => ({ ...kind, width })))
  const stage = openStage(context, 'controls', kinds.length)
  try {
    for (const { width, demosaic, jpeg, process } of kinds) {
      const statistics = await statisticsOf(context, name, { width, process, images })
      for (const crop of [false, true])
        cells.push({
          width,
          demosaic,
          jpeg,
          crop,
          accuracy: await formsAccuracy(context, statistics[crop ? 1 : 0], asked),
        })
      stage.update(cells.length / 2)
    }
  } finally {
    stage.end()
  }
  return cells
}

/** Of all forms of all images, whole and cropped: row by row. */
async function statisticsOf(
  { seed, signal, emit }: Context,
  name: string,
  { width, process, images }: { width: number; process: Process; images: number },
): Promise<[whole: Float32Array, cropped: Float32Array]> {
  const task = pretextTaskNamed(name)
  const forms = task.classes.length
  const side = width * task.sourceScale
  const rows = [0, 1].map(() => new Float32Array(images * forms * gridStatisticsLength)) as [
    Float32Array,
    Float32Array,
  ]
  await mapConcurrently(
    Array.from({ length: images }),
    decodesAtOnce(),
    async (_, index) => {
      const taken = await processed(noiseImage(side, side, seed, name, index), process)
      for (const [form, picture] of (await allForms(taken, task, width, index)).entries()) {
        const at = (index * forms + form) * gridStatisticsLength
        rows[0].set(gridStatistics(picture, false), at)
        rows[1].set(gridStatistics(randomCrop(picture, seed, index, form), true), at)
      }
    },
    { work: { signal, emit } },
  )
  return rows
}

/** Each form has a crop of its own. */
function randomCrop(picture: Picture, seed: number, index: number, form: number): Picture {
  const { integer } = random(seed, 'control crop', index, form)
  const side = picture.width - 2 * border - (play - 1)
  return windowOf(picture, {
    left: border + integer(play),
    top: border + integer(play),
    width: side,
    height: side,
  })
}
