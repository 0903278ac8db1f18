/** The grid of components, and the first three as false colours over the photographs. */
import { largest } from '../../base/extremes.ts'
import { lastPart } from '../../base/names.ts'
import { percent } from '../../base/percent.ts'
import { blankPicture, type Picture } from '../../base/picture.ts'
import { colourIndex, colourTable } from '../../figures/colour-maps.ts'
import { drawSheet, type Tile } from '../../figures/sheet.ts'
import type { Canvas, Drawing } from '../lens.ts'
import { describeGrid, enlargedGrid, gridOnView, valuesAt } from '../maps/painting.ts'
import type { PrincipalComponents } from './compute.ts'
import type { PairPcaResult } from './result.ts'

/** Components in a row of the grid. */
const across = 10
const mapSize = 56
/** Between the maps of one component. */
const seam = 2

export async function draw(result: PairPcaResult, { embed }: Canvas): Promise<Drawing> {
  const { components, views, layer } = result
  const { explained, contributions, meanContribution, cosine } = components
  const n = views.length
  const tiles: Tile[] = await Promise.all(
    components.scores.map(async (maps, index) => ({
      image: await embed(componentPicture(maps, components)),
      caption: [`${index + 1}: ${percent(explained[index])}`, signed(contributions[index])],
    })),
  )
  const rows = Array.from({ length: Math.ceil(tiles.length / across) }, (_, row) => ({
    tiles: tiles.slice(row * across, (row + 1) * across),
  }))
  const size = n * mapSize + (n - 1) * seam
  const grid = drawSheet({ title: `Components of ${layer}, in reading order`, rows, size, height: mapSize })
  const pair = await drawFalseColours(result, { embed })
  return {
    report: {
      summary:
        'Places of the images in one common basis. Where two images have the same colour, the network sees the same thing.',
      figures: [
        { label: 'cosine of the first two images', value: cosine.toFixed(3) },
        { label: 'of it from the common mean', value: meanContribution.toFixed(3) },
        {
          label: 'of the variance in the first three components',
          value: percent(sum(explained.slice(0, 3))),
        },
      ],
      sections: [
        {
          title: 'What corresponds',
          parts: [
            {
              kind: 'figure',
              svg: pair,
              caption: 'Three components as red, green and blue, scaled alike in all images.',
            },
            ...describeGrid(components.grid, components.size).map(text => ({ kind: 'text' as const, text })),
          ],
        },
        {
          title: 'Components',
          parts: [
            {
              kind: 'figure',
              svg: grid,
              caption:
                'Each tile shows one component in all pictures side by side, red above the mean and blue below; under it its share of the variance, and what it adds to the cosine of the first two pictures.',
            },
          ],
        },
      ],
    },
    pictures: { grid, 'false-colours': pair },
  }
}

/** The photographs, and three components over them as red, green and blue. */
export async function drawFalseColours(
  result: Pick<PairPcaResult, 'components' | 'views' | 'paths' | 'skip'>,
  { embed }: Pick<Canvas, 'embed'>,
): Promise<string> {
  const { views, paths, skip } = result
  const photographs = views.map(async (view, index) => ({
    image: await embed(view),
    caption: [lastPart(paths[index])],
  }))
  const coloured = falseColours(result).map(async picture => ({ image: await embed(picture) }))
  return drawSheet({
    title: `False colours: components ${skip + 1} to ${skip + 3}`,
    rows: [{ tiles: await Promise.all(photographs) }, { tiles: await Promise.all(coloured) }],
    size: 224,
  })
}

/** One component in all images, on one scale. */
function componentPicture(maps: readonly Float32Array[], { grid, size }: PrincipalComponents): Picture {
  const picture = blankPicture(maps.length * mapSize + (maps.length - 1) * seam, mapSize, [255, 255, 255])
  const bound = largest(maps.map(map => largest(map.map(Math.abs)))) || 1
  const table = colourTable('diverging')
  maps.forEach((map, index) => {
    const full = valuesAt(map, enlargedGrid(grid, mapSize / size), mapSize, mapSize)
    full.forEach((value, at) => {
      const from = 3 * colourIndex(value, -bound, bound)
      const x = index * (mapSize + seam) + (at % mapSize)
      const to = 3 * (Math.floor(at / mapSize) * picture.width + x)
      for (let channel = 0; channel < 3; channel++) picture.data[to + channel] = table[from + channel]
    })
  })
  return picture
}

/** Three components as colours over the photographs, between the 2nd and the 98th percentile of all images. */
function falseColours({
  components,
  views,
  skip,
}: Pick<PairPcaResult, 'components' | 'views' | 'skip'>): Picture[] {
  const { scores, grid, size } = components
  const chosen = scores.slice(skip, skip + 3)
  const bounds = chosen.map(maps => {
    const sorted = maps.flatMap(map => [...map]).sort((a, b) => a - b)
    const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))]
    return [at(0.02), at(0.98)]
  })
  return views.map((view, picture) => {
    const placed = gridOnView(grid, size, view)
    const planes = chosen.map(maps => valuesAt(maps[picture], placed, view.height, view.width))
    const data = view.data.slice()
    for (let at = 0; at < view.width * view.height; at++) {
      for (let channel = 0; channel < 3; channel++) {
        const [low, high] = bounds[channel] ?? [0, 1]
        const share = planes[channel] ? (planes[channel][at] - low) / (high - low || 1) : 0
        data[3 * at + channel] = 0.4 * data[3 * at + channel] + 0.6 * 255 * Math.min(1, Math.max(0, share))
      }
    }
    return { ...view, data }
  })
}
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)
const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`
