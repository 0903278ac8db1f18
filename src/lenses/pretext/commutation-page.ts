/** The page of `commutation`: where mirror and processing commute, as plots and as a table. */
import { processNames } from '../../data/pretext/processes.ts'
import { type Residual, rounding } from '../../data/pretext/residuals.ts'
import type { PlotDocument } from '../../figures/canvas.ts'
import type { DrawnPage } from '../../figures/report.ts'
import { drawStems } from '../../figures/stems.ts'

/** What was done to a residual's images. */
const columns = { residual: 'the whole image', shifted: 'random crops, border removed' } as const

export function drawCommutation(
  residuals: readonly Residual[],
  images: string,
  document: PlotDocument,
): DrawnPage {
  const drawing = drawStems(
    {
      title: 'What betrays a mirrored image',
      x: 'width of the image (pixels)',
      y: 'mean |T(J(x)) − J(T(x))| (grey levels)',
      low: rounding,
      stems: residuals.flatMap(({ process, width, residual, shifted }) => {
        const place = { row: processNames[process], x: width }
        const cropped = shifted === null ? [] : [{ ...place, column: columns.shifted, y: shifted }]
        return [{ ...place, column: columns.residual, y: residual }, ...cropped]
      }),
    },
    document,
  )
  const verdicts = verdictsOn(residuals)
  return {
    drawings: { commutation: drawing },
    report: {
      title: 'Can the processing betray a mirrored image?',
      summary:
        'T mirrors, J is what a camera or a program does. Where T(J(x)) = J(T(x)), a network can only tell a mirrored image by what it shows.',
      sections: [
        {
          title: 'By width',
          parts: [
            {
              kind: 'figure',
              svg: drawing,
              caption: `Measured on ${images}. Green: at most ${rounding} grey levels, which is the rounding of the arithmetic. On the right, the least residual over all shifts of the scene: where it is green, random cropping hides what the whole image shows.`,
            },
            {
              kind: 'table',
              columns: Object.keys(verdicts[0]),
              rows: verdicts.map(verdict => Object.values(verdict)),
            },
            {
              kind: 'text',
              text: 'Demosaicing commutes with the mirror at odd widths, JPEG at multiples of its blocks (16 pixels, or 8 where colour keeps its resolution). Both together never do, since no multiple of 8 is odd; and a random crop cannot hide both, since one asks for an odd shift where the other asks for an even one.',
            },
          ],
        },
      ],
    },
  }
}

/** What a person wants to read first: one row for each processing. */
export function verdictsOn(residuals: readonly Residual[]) {
  return [...new Set(residuals.map(({ process }) => process))].map(process => {
    const own = residuals.filter(each => each.process === process)
    const safe = own.filter(({ residual }) => residual <= rounding).map(({ width }) => width)
    const cropped = own.filter(({ shifted }) => shifted !== null)
    const hidden = cropped.filter(({ shifted }) => shifted! <= rounding).length
    return {
      processing: processNames[process],
      'widths that betray nothing': allOf(safe, own.length),
      'hidden by random crops':
        cropped.length === 0 ? 'the images are too narrow to say' : countOf(hidden, cropped.length),
    }
  })
}

const allOf = (widths: readonly number[], total: number): string =>
  widths.length === total ? 'all' : widths.length ? widths.join(', ') : 'none'

function countOf(count: number, total: number): string {
  if (count === total) return 'yes'
  return count ? `at ${count} of ${total} widths` : 'no'
}
