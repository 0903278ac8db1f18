/** Residual units for the eye: their parts' dreams side by side, and the table of how branch and shortcut mix. */
import { drawSheet, type Tile } from '../../figures/sheet.ts'
import type { Canvas, Drawing } from '../lens.ts'
import type { AnatomyResult, UnitAnatomy } from './result.ts'
import { unitParts } from './units.ts'

export async function draw(
  { original, units, mixings, pictures }: AnatomyResult,
  { embed }: Canvas,
): Promise<Drawing> {
  const photo = await embed(original.picture)
  const rows = await Promise.all(
    units.map(async unit => ({
      label: unit.mixing.unit,
      tiles: [{ image: photo }, ...(await tilesOf(unit, embed))],
    })),
  )
  const size = 176
  const sheet = drawSheet({
    title: 'Dreams on the parts of residual units',
    columns: ['original', ...unitParts],
    rows,
    size,
    height: Math.round((size * original.picture.height) / original.picture.width),
  })
  const many = pictures === 1 ? 'for this image' : `averaged over ${pictures} images`
  return {
    report: {
      summary:
        'A residual unit adds what its convolutions make of the input, the branch, to the input itself, the shortcut. Whose dream does the sum dream?',
      sections: [
        {
          title: 'Dreams',
          parts: [
            { kind: 'figure', svg: sheet },
            ...units.map(unit => ({ kind: 'text' as const, text: verdictOf(unit) })),
          ],
        },
        {
          title: 'How the units mix',
          parts: [
            {
              kind: 'text',
              text: `Ratio of the norms of branch and shortcut, and the cosine between them, ${many}. A ratio above 1: the branch is the larger part of the sum. A cosine near 0: the branch adds something new; a negative one: it takes something away.`,
            },
            {
              kind: 'table',
              columns: ['unit', 'branch / shortcut', 'cosine'],
              rows: mixings.map(({ unit, normRatio, cosine }) => [
                unit,
                normRatio.toFixed(3),
                cosine.toFixed(3),
              ]),
            },
          ],
        },
      ],
    },
    pictures: {
      sheet,
      ...Object.fromEntries(
        units.flatMap(({ mixing, dreams }) =>
          unitParts.map(part => [`${mixing.unit}.${part}`.replace(/[^\w.]+/g, '-'), dreams[part]]),
        ),
      ),
    },
  }
}

async function tilesOf({ dreams, distances }: UnitAnatomy, embed: Canvas['embed']): Promise<Tile[]> {
  return Promise.all(
    unitParts.map(async part => ({
      image: await embed(dreams[part]),
      caption: part === 'sum' ? ['the dream on the sum'] : [`${distances[part].toFixed(1)} from the sum’s`],
    })),
  )
}

/** Ratios between this and its inverse predict nothing. */
const equalUpTo = 1.25

/** The prediction, and whether it came true. */
export function verdictOf({ mixing, onDream, distances }: UnitAnatomy): string {
  const { unit, normRatio, cosine } = mixing
  const size = `${unit}: the branch is ${normRatio.toFixed(2)} times as large as the shortcut (cosine ${cosine.toFixed(2)}), and ${onDream.normRatio.toFixed(2)} times in the dream on the sum`
  const figures = `it is ${distances.shortcut.toFixed(1)} from the shortcut’s dream and ${distances.branch.toFixed(1)} from the branch’s (root mean square, of 255)`
  const predicted = likelier(normRatio)
  if (!predicted) return `${size}. So the sum’s dream should take after both: ${figures}.`
  const nearer = distances.shortcut <= distances.branch ? 'shortcut' : 'branch'
  return `${size}. So the sum’s dream should look like the ${predicted}’s: ${figures}. ${nearer === predicted ? 'It does.' : 'It does not.'}`
}

/** Whose dream the sum’s should look like; undefined where the two are about as large. */
export const likelier = (normRatio: number): 'shortcut' | 'branch' | undefined =>
  normRatio > equalUpTo ? 'branch' : normRatio < 1 / equalUpTo ? 'shortcut' : undefined
