/** What the page says of the maps themselves: curves of deletion and insertion, and maps of shuffled networks. */
import { percent } from '../../base/percent.ts'
import { drawCurves } from '../../figures/plots.ts'
import type { Part, Report } from '../../figures/report.ts'
import type { Canvas } from '../lens.ts'
import type { CurveMeans } from './belief.ts'
import { steps } from './curves.ts'
import type { CamResult } from './result.ts'

type Section = Report['sections'][number]

const text = (words: string): Part => ({ kind: 'text', text: words })

export function drawnCurves(
  { belief: { curves, images } }: CamResult,
  document: Canvas['document'],
): { section: Section; drawing: string } | undefined {
  if (!curves) return undefined
  const points = (curve: readonly number[]) => curve.map((y, step) => ({ x: (100 * step) / steps, y }))
  const drawing = drawCurves(
    {
      title: `Mean probability of the class, ${images === 1 ? 'one image' : `${images} images`}`,
      x: 'pixels changed, hottest first, %',
      y: 'probability',
      percent: true,
      range: [0, 1],
      series: [
        { name: 'deletion', points: points(curves.deletion.curve) },
        { name: 'insertion', points: points(curves.insertion.curve) },
        // Both end where the map's own end, so that names there would lie on each other.
        { name: 'deletion', points: points(curves.deletion.chanceCurve), faint: true },
        { name: 'insertion', points: points(curves.insertion.chanceCurve), faint: true },
      ],
    },
    document,
  )
  const row = (name: string, { area, chance, better }: CurveMeans) => [
    name,
    area.toFixed(3),
    chance.toFixed(3),
    percent(better, 0),
  ]
  return {
    drawing,
    section: {
      title: 'Do the maps name the pixels that matter?',
      parts: [
        text(
          'Deletion covers the pixels with the mean colour, hottest first: the smaller the area under its curve, the better the map. Insertion starts with a blurred image and makes the pixels sharp, hottest first: the larger, the better. A map that does no better than a random one of 7 x 7 cells says little about what the class depends on.',
        ),
        { kind: 'figure', svg: drawing, caption: 'Pale: the same with random maps.' },
        {
          kind: 'table',
          columns: ['curve', 'area', 'area of random maps', 'images on which the map is better'],
          rows: [
            row('deletion (small is good)', curves.deletion),
            row('insertion (large is good)', curves.insertion),
          ],
        },
      ],
    },
  }
}

/** Above it maps of a network without knowledge are much like those of the trained one. */
const alike = 0.5

export function sanitySection({ belief: { sanity } }: CamResult): Section[] {
  if (!sanity) return []
  const { images, levels, between } = sanity
  const last = levels[levels.length - 1]?.correlation ?? 0
  const verdict =
    last > alike
      ? 'With no learned kernel left the maps are still much the same: they show the image and the architecture more than what was learned. Do not take them as the reason for an answer.'
      : 'With no learned kernel left the maps are others: they depend on what was learned.'
  const compared =
    between === undefined
      ? ''
      : ` Maps of different images by the trained network correlate by ${between.toFixed(2)}.`
  return [
    {
      title: 'Do the maps depend on what was learned?',
      parts: [
        text(
          `The kernels are shuffled from the head downwards, and the maps of ${images === 1 ? 'one image' : `${images} images`} made again for the same classes. 1: the same order of places, 0: an unrelated one. ${verdict}${compared}`,
        ),
        {
          kind: 'table',
          columns: ['kernels shuffled, from the head', 'down to', 'rank correlation with the map'],
          rows: levels.map(({ kernels, downTo, correlation }) => [kernels, downTo, correlation.toFixed(2)]),
        },
      ],
    },
  ]
}
