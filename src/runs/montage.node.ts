/** Montages as one data set in a folder: all videos, or none. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeCsv } from '../base/csv.ts'
import { note } from '../base/work.ts'
import { type FaceDetector, openFaceDetector } from '../data/video/faces.node.ts'
import { type MontageOptions, namesOf, type SplitVideo, splitMontage } from '../data/video/montage.node.ts'
import type { OutputContext } from '../runtime/context.ts'
import { weightsFile } from '../weights/pulled-weights.node.ts'

export interface MontageWishes extends Omit<MontageOptions, 'detector'> {
  /** auto, none, or a model */
  faces: string
}

/** The detector that `auto` means. */
const usualDetector = 'ultraface'

export async function splitMontages(
  context: OutputContext,
  paths: readonly string[],
  folder: string,
  { faces, ...wishes }: MontageWishes,
): Promise<SplitVideo[]> {
  const detector = await detectorOf(context, faces)
  const videos: SplitVideo[] = []
  try {
    for (const [at, name] of namesOf(paths).entries()) {
      const video = await splitMontage(paths[at], name, folder, { ...wishes, detector }, context)
      videos.push(video)
      const lost = video.tiles.filter(({ shift }) => shift.behind !== 0).length
      if (lost && video.aligned !== 'nothing')
        note(
          context,
          `${paths[at]}: ${lost} tiles have nothing in common with the others by which their shift could be told; they are taken as aligned`,
        )
    }
    // The list comes last: without it the folder is no data.
    const rows = videos.flatMap(({ rows }) => rows.map(({ path, label }) => [path, label]))
    await context.write('labels.csv', encodeCsv({ columns: ['path', 'label'], rows }))
  } catch (error) {
    for (const { name } of videos) await rm(join(folder, name), { recursive: true, force: true })
    throw error
  } finally {
    await detector?.dispose()
  }
  for (const { name } of videos) context.made(join(folder, name))
  return videos
}

async function detectorOf(context: OutputContext, faces: string): Promise<FaceDetector | undefined> {
  if (faces === 'none') return undefined
  const path = weightsFile(faces === 'auto' ? usualDetector : faces)
  return openFaceDetector(await context.engine(), path)
}
