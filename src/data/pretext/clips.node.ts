/**
 * Clips as images that hold time: three moments of a clip, in grey, become the red, green and blue of one image. Clips
 * are folders of frames in the order of their names, or video files. Written as a list with the split in it: whole clips are
 * held out, since moments of one clip are too alike.
 */
import { mkdir } from 'node:fs/promises'
import { join, parse } from 'node:path'
import { GlasshouseError } from '../../base/errors.ts'
import { writeFileAtomic } from '../../base/files.node.ts'
import { byNumber } from '../../base/names.ts'
import { random } from '../../base/random.ts'
import { inStage, type Work } from '../../base/work.ts'
import { encodePng } from '../../figures/files.node.ts'
import { readPicture } from '../decode.node.ts'
import { contentsOf } from '../folders.node.ts'
import { namedLikeImage } from '../image-kinds.ts'
import { describeVideo, framesOf } from '../video/ffmpeg.node.ts'

export interface ClipOptions {
  /** of what is written, in pixels */
  side: number
  /** frames from one moment to the next */
  step: number
  /** of the clips, to test on; one at least */
  holdOut: number
  seed: number
}

interface Clip {
  name: string
  /** grey, side x side, in the order of time */
  frames(): AsyncGenerator<Uint8Array>
}

const videoNames = /\.(mp4|m4v|mov|mpe?g|avi|mkv|webm)$/i

/** Writes the images and their list into `folder`. @returns the list */
export async function momentsOfClips(
  data: string,
  folder: string,
  options: ClipOptions,
  work: Work,
): Promise<string> {
  const { side, step, holdOut, seed } = options
  const clips = await clipsIn(data, side, work)
  const count = Math.min(clips.length - 1, Math.max(1, Math.round(holdOut * clips.length)))
  const held = new Set(
    random(seed, 'held-out clips')
      .shuffle([...clips])
      .slice(0, count),
  )
  const rows: string[] = []
  await inStage(work, 'moments of clips', clips.length, async update => {
    for (const [number, clip] of clips.entries()) {
      await mkdir(join(folder, clip.name), { recursive: true })
      let recent: Uint8Array[] = []
      let written = 0
      for await (const frame of clip.frames()) {
        recent.push(frame.slice())
        if (recent.length < 2 * step + 1) continue
        const path = join(clip.name, `${String(written++).padStart(6, '0')}.png`)
        const moments = [recent[0], recent[step], recent[2 * step]]
        const rgb = Uint8Array.from(
          { length: 3 * side * side },
          (_, at) => moments[at % 3][Math.floor(at / 3)],
        )
        await writeFileAtomic(join(folder, path), await encodePng({ width: side, height: side, data: rgb }))
        rows.push(`${quoted(path)},${quoted(clip.name)},${held.has(clip) ? 'test' : 'train'}`)
        recent = recent.slice(step)
      }
      if (written === 0)
        throw new GlasshouseError({
          code: 'clips-short',
          what: `this clip has fewer than ${2 * step + 1} frames`,
          where: join(data, clip.name),
          hint: 'Leave it out, or choose a smaller --step',
        })
      update(number + 1)
    }
  })
  const list = join(folder, 'labels.csv')
  await writeFileAtomic(list, `path,label,split\n${rows.join('\n')}\n`)
  return list
}

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`

/** @throws GlasshouseError 'clips-few' where there are fewer than two */
async function clipsIn(data: string, side: number, work: Work): Promise<Clip[]> {
  const { folders, files } = await contentsOf(data)
  const clips: Clip[] = files
    .filter(file => videoNames.test(file))
    .map(file => ({ name: parse(file).name, frames: () => framesOfVideo(join(data, file), side, work) }))
  for (const name of folders) {
    const images = (await contentsOf(join(data, name))).files.filter(namedLikeImage).sort(byNumber)
    if (images.length)
      clips.push({
        name,
        async *frames() {
          for (const file of images)
            yield greyOf(await readPicture(join(data, name, file), { resize: { square: side } }))
        },
      })
  }
  if (clips.length > 1) return clips.sort((a, b) => byNumber(a.name, b.name))
  throw new GlasshouseError({
    code: 'clips-few',
    what: 'there are fewer than two clips here',
    where: data,
    expected: 'video files, or a folder of frames for each clip',
  })
}

async function* framesOfVideo(path: string, side: number, work: Work): AsyncGenerator<Uint8Array> {
  const video = await describeVideo(path, work)
  const filters = `[in]scale=${side}:${side}:force_original_aspect_ratio=increase,crop=${side}:${side},format=gray[out]`
  yield* framesOf(video, { filters, width: side, height: side, channels: 1, work })
}

const greyOf = ({ data }: { data: Uint8Array }): Uint8Array =>
  Uint8Array.from({ length: data.length / 3 }, (_, at) =>
    Math.round(0.299 * data[3 * at] + 0.587 * data[3 * at + 1] + 0.114 * data[3 * at + 2]),
  )
