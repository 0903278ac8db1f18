/** Dreams for the eye: the row of layers beside the original, or the sheet of all layers; curves; the film. */
import { lastPart } from '../../base/names.ts'
import type { Picture } from '../../base/picture.ts'
import type { PlotDocument } from '../../figures/canvas.ts'
import { drawCurves } from '../../figures/plots.ts'
import type { Part } from '../../figures/report.ts'
import { drawSheet, type Tile } from '../../figures/sheet.ts'
import type { Canvas, Drawing } from '../lens.ts'
import type { Dream, DreamResult } from './result.ts'
import { zoomPlayer } from './zoom-film.ts'

/** Dreams in one row at most; more are laid out as a sheet. */
const widestRow = 5
const sheetColumns = 6

export async function draw(
  { original, dreams, frames }: DreamResult,
  { document, embed }: Canvas,
): Promise<Drawing> {
  const shape = dreams[0].picture
  const isRow = dreams.length <= widestRow
  const tiles: Tile[] = [
    ...(original
      ? [{ image: await embed(original.picture), caption: ['original', lastPart(original.path)] }]
      : []),
    ...(await Promise.all(
      dreams.map(async dream => ({ image: await embed(dream.picture), caption: [dream.words] })),
    )),
  ]
  const across = isRow ? tiles.length : sheetColumns
  const size = isRow ? Math.min(420, Math.floor(1040 / tiles.length) - 10) : 160
  const sheet = drawSheet({
    title: isRow ? 'Dreams' : 'A dream on every layer, in the order of the computation',
    rows: Array.from({ length: Math.ceil(tiles.length / across) }, (_, row) => ({
      tiles: tiles.slice(row * across, (row + 1) * across),
    })),
    size,
    height: Math.round((size * shape.height) / shape.width),
  })
  const film: Part[] = frames.length ? [zoomPlayer(await thumbnails(frames, embed), filmRate)] : []
  return {
    report: {
      summary:
        'The image was changed, step by step, so that a layer answers more strongly. What appears is what the layer looks for.',
      sections: [
        {
          title: isRow ? 'Dreams' : 'Every layer',
          parts: [{ kind: 'figure', svg: sheet }],
        },
        ...(film.length ? [{ title: 'Falling in', parts: film }] : []),
        {
          title: 'How strongly the layers answer',
          parts: isRow
            ? [{ kind: 'figure', svg: curvesOf(dreams, document), caption: octavesOf(dreams) }]
            : [growthTable(dreams)],
        },
      ],
    },
    pictures: {
      [isRow ? 'row' : 'sheet']: sheet,
      ...Object.fromEntries(dreams.map(({ words, picture }) => [fileName(words), picture])),
      ...(frames.length && { zoom: frames.at(-1)! }),
    },
    ...(frames.length && { films: { zoom: filmOf(frames) } }),
  }
}

/** Frames a second. */
const filmRate = 12
/** Frames that the page itself carries, at most; the film beside it has all. */
const mostFrames = 120

/** Frames as small as a page can carry by the hundred. */
function thumbnails(frames: readonly Picture[], embed: Canvas['embed']): Promise<string[]> {
  const every = Math.ceil(frames.length / mostFrames)
  return Promise.all(frames.filter((_, index) => index % every === 0).map(frame => embed(frame, 60)))
}

const filmOf = (frames: readonly Picture[]) => ({
  rate: filmRate,
  frames: frames.length,
  frame: (index: number) => frames[index],
})

/** The name of a dream's image beside the page. */
export const fileName = (words: string): string =>
  words
    .replace(/[^\w.]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .toLowerCase()

/** How much the objective grew at the last octave; octaves cannot be compared, their sizes differ. */
function growthOf({ octaves }: Dream): number | undefined {
  const values = octaves.at(-1)!.objective
  return values.length > 1 && values[0] > 0 ? values.at(-1)! / values[0] : undefined
}

const growthTable = (dreams: readonly Dream[]): Part => ({
  kind: 'table',
  columns: ['layer', 'before the first step', 'before the last step', 'ratio'],
  rows: dreams.map(dream => {
    const { objective } = dream.octaves.at(-1)!
    const growth = growthOf(dream)
    return [
      dream.words,
      objective[0]?.toPrecision(4) ?? '',
      objective.at(-1)?.toPrecision(4) ?? '',
      growth?.toPrecision(3) ?? '',
    ]
  }),
})

function octavesOf([{ octaves }]: readonly Dream[]): string {
  const sizes = octaves.map(
    ({ width, height, objective }) => `${width} × ${height} (${objective.length} steps)`,
  )
  return octaves.length > 1
    ? `Octaves: ${sizes.join(', ')}. A larger image has more places that answer, so the curve jumps where an octave begins.`
    : `Size: ${sizes[0]}.`
}

/** All dreams over one axis; the octaves follow each other, and each starts again on a larger image. */
function curvesOf(dreams: readonly Dream[], document: PlotDocument): string {
  const series = dreams.map(({ words, octaves }) => ({
    name: words,
    points: octaves.flatMap(({ objective }) => objective).map((y, step) => ({ x: step + 1, y })),
  }))
  const logY = series.every(({ points }) => points.every(({ y }) => y > 0))
  return drawCurves(
    {
      title: 'The objective before each step',
      x: 'step',
      y: logY ? 'objective (logarithmic)' : 'objective',
      series,
      logY,
      width: 820,
      height: 360,
    },
    document,
  )
}
