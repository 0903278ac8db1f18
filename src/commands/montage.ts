/** `montage VIDEO...`: people who watch the same film, as a data set whose classes are moments. */
import { z } from 'zod'
import { parseGrid } from '../data/video/grid.ts'
import { defineCommand } from './command.ts'

export const montage = defineCommand({
  name: 'montage',
  summary: 'split videos of people who watch the same film: tiles, shifts, faces, moments as labels',
  description:
    'Every tile of a montage shows a person. The tiles are found by their seams, the shift of each by its movement or its own track of sound, the face in each by a detector. What comes out is DATA in the folder of the results: one image for each person and moment, whose class is the moment. `glasshouse reactions` learns from it. Videos are streamed by the system’s ffmpeg, whatever their length.',
  arguments: [
    {
      name: 'videos',
      kind: 'video',
      description: 'montages, as any video that ffmpeg reads',
      many: true,
      word: 'VIDEO',
    },
  ],
  options: z.object({
    grid: z
      .string()
      .default('auto')
      .describe('rows x columns of tiles, such as 2x3; auto looks for the seams')
      .meta({ value: 'ROWSxCOLUMNS|auto' }),
    fps: z.number().positive().max(60).default(4).describe('moments kept of every second'),
    faces: z
      .string()
      .default('auto')
      .describe(
        'a face detector: auto takes the one that was pulled, none keeps whole tiles, or an .onnx file',
      )
      .meta({ value: 'auto|none|MODEL' }),
    size: z.number().int().min(16).max(1024).default(96).describe('side of the images, in pixels'),
    align: z.boolean().default(true).describe('look for the shift of each tile'),
    reach: z
      .number()
      .positive()
      .max(600)
      .default(3)
      .describe('seconds by which a tile may lag behind the first, or lead')
      .meta({ needs: [{ option: 'align' }] }),
  }),
  examples: [
    { line: 'montage talk.mp4 --out reactions', does: 'Tiles, shifts and faces of one montage' },
    { line: 'montage one.mp4 two.mp4 --grid 3x3 --fps 2', does: 'Two montages of nine people' },
    { line: 'montage people.mp4 --faces none', does: 'Whole tiles, such as drawn ones' },
  ],
  check: (_, { grid }) => void parseGrid(grid),
  async run(context, { videos: paths }, { grid, faces, ...options }) {
    const [{ splitMontages }, { drawMontage, lagOf }, { pageOf }] = await Promise.all([
      import('../runs/montage.node.ts'),
      import('../lenses/montage/page.node.ts'),
      import('../figures/page.node.ts'),
    ])
    const folder = await context.out()
    const videos = await splitMontages(context, paths, folder, { ...options, faces, grid: parseGrid(grid) })
    const tiles = videos.flatMap(video => video.tiles.map((tile, at) => ({ ...tile, video, number: at + 1 })))
    return {
      metrics: {
        tiles: tiles.length,
        frames: videos.reduce((sum, { rows }) => sum + rows.length, 0),
        moments: videos.reduce((sum, { moments }) => sum + moments, 0),
        fps: options.fps,
        shifts: tiles.map(({ shift, video: { video } }) => shift.lag / video.fps),
        shiftsFound: tiles.map(({ shift }) => shift.behind === 0),
        withoutFace: tiles.filter(({ images }) => images === 0).length,
        videos: videos.map(({ name, video: { path, fps }, grid, aligned }) => ({
          name,
          path,
          fps,
          ...grid,
          aligned,
        })),
      },
      summary: tiles.map(({ faces, images, number, video }) => ({
        video: video.name,
        tile: String(number),
        'lags by': lagOf(video, number - 1),
        faces: `${(100 * faces).toFixed(0)} %`,
        images,
      })),
      draw: async () =>
        pageOf(context, `montage ${paths.join(' ')}`, await drawMontage(videos, folder, options.fps)),
    }
  },
})
