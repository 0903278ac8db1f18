/** The sheet of neighbours: maps of the query above the results, maps of the results below. */
import { lastPart } from '../../base/names.ts'
import { drawSheet, type Tile } from '../../figures/sheet.ts'
import type { Canvas, Drawing } from '../lens.ts'
import { describeGrid, gridOnView, paintMap } from '../maps/painting.ts'
import { legend, networkName } from '../similarity/draw.ts'
import { scaleOf } from '../similarity/options.ts'
import type { Block, NeighboursResult } from './result.ts'

/** Results in a row; more go to further rows. */
const across = 10

export async function draw(result: NeighboursResult, canvas: Canvas): Promise<Drawing> {
  const { blocks, query, searched, colours } = result
  const sheets = await Promise.all(blocks.map(block => drawBlock(block, result, canvas)))
  const [nearest] = blocks[0].found
  return {
    report: {
      summary: `The nearest of ${searched} images to ${lastPart(query.path)}, and the places that make them so.`,
      figures: [
        { label: `similarity of the nearest, ${nearest.label}`, value: nearest.similarity.toFixed(3) },
      ],
      sections: blocks.map((block, index) => ({
        title:
          blocks.length === 1
            ? 'Nearest images'
            : `Maps of ${networkName(block.maps)}, order of ${networkName(block.order)}`,
        parts: [
          { kind: 'figure' as const, svg: sheets[index] },
          ...describeGrid(block.grid, block.size).map(text => ({ kind: 'text' as const, text })),
          ...(index === blocks.length - 1
            ? [
                {
                  kind: 'figure' as const,
                  svg: legend(
                    'share of the similarity',
                    'lowest of the pair',
                    'highest of the pair',
                    colours,
                  ),
                },
              ]
            : []),
        ],
      })),
    },
    pictures: Object.fromEntries(
      sheets.map((sheet, index) => [blocks.length === 1 ? 'neighbours' : `neighbours-${index + 1}`, sheet]),
    ),
  }
}

async function drawBlock(
  { found, grid, size }: Block,
  { query, colours }: NeighboursResult,
  { embed }: Canvas,
): Promise<string> {
  const photo = await embed(query.view)
  const blank: Tile = { image: '' }
  const rows: { label?: string; tiles: Tile[] }[] = []
  for (let start = 0; start < found.length; start += across) {
    const part = found.slice(start, start + across)
    const heat = (side: 'queryMap' | 'foundMap') =>
      Promise.all(
        part.map(async each => {
          const scale = scaleOf([each.queryMap, each.foundMap], colours)
          const view = side === 'queryMap' ? query.view : each.view
          return { image: await embed(paintMap(view, each[side], gridOnView(grid, size, view), scale)) }
        }),
      )
    rows.push(
      { label: 'places of the query', tiles: [blank, ...(await heat('queryMap'))] },
      {
        label: start ? undefined : lastPart(query.path),
        tiles: [
          start ? blank : { image: photo },
          ...(await Promise.all(
            part.map(async ({ view, label, similarity }) => ({
              image: await embed(view),
              caption: [similarity.toFixed(3), label],
            })),
          )),
        ],
      },
      { label: 'places of the result', tiles: [blank, ...(await heat('foundMap'))] },
    )
  }
  return drawSheet({ title: 'Nearest images, each on its own scale', rows, size: 96 })
}
