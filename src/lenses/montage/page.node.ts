/** The page of a montage: tiles, shifts, and the strip of what was kept. */
import { percent } from '../../base/percent.ts'
import { meanOf } from '../../base/statistics.ts'
import { momentOf, personOf } from '../../data/video/moments.ts'
import type { SplitVideo } from '../../data/video/montage.node.ts'
import { dataUri } from '../../figures/files.node.ts'
import type { DrawnPage, Part, Report } from '../../figures/report.ts'
import { drawRows, timesImage } from '../../figures/times.ts'
import { makeStrip, stripPart } from './strip.node.ts'

export async function drawMontage(
  videos: readonly SplitVideo[],
  root: string,
  fps: number,
): Promise<DrawnPage> {
  const drawings: Record<string, string> = {}
  const sections: Report['sections'][number][] = []
  for (const video of videos) {
    const drawing = await drawActivity(video)
    if (drawing) drawings[videos.length > 1 ? `motion-${video.name}` : 'motion'] = drawing
    const frames = video.rows.map(({ path, label }) => ({
      path,
      person: personOf(path),
      seconds: momentOf(label)!.seconds,
    }))
    const correlations = video.tiles.map(({ shift }, tile) =>
      shift.behind === tile || video.aligned === 'nothing'
        ? ''
        : `${shift.correlation.toFixed(2)} (${shift.score.toFixed(1)} standard deviations)`,
    )
    const isCorrelated = correlations.some(Boolean)
    const parts: Part[] = [
      stripPart(
        await makeStrip(root, frames),
        'Everybody at the same moment of the film: drag over the strip, or use the slider and its arrow keys. Grey: no face was found.',
      ),
      {
        kind: 'table',
        columns: [
          'tile',
          'lags behind the first',
          ...(isCorrelated ? ['correlation (how far above chance)'] : []),
          'faces found in',
          'images',
        ],
        rows: video.tiles.map(({ faces, images }, tile) => [
          `${tile + 1}`,
          lagOf(video, tile),
          ...(isCorrelated ? [correlations[tile]] : []),
          percent(faces, 0),
          images || 'dropped',
        ]),
      },
      ...sayings(video),
    ]
    if (drawing)
      parts.push({
        kind: 'figure',
        svg: drawing,
        caption:
          'A row for each tile. Bright: the person moves a lot. Where the shifts are right and people react to the same thing, bright places stand above each other.',
      })
    sections.push({ title: videos.length > 1 ? video.name : 'Together', parts })
  }
  const images = videos.reduce((sum, { rows }) => sum + rows.length, 0)
  const people = videos.flatMap(({ tiles }) => tiles).filter(({ images }) => images > 0).length
  return {
    drawings,
    report: {
      title: 'Montage',
      summary: `${people} people, ${fps} moments of every second: ${images} images whose class is the moment.`,
      figures: [
        { label: 'people', value: String(people) },
        { label: 'moments', value: String(videos.reduce((sum, { moments }) => sum + moments, 0)) },
        { label: 'images', value: String(images) },
      ],
      sections,
    },
  }
}

function sayings({ tiles, aligned }: SplitVideo): Part[] {
  const text = (words: string): Part => ({ kind: 'text', text: words })
  const lost = tiles.filter(({ shift }) => shift.behind !== 0).length
  const others = tiles.filter(({ shift }, tile) => shift.behind !== 0 && shift.behind !== tile).length
  const dropped = tiles.filter(({ images }) => images === 0).length
  return [
    ...(aligned === 'sound'
      ? [text('The shifts are from the sound: the video has a track for each tile.')]
      : []),
    ...(aligned !== 'nothing' && lost
      ? [
          text(
            `${lost} of ${tiles.length} tiles have no movement in common with tile 1, so their shift from it is not known and taken as 0.${others ? ` The shift of ${others} of them from another tile is known, and was corrected.` : ''}`,
          ),
        ]
      : []),
    ...(dropped ? [text(`${dropped} tiles were dropped, since hardly any face was found in them.`)] : []),
  ]
}

/** In words: by how much a tile lags, and behind which, where that is known. */
export function lagOf({ aligned, tiles, video: { fps } }: SplitVideo, tile: number): string {
  const { lag, behind } = tiles[tile].shift
  const seconds = `${(lag / fps).toFixed(2)} s`
  if (behind === 0 || aligned === 'nothing') return seconds
  return behind === tile ? 'not known, taken as 0' : `not known, ${seconds} behind tile ${behind + 1}`
}

/** Cells in a row at most. */
const most = 400

/** Each tile's movement in a row, less its shift; each row on a scale of its own. */
async function drawActivity({ activity, tiles, video: { fps } }: SplitVideo): Promise<string | undefined> {
  if (activity.length < 2) return undefined
  const frames = activity[0].length
  const bin = Math.max(1, Math.ceil(frames / most))
  const width = Math.floor(frames / bin)
  const rows = activity.map((values, tile) => {
    const row = Float64Array.from({ length: width }, (_, k) => {
      const from = k * bin + tiles[tile].shift.lag
      const own = values.subarray(Math.max(0, from), Math.max(0, from + bin))
      return Math.sqrt(meanOf(own))
    })
    const sorted = row.toSorted()
    const middle = sorted[width >> 1]
    const spread = sorted[Math.floor(0.9 * width)] - middle || 1
    return Array.from(row, value => Math.max(-2, Math.min(3, (value - middle) / spread)))
  })
  return drawRows({
    title: 'Movement in each tile, shifts taken away',
    names: activity.map((_, tile) => `tile ${tile + 1}`),
    image: await dataUri(timesImage(rows.flat(), width, rows.length)),
    seconds: frames / fps,
  })
}
