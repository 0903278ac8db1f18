/** Whether the maps follow the image when it is turned, as a section of the page. */
import { percent } from '../../base/percent.ts'
import type { Cell, Part, Report } from '../../figures/report.ts'
import type { Following, Turn } from './follow.ts'
import type { CamResult } from './result.ts'

type Section = Report['sections'][number]

const turnNames: Record<Turn, string> = {
  turned: 'turned by 180 degrees',
  mirrored: 'mirrored left to right',
}

export function followingSection({ following, grid }: CamResult): Section[] {
  const rows = Object.entries(following) as [Turn, Following][]
  if (rows.length === 0) return []
  return [
    {
      title: 'Do the maps follow the image?',
      parts: [
        {
          kind: 'text',
          text: `Each image is turned and mirrored, and its map is computed again for the same answer. Turned back, the hottest place should lie where it was, to within one cell (${Math.round(Math.max(...grid.stride.map(Math.abs)))} pixels): cells cannot lie more exactly. Where the share is near that of chance, the maps show the network’s habits rather than the image. Several places may be nearly as hot as the hottest, and small differences decide which of them wins; so the whole maps are compared too, by their rank correlation (median over the images).`,
        },
        withoutEmptyColumns(
          [
            'image',
            'images',
            'hottest place follows',
            'by chance',
            'median distance, pixels',
            'correlation of the maps',
            'of different images',
          ],
          rows.map(([turn, { images, share, chance, median, correlation }]) => [
            turnNames[turn],
            images,
            percent(share, 0),
            chance === undefined ? '' : percent(chance, 0),
            Number(median.toFixed(1)),
            correlation?.own.toFixed(2) ?? '',
            correlation?.other?.toFixed(2) ?? '',
          ]),
        ),
      ],
    },
  ]
}

/** A single image has no chance and no correlation with others. */
function withoutEmptyColumns(columns: readonly string[], rows: readonly (readonly Cell[])[]): Part {
  const filled = columns.flatMap((_, at) => (rows.some(row => row[at] !== '') ? [at] : []))
  const keep = <T>(row: readonly T[]) => filled.map(at => row[at])
  return { kind: 'table', columns: keep(columns), rows: rows.map(keep) }
}
