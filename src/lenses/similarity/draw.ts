/** Two images, what each place adds to their similarity, and the filters that carry it. */
import { largest, smallest } from '../../base/extremes.ts'
import { lastPart } from '../../base/names.ts'
import { drawColourBar } from '../../figures/colour-bar.ts'
import type { Part } from '../../figures/report.ts'
import { drawSheet } from '../../figures/sheet.ts'
import type { Canvas, Drawing } from '../lens.ts'
import { describeGrid, gridOnView, paintMap } from '../maps/painting.ts'
import { countForShare } from './compute.ts'
import { type Colours, scaleOf } from './options.ts'
import { drawPairs } from './pairs.ts'
import type { SimilarityResult } from './result.ts'

/** A network as a heading: `googlenet:path/to/file.safetensors` is `googlenet file`, a run its folder. */
export const networkName = (source: string): string => {
  const [net, ...weights] = source.split(':')
  return [net, ...weights].map(part => lastPart(part).replace(/\.\w+$/, '')).join(' ')
}

export async function draw(result: SimilarityResult, canvas: Canvas): Promise<Drawing> {
  const { similarity } = result
  const { parts, pictures } = await similarityParts(result, canvas)
  return {
    report: {
      summary:
        'Every place of an image, by what it adds to the similarity. The values of either map sum to the cosine.',
      figures: [
        { label: 'cosine', value: similarity.cosine.toFixed(3) },
        { label: 'filters carry nine tenths of it', value: String(countForShare(result.contributions, 0.9)) },
        { label: 'filters in all', value: String(result.contributions.length) },
      ],
      sections: [
        ...(result.pairs
          ? [{ title: 'Place by place', parts: [await drawPairs(result, result.pairs, canvas.embed)] }]
          : []),
        { title: 'Where the similarity comes from', parts },
      ],
    },
    pictures,
  }
}

/** The figures of one network on one pair; `beside` stands next to the first. */
export async function similarityParts(
  { similarity, views, paths, filters, maps, colours }: SimilarityResult,
  { embed }: Canvas,
  beside: readonly Part[] = [],
): Promise<{ parts: Part[]; pictures: Record<string, string> }> {
  const scale = scaleOf([similarity.one, similarity.other], colours)
  const tile = async (view: number, map: Float32Array, options = scale) => ({
    image: await embed(paintMap(views[view], map, gridOnView(maps.grid, maps.size, views[view]), options)),
  })
  const both = drawSheet({
    title: `Similarity ${similarity.cosine.toFixed(3)}`,
    rows: [
      {
        tiles: await Promise.all(
          views.map(async (view, index) => ({ image: await embed(view), caption: [lastPart(paths[index])] })),
        ),
      },
      { tiles: [await tile(0, similarity.one), await tile(1, similarity.other)] },
    ],
    size: 224,
  })
  const rows = await Promise.all(
    [0, 1].map(async view => ({
      label: lastPart(paths[view]),
      tiles: await Promise.all(
        filters.map(async ({ channel, contribution, maps }) => ({
          ...(await tile(view, maps[view], scaleOf(maps, colours))),
          caption: view ? [`filter ${channel}`, `+${contribution.toFixed(3)}`] : undefined,
        })),
      ),
    })),
  )
  const carrying = drawSheet({ title: 'The filters that carry most', rows, size: 96 })
  const [low, high] = extremes([similarity.one, similarity.other]).map(value => value.toFixed(4))
  return {
    parts: [
      { kind: 'figure', svg: both },
      ...beside,
      { kind: 'figure', svg: legend('share of the similarity', low, high, colours) },
      ...describeGrid(maps.grid, maps.size).map(text => ({ kind: 'text' as const, text })),
      {
        kind: 'figure',
        svg: carrying,
        caption:
          'Filters by what they add to the similarity of the pooled features; each on its own scale in both pictures.',
      },
    ],
    pictures: { similarity: both, filters: carrying },
  }
}

function extremes(maps: readonly Float32Array[]): [number, number] {
  const all = maps.flatMap(map => [...map])
  return [smallest(all), largest(all)]
}

export const legend = (title: string, low: string, high: string, colours: Colours): string =>
  colours === 'warm-high'
    ? drawColourBar({ title, colours: 'turbo', ends: [low, high] })
    : drawColourBar({ title, colours: 'jet', ends: [high, low] })
