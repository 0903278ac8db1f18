/**
 * A montage of people who watch the same film, as a data set: tiles, the shift of each, the face in each, and frames
 * whose class is the moment. Two passes: one over all frames in miniature, for the shifts, and one over those that are
 * kept. Both stream, so what is held in memory does not grow with the frames.
 */
import { mkdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import sharp from 'sharp'
import { GlasshouseError } from '../../base/errors.ts'
import { temporaryName } from '../../base/leftovers.node.ts'
import type { Picture } from '../../base/picture.ts'
import { note, openStage, type Work } from '../../base/work.ts'
import type { Window } from '../prepare/geometry.ts'
import { windowOf } from '../pretext/windows.ts'
import type { Face, FaceDetector } from './faces.node.ts'
import { describeVideo, framesOf, unreadable, type Video } from './ffmpeg.node.ts'
import { type GridShape, hasSeams, measureSeams, partsAlong, tilesOf } from './grid.ts'
import { framePath, momentName } from './moments.ts'
import { loudnessOf, motionOf } from './motion.node.ts'
import { alignTiles, type Series, type Shift } from './shifts.ts'
import { reach, smoothedFace } from './smooth.ts'

export interface MontageOptions {
  /** undefined: found by its seams */
  grid?: GridShape
  /** frames kept of every second */
  fps: number
  /** side of the kept images, in pixels */
  size: number
  /** seconds by which a tile may lag or lead */
  reach: number
  /** whether shifts are looked for */
  align: boolean
  detector?: FaceDetector
}

export interface MontageTile {
  shift: Shift
  /** share of the frames in which a face was found; 1 where none is looked for */
  faces: number
  /** images that are kept; 0 where the tile was dropped */
  images: number
}

export interface SplitVideo {
  /** folder of its images */
  name: string
  video: Video
  grid: GridShape
  /** what the shifts are from */
  aligned: 'motion' | 'sound' | 'nothing'
  tiles: MontageTile[]
  moments: number
  /** path and moment of every image, as rows of the list */
  rows: { path: string; label: string }[]
  /** how much moves in every tile, at the video's own rate */
  activity: Float32Array[]
}

/** A tile in which a face is found less often is taken for something else. */
const leastFaces = 0.2
/** Frames that seams are looked for in. */
const seamFrames = 12
/** A cut is so much wider than the face that the detector gives. */
const room = 1.35

/** Splits one video; its images go to `folder/name`, all or none. */
export async function splitMontage(
  path: string,
  name: string,
  folder: string,
  options: MontageOptions,
  work: Work,
): Promise<SplitVideo> {
  const video = await describeVideo(path, work)
  const grid = await gridOf(video, options.grid, work)
  const tiles = tilesOf(grid, video.width, video.height, path)
  const isSound = options.align && tiles.length > 1 && video.sounds === tiles.length
  const activity = tiles.length > 1 && options.align ? await motionOf(video, grid, work) : []
  if (options.align && tiles.length > 1 && (activity[0]?.length ?? 0) < 2)
    throw unreadable(path, 'it has no frames')
  const series = isSound ? (await loudnessOf(video, work)).map(track => [track]) : activity
  const shifts = series.length
    ? alignTiles(ofOneLength(series), Math.round(options.reach * video.fps))
    : tiles.map((): Shift => ({ lag: 0, behind: 0, correlation: 0, score: 0 }))
  const temporary = temporaryName(join(folder, name))
  try {
    const kept = await keepFrames(video, name, temporary, { grid, tiles, shifts, options }, work)
    await rm(join(folder, name), { recursive: true, force: true })
    await rename(temporary, join(folder, name))
    const aligned = !options.align || tiles.length < 2 ? 'nothing' : isSound ? 'sound' : 'motion'
    return { name, video, grid, aligned, activity: activity.map(meanOver), ...kept }
  } catch (error) {
    await rm(temporary, { recursive: true, force: true })
    throw error
  }
}

/** Of all parts of a tile. */
const meanOver = (parts: Series): Float32Array =>
  parts[0].map((_, at) => parts.reduce((sum, values) => sum + values[at], 0) / parts.length)

/** Tracks of sound may end at different times. */
function ofOneLength(series: readonly Series[]): Series[] {
  const length = Math.min(...series.flatMap(parts => parts.map(values => values.length)))
  return series.map(parts => parts.map(values => values.subarray(0, length)))
}

/** Names of folders for videos: those of the files, all different, without what a file system or a list could take amiss. */
export function namesOf(paths: readonly string[]): string[] {
  const names: string[] = []
  for (const path of paths) {
    const plain =
      basename(path, extname(path))
        .replace(/[^\p{L}\p{N}._-]+/gu, '-')
        .replace(/^[.-]+/, '') || 'video'
    let name = plain.slice(0, 80)
    for (let k = 2; names.includes(name); k++) name = `${plain.slice(0, 80)}-${k}`
    names.push(name)
  }
  return names
}

async function gridOf(video: Video, given: GridShape | undefined, work: Work): Promise<GridShape> {
  const { width, height, path } = video
  if (given) tilesOf(given, width, height, path)
  const seams = await measureSeams(someFrames(video, work), width, height)
  const found = { rows: partsAlong(seams.rows), columns: partsAlong(seams.columns) }
  const text = ({ rows, columns }: GridShape) => `${rows}x${columns}`
  // Between walls of one colour seams may not show; but where others are seen, these ones should be.
  const isOther = given && found.rows * found.columns > 1 && text(found) !== text(given)
  if (isOther && !(hasSeams(seams.rows, given.rows) && hasSeams(seams.columns, given.columns)))
    throw new GlasshouseError({
      code: 'grid-unfit',
      what: `the frame has no seams where a grid of ${text(given)} has them`,
      where: path,
      expected: `${text(found)}, whose seams are there`,
      got: text(given),
      hint: 'Look at a frame, or let --grid auto find the tiles',
    })
  if (given) return given
  if (found.rows * found.columns > 1) {
    note(work, `${path}: ${found.rows} rows of ${found.columns} tiles, by the seams`)
    return found
  }
  throw new GlasshouseError({
    code: 'grid-unknown',
    what: 'no seams were found by which this video would be divided into tiles',
    where: path,
    hint: 'Give the grid as --grid ROWSxCOLUMNS; 1x1 for a video of one person',
  })
}

/** A shorter video is read to its end; in a longer one we jump. */
const short = 120

/** Some frames, evenly through the video as far as its length is known. */
async function* someFrames(video: Video, work: Work): AsyncGenerator<Uint8Array> {
  const { width, height, seconds = 0 } = video
  const request = { width, height, channels: 3 as const, work }
  let count = 0
  const plain = '[in]format=rgb24[out]'
  for (let k = 0; seconds > short && k < seamFrames; k++)
    for await (const frame of framesOf(video, {
      ...{ ...request, filters: plain, from: (seconds * (k + 0.5)) / seamFrames, most: 1 },
    })) {
      count++
      yield frame
    }
  // Where one cannot jump, or does not know how far, the beginning has to do.
  const rate = seconds > 0 && seconds <= short ? seamFrames / seconds : 1
  if (count === 0)
    for await (const frame of framesOf(video, {
      ...{ ...request, filters: `[in]fps=${rate.toFixed(4)},format=rgb24[out]`, most: seamFrames },
    })) {
      count++
      yield frame
    }
  if (count === 0) throw unreadable(video.path, 'no frame of it can be decoded')
}

interface Cutting {
  grid: GridShape
  tiles: readonly Window[]
  shifts: readonly Shift[]
  options: MontageOptions
}

/** Every tile from where its time begins, at the rate that is kept, and put together again. */
function alignedFilters(
  { fps: rate }: Video,
  {
    grid,
    tiles,
    shifts,
    options: { fps },
  }: Pick<Cutting, 'grid' | 'tiles' | 'shifts'> & { options: { fps: number } },
): string {
  const earliest = Math.min(...shifts.map(({ lag }) => lag))
  const cuts = tiles.map(({ left, top, width, height }, tile) => {
    const start = (shifts[tile].lag - earliest) / rate
    // The frame nearest to a moment is the last one that begins until half a frame after it.
    const from = Math.max(0, start - 0.75 / rate).toFixed(6)
    const zero = (start + 0.5 / rate).toFixed(6)
    return `[s${tile}]crop=${width}:${height}:${left}:${top},trim=start=${from},setpts=PTS-${zero}/TB,fps=${fps}:start_time=0:round=up[t${tile}]`
  })
  const all = tiles.map((_, tile) => `[t${tile}]`).join('')
  const split = `[in]split=${tiles.length}${tiles.map((_, tile) => `[s${tile}]`).join('')}`
  const { width, height } = tiles[0]
  const layout = tiles.map(
    (_, tile) => `${(tile % grid.columns) * width}_${Math.floor(tile / grid.columns) * height}`,
  )
  if (tiles.length === 1) return `${split};${cuts[0]};[t0]null[out]`
  return [
    split,
    ...cuts,
    `${all}xstack=inputs=${tiles.length}:layout=${layout.join('|')}:shortest=1[out]`,
  ].join(';')
}

/** A tile at a moment, until those behind it have told where its face is. */
interface Waiting {
  picture: Picture
  face?: Face
}

async function keepFrames(video: Video, name: string, folder: string, cutting: Cutting, work: Work) {
  const { tiles, shifts, options } = cutting
  const { fps, size, detector } = options
  const windows: Waiting[][] = tiles.map(() => [])
  const kept: number[][] = tiles.map(() => [])
  const seen = new Int32Array(tiles.length)
  for (const tile of tiles.keys())
    await mkdir(join(folder, dirname(framePath(name, tile, 0)).slice(name.length + 1)), { recursive: true })
  const pathIn = (tile: number, index: number) =>
    join(folder, framePath(name, tile, index).slice(name.length + 1))
  const earliest = Math.min(...shifts.map(({ lag }) => lag))

  /** Writes frame `index` of a tile, once those behind it are known, as far as there are any. */
  const settle = async (tile: number, index: number, last: number) => {
    const own = windows[tile]
    const from = Math.max(0, index - reach)
    const at = (k: number) => own[k - Math.max(0, last - own.length + 1)]
    const around = Array.from({ length: 2 * reach + 1 }, (_, k) => index - reach + k)
    const { picture } = at(index)
    const face = detector
      ? smoothedFace(around.map(k => (k >= from && k <= last ? at(k)?.face : undefined)))
      : wholeFace(picture)
    if (!face) return
    kept[tile].push(index)
    await writeCut(pathIn(tile, index), picture, face, detector ? room : 1, size)
  }

  const total = Math.max(1, Math.round((video.seconds ?? 0) * fps))
  const stage = openStage(work, detector ? 'faces' : 'frames', total)
  const request = {
    filters: alignedFilters(video, cutting),
    width: video.width,
    height: video.height,
    channels: 3 as const,
  }
  let count = 0
  try {
    for await (const frame of framesOf(video, { ...request, work })) {
      const index = count++
      for (const [tile, place] of tiles.entries()) {
        const picture = windowOf({ width: video.width, height: video.height, data: frame }, place)
        const face = await detector?.detect(picture)
        if (face || !detector) seen[tile]++
        windows[tile].push({ picture, ...(face && { face }) })
        if (windows[tile].length > 2 * reach + 1) windows[tile].shift()
      }
      if (index >= reach) await Promise.all(tiles.map((_, tile) => settle(tile, index - reach, index)))
      stage.update(Math.min(count, total))
    }
    for (let index = Math.max(0, count - reach); index < count; index++)
      await Promise.all(tiles.map((_, tile) => settle(tile, index, count - 1)))
  } finally {
    stage.end()
  }
  if (count === 0) throw unreadable(video.path, 'no frame of it can be decoded')
  const shares = tiles.map((_, tile) => seen[tile] / count)
  if (shares.every(share => share < leastFaces))
    throw new GlasshouseError({
      code: 'faces-none',
      what: 'no face was found in any tile of this video',
      where: video.path,
      hint: 'Check the grid, or keep whole tiles with --faces none',
    })
  const rows: { path: string; label: string }[] = []
  for (const tile of tiles.keys()) {
    if (shares[tile] < leastFaces) {
      await rm(dirname(pathIn(tile, 0)), { recursive: true, force: true })
      kept[tile] = []
    }
    for (const index of kept[tile]) {
      const label = momentName({ video: name, seconds: index / fps - earliest / video.fps })
      rows.push({ path: framePath(name, tile, index), label })
    }
  }
  return {
    moments: count,
    rows,
    tiles: tiles.map((_, tile) => ({ shift: shifts[tile], faces: shares[tile], images: kept[tile].length })),
  }
}

const wholeFace = ({ width, height }: Picture): Face => ({
  x: width / 2,
  y: height / 2,
  side: Math.min(width, height),
  score: 1,
})

/** A square around the face, moved inside the tile; where the tile is too small for it, the largest that fits. */
async function writeCut(
  path: string,
  picture: Picture,
  face: Face,
  room: number,
  size: number,
): Promise<void> {
  const { width, height, data } = picture
  const side = Math.max(8, Math.min(width, height, Math.round(room * face.side)))
  const place = (centre: number, extent: number) =>
    Math.max(0, Math.min(extent - side, Math.round(centre - side / 2)))
  await sharp(data, { raw: { width, height, channels: 3 } })
    .extract({ left: place(face.x, width), top: place(face.y, height), width: side, height: side })
    .resize(size, size)
    .jpeg({ quality: 92, chromaSubsampling: '4:4:4' })
    .toFile(path)
}
