/** What the page says of the maps themselves: curves of deletion and insertion, and maps of shuffled networks. */
import { percent } from '../../base/percent.ts'
import { drawCurves } from '../../figures/plots.ts'
import type { Part, Report } from '../../figures/report.ts'
import type { Canvas } from '../lens.ts'
import type { CurveMeans, Resemblance } from './belief.ts'
import { steps } from './curves.ts'
import type { CamResult } from './result.ts'

type Section = Report['sections'][number]

const text = (words: string): Part => ({ kind: 'text', text: words })

export function drawnCurves(
  { near, belief: { curves, images } }: CamResult,
  document: Canvas['document'],
): { section: Section; drawing: string } | undefined {
  if (!curves) return undefined
  const points = (curve: readonly number[]) => curve.map((y, step) => ({ x: (100 * step) / steps, y }))
  const what = near ? 'cosine' : 'probability of the class'
  const lowest = Math.min(
    0,
    ...Object.values(curves).flatMap(({ curve, chanceCurve }) => [...curve, ...chanceCurve]),
  )
  const drawing = drawCurves(
    {
      title: `Mean ${what}, ${images === 1 ? 'one image' : `${images} images`}`,
      x: 'pixels changed, hottest first, %',
      y: near ? 'cosine' : 'probability',
      percent: !near,
      range: [lowest, 1],
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
          'Deletion covers the pixels with the mean colour, hottest first: the smaller the area under its curve, the better the map. Insertion starts with a blurred image and makes the pixels sharp, hottest first: the larger, the better. A map that does no better than a random one of 7 x 7 cells says little about what the answer depends on.',
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

/** What maps of a network without any learned kernel say of the method. */
export function verdictOn({ correlation, absolute, structure }: Resemblance): string {
  if (absolute <= alike && structure <= alike)
    return 'With no learned kernel left the maps are others: they depend on what was learned.'
  const how =
    structure <= alike && correlation < -alike
      ? 'much the same upside down: what was hot is cold, so both single out the same places, and'
      : 'still much the same:'
  return `With no learned kernel left the maps are ${how} they show the image and the architecture more than what was learned. Do not take them as the reason for an answer.`
}

export function sanitySection({ belief: { sanity } }: CamResult): Section[] {
  if (!sanity) return []
  const { images, levels, between } = sanity
  const last = levels.at(-1)
  const verdict = last ? ` ${verdictOn(last)}` : ''
  const numbers = ({ correlation, absolute, structure }: Resemblance) =>
    [correlation, absolute, structure].map(value => value.toFixed(2))
  return [
    {
      title: 'Do the maps depend on what was learned?',
      parts: [
        text(
          `The kernels are shuffled from the head downwards, and the maps of ${images === 1 ? 'one image' : `${images} images`} made again for the same answers. Rank correlation is 1 for the same order of places, 0 for an unrelated one, -1 for the reverse; structural similarity is 1 for the same map.${verdict}`,
        ),
        {
          kind: 'table',
          columns: [
            'kernels shuffled, from the head',
            'down to',
            'rank correlation',
            'its absolute value',
            'structural similarity',
          ],
          rows: [
            ...levels.map(level => [level.kernels, level.downTo, ...numbers(level)]),
            ...(between ? [['none, maps of different images', '', ...numbers(between)]] : []),
          ],
        },
      ],
    },
  ]
}
