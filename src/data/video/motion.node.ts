/** How much moves, or sounds, in every tile at every frame: what tiles are aligned by. */
import { openStage, type Work } from '../../base/work.ts'
import { framesOf, soundOf, type Video } from './ffmpeg.node.ts'
import type { GridShape } from './grid.ts'

/** Width of a tile that motion is measured on, in pixels: enough for a mouth, too little for the grain of a film. */
const tileWidth = 63
/** Differences of grey levels that are noise. */
const quiet = 2
const samplesPerSecond = 16000

/** Parts of a tile along each side, which are compared one by one: brows with brows, mouths with mouths. */
const across = 3

/**
 * Mean change of the grey levels of each of nine parts of each tile from frame to frame: one value for each frame at the
 * video's rate.
 */
export async function motionOf(
  video: Video,
  { rows, columns }: GridShape,
  work: Work,
): Promise<Float32Array[][]> {
  const ratio = (video.height * columns) / (video.width * rows)
  const tileHeight = across * Math.max(3, Math.round((tileWidth * ratio) / across))
  const [width, height] = [columns * tileWidth, rows * tileHeight]
  const [partWidth, partHeight] = [tileWidth / across, tileHeight / across]
  const before = new Uint8Array(width * height)
  const parts = rows * columns * across ** 2
  const values: number[][] = Array.from({ length: parts }, () => [])
  const total = Math.round((video.seconds ?? 0) * video.fps)
  const stage = openStage(work, 'motion', total)
  let count = 0
  try {
    const filters = `[in]fps=${video.rate},scale=${width}:${height}:flags=area,format=gray[out]`
    for await (const frame of framesOf(video, { filters, width, height, channels: 1, work })) {
      const sums = new Float64Array(parts)
      for (let y = 0; y < height; y++) {
        const row = Math.floor(y / partHeight) * columns * across
        for (let x = 0; x < width; x++) {
          const change = Math.abs(frame[y * width + x] - before[y * width + x]) - quiet
          if (change > 0) sums[row + Math.floor(x / partWidth)] += change
        }
      }
      before.set(frame)
      for (const [part, sum] of sums.entries())
        values[part].push(count === 0 ? 0 : sum / (partWidth * partHeight))
      count++
      if (count % 64 === 0) stage.update(Math.min(count, total))
    }
  } finally {
    stage.end()
  }
  const ordered = (tile: number) =>
    Array.from({ length: across ** 2 }, (_, part) => {
      const y = Math.floor(tile / columns) * across + Math.floor(part / across)
      const x = (tile % columns) * across + (part % across)
      return Float32Array.from(values[y * columns * across + x])
    })
  return Array.from({ length: rows * columns }, (_, tile) => ordered(tile))
}

/** Loudness of every track at every frame of the video. */
export async function loudnessOf(video: Video, work: Work): Promise<Float32Array[]> {
  const { sounds, fps } = video
  const values: number[][] = Array.from({ length: sounds }, () => [])
  let sums = new Float64Array(sounds)
  let [seen, next] = [0, samplesPerSecond / fps]
  for await (const samples of soundOf(video, samplesPerSecond, work))
    for (let at = 0; at < samples.length; at += sounds) {
      for (let track = 0; track < sounds; track++) sums[track] += samples[at + track] ** 2
      seen++
      if (seen < next) continue
      for (const [track, sum] of sums.entries()) values[track].push(Math.sqrt(sum))
      sums = new Float64Array(sounds)
      next += samplesPerSecond / fps
    }
  return values.map(track => Float32Array.from(track))
}
