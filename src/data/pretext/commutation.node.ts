/**
 * Can a processing J betray that an image was mirrored? Where it commutes with the mirror T, T(J(x)) = J(T(x)), a
 * mirrored image is what the processing would have made of the mirrored scene, and nothing is betrayed. The residual
 * mean |T(J(x)) - J(T(x))| measures by how much it does not. Lin et al., "Visual Chirality" (CVPR 2020).
 *
 * A random crop hides where the grid of the processing begins. So the second figure looks for a shift of the scene
 * with which both ways give the same, away from the borders: where there is one, random cropping hides the cue.
 */
import { mapConcurrently } from '../../base/concurrent.ts'
import type { Picture } from '../../base/picture.ts'
import type { Work } from '../../base/work.ts'
import { decodesAtOnce } from '../decode.node.ts'
import { resample } from '../prepare/resample.ts'
import { processed } from './process.node.ts'
import type { JpegSettings, Process } from './processes.ts'
import type { Residual } from './residuals.ts'
import { meanDifference, mirrored, windowOf } from './windows.ts'

/** JPEG repeats itself after 16 pixels at most, demosaicing after two. */
const shifts = 16
/** Pixels next to the border that a processing treats in its own way. */
const border = 16

/** How much wider than the width in question a source must be, and how high. */
const room = { across: shifts - 1, height: 96 }

export interface CommutationOptions {
  processes: readonly Process[]
  /** in pixels */
  widths: readonly number[]
  /** how many images are averaged over */
  count: number
  jpeg: JpegSettings
  work?: Work
}

/** Gives image `index`, of `width` x `height` pixels, before any processing. */
export type Source = (index: number, width: number, height: number) => Picture

export async function commutation(
  source: Source,
  { processes, widths, count, jpeg, work }: CommutationOptions,
): Promise<Residual[]> {
  const cells = processes.flatMap(process => widths.map(width => ({ process, width })))
  return mapConcurrently(
    cells,
    decodesAtOnce(),
    async ({ process, width }) => {
      const found: { residual: number; shifted: number[] }[] = []
      for (let index = 0; index < count; index++) {
        const scene = source(index, width + room.across, room.height)
        found.push(await residualsOf(scene, width, picture => processed(picture, process, jpeg)))
      }
      const mean = (value: (each: (typeof found)[number]) => number) =>
        found.reduce((sum, each) => sum + value(each), 0) / count
      // The shift is one for all images: it belongs to the grids, not to what they show.
      const perShift = found[0].shifted.map((_, shift) => mean(({ shifted }) => shifted[shift]))
      return {
        process,
        width,
        residual: mean(({ residual }) => residual),
        shifted: perShift.length ? Math.min(...perShift) : null,
      }
    },
    { work, stage: 'commutation' },
  )
}

async function residualsOf(
  scene: Picture,
  width: number,
  process: (picture: Picture) => Promise<Picture>,
): Promise<{ residual: number; shifted: number[] }> {
  const { height } = scene
  const view = (shift: number) => windowOf(scene, { left: shift, top: 0, width, height })
  const mirroredAfter = mirrored(await process(view(0)))
  const mirroredBefore = (shift: number) => process(mirrored(view(shift)))
  const inner = { width: width - 2 * border - room.across, height: height - 2 * border }
  const residual = meanDifference(mirroredAfter, await mirroredBefore(0))
  if (inner.width < 1) return { residual, shifted: [] }
  const part = (picture: Picture, shift: number) =>
    windowOf(picture, { left: border + shift, top: border, ...inner })
  const shifted: number[] = []
  // What stands at a place of the view stands `shift` places further on in the mirrored view that begins there.
  for (let shift = 0; shift < shifts; shift++)
    shifted.push(meanDifference(part(mirroredAfter, 0), part(await mirroredBefore(shift), shift)))
  return { residual, shifted }
}

/** Images of a data set as sources: from their centre, at their own resolution; those that are too small are enlarged. */
export function fromPictures(pictures: readonly Picture[]): Source {
  return (index, width, height) => {
    const picture = pictures[index]
    const scale = Math.max(1, width / picture.width, height / picture.height)
    const size = { width: Math.ceil(scale * picture.width), height: Math.ceil(scale * picture.height) }
    const window = {
      left: Math.floor((size.width - width) / 2),
      top: Math.floor((size.height - height) / 2),
      width,
      height,
    }
    return scale === 1 ? windowOf(picture, window) : resample(picture, size.width, size.height, window)
  }
}
