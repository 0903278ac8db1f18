/** The points and classes that differ most between the first embedding and the last, as images. */
import { lastPart } from '../../base/names.ts'
import { percent } from '../../base/percent.ts'
import { resample } from '../../data/prepare/resample.ts'
import { pictureAt } from '../../data/store.ts'
import { greatest, nearestItems } from '../../embedding/tsne/differences.ts'
import type { Part, Report } from '../../figures/report.ts'
import { drawSheet, rightColour, type Tile, wrongColour } from '../../figures/sheet.ts'
import type { Canvas } from '../lens.ts'
import { rowsOfItems } from './items.ts'
import type { IllustratedTsne, TsneLensResult } from './result.ts'

const points = 8
const neighbours = 5
const classRows = 8
const tile = 72
const ranks = Array.from({ length: neighbours }, (_, i) => String(i + 1))

export async function drawDifferent(
  result: IllustratedTsne,
  { embed }: Canvas,
): Promise<{ sections: Report['sections'][number][]; pictures: Record<string, string> }> {
  const { difference, names, items, classes } = result
  if (!difference) return { sections: [], pictures: {} }
  const [first, last] = [names[0], names.at(-1)!]
  const { moved, changed } = difference.points
  const portrait = portraits(result, embed)
  const nameOf = (item: number) => items.labels[item] || items.paths[item] || `point ${item + 1}`
  const sameClass = (a: number, b: number) =>
    classes.ofItems[a] >= 0 && classes.ofItems[a] === classes.ofItems[b]

  /** A row: the point, its nearest in the first embedding, its nearest in the last. */
  async function rowOf(item: number) {
    const around = difference!.sides.map(side => nearestItems(side, side.rows[item]).slice(0, neighbours))
    const tiles: Tile[] = [{ image: await portrait(item), caption: [nameOf(item)] }]
    for (const side of around)
      for (const other of side)
        tiles.push({
          image: await portrait(other),
          caption: [nameOf(other)],
          frame: classes.ofItems[item] < 0 ? undefined : sameClass(item, other) ? rightColour : wrongColour,
        })
    return { tiles, around }
  }

  // Where nothing of an item’s neighbourhood is kept, many share the first rank: the one that moved most comes first.
  const most = moved.reduce((a, b) => (b > a ? b : a), 1e-12)
  const lists = [
    {
      title: 'Points whose neighbours changed most',
      file: 'changed',
      chosen: greatest(
        changed.map((share, item) => share + (0.05 * moved[item]) / most),
        points,
      ),
    },
    { title: 'Points that lie farthest from themselves', file: 'moved', chosen: greatest(moved, points) },
  ]
  const parts: Part[] = []
  const pictures: Record<string, string> = {}
  for (const { title, file, chosen } of lists) {
    const rows = await Promise.all(chosen.map(rowOf))
    if (await portrait(chosen[0])) {
      const sheet = drawSheet({
        title: `${title}: its ${neighbours} nearest in ${first}, then in ${last}`,
        rows,
        columns: ['point', ...ranks, ...ranks],
        size: tile,
      })
      parts.push({ kind: 'figure', svg: sheet })
      pictures[file] = sheet
    } else {
      parts.push({
        kind: 'table',
        columns: [title, 'lies apart', 'other neighbours', `nearest in ${first}`, `nearest in ${last}`],
        rows: chosen.map((item, at) => [
          nameOf(item),
          moved[item].toFixed(1),
          `${Math.round(100 * changed[item])} %`,
          ...rows[at].around.map(side => side.map(nameOf).join(', ')),
        ]),
      })
    }
  }
  parts.push({
    kind: 'text',
    text: `Neighbours are those among the vectors, not on the maps. ${classes.names.length ? 'Green frames: of the same class; red: of another.' : ''}`,
  })
  const sections = [{ title: `What differs between ${first} and ${last}`, parts }]
  if (difference.classes.length)
    sections.push({ title: 'Classes that differ most', parts: await classParts(result, portrait, pictures) })
  return { sections, pictures }
}

async function classParts(
  { difference, names, classes, items }: TsneLensResult,
  portrait: (item: number) => Promise<string>,
  pictures: Record<string, string>,
): Promise<Part[]> {
  const { classes: all, points } = difference!
  const [first, last] = [names[0], names.at(-1)!]
  const shown = all.slice(0, 24)
  const parts: Part[] = [
    {
      kind: 'text',
      text: 'Sorted by how much the share of classmates among a point’s nearest neighbours changed. Spread: root mean square distance from the centre of the class on the map; a wider class is a looser one.',
    },
    {
      kind: 'table',
      columns: [
        'class',
        'points',
        `classmates near, ${first}`,
        last,
        `spread, ${first}`,
        last,
        'lie apart',
        'other neighbours',
      ],
      rows: shown.map(({ index, count, together, spread, moved, changed }) => [
        classes.names[index],
        count,
        ...together.map(share => percent(share)),
        ...spread.map(value => value.toFixed(1)),
        moved.toFixed(1),
        percent(changed),
      ]),
    },
    {
      kind: 'text',
      text:
        shown.length < all.length
          ? `Showing ${shown.length} of ${all.length} classes.`
          : `All ${all.length} classes.`,
    },
  ]
  const rows = await Promise.all(
    all.slice(0, classRows).map(async ({ index, together }) => {
      const own = points.changed.map((share, item) => (classes.ofItems[item] === index ? share : Number.NaN))
      return {
        label: classes.names[index],
        tiles: await Promise.all(
          greatest(own, 10).map(async item => ({
            image: await portrait(item),
            caption: [lastPart(items.paths[item]), `${percent(points.changed[item])} other`],
          })),
        ),
        together,
      }
    }),
  )
  if (rows.length && rows[0].tiles[0]?.image) {
    const sheet = drawSheet({
      title: 'Of each of these classes, the points whose neighbours changed most',
      rows,
      size: 84,
    })
    parts.push({ kind: 'figure', svg: sheet })
    pictures.classes = sheet
  }
  return parts
}

/** Images of items as data URIs, each made once; '' where there is none. */
function portraits(
  { vectors, items }: IllustratedTsne,
  embed: Canvas['embed'],
): (item: number) => Promise<string> {
  const rows = rowsOfItems(items)
  const made = new Map<number, Promise<string>>()
  const make = async (item: number) => {
    for (const [m, { pictures }] of vectors.entries()) {
      const place = rows[m][item] < 0 ? -1 : (pictures?.places[rows[m][item]] ?? -1)
      if (!pictures || place < 0) continue
      const { size } = pictures.store
      const side = Math.min(size, 2 * tile)
      const whole = pictureAt(pictures.store, place)
      return embed(resample(whole, side, side), 75)
    }
    return ''
  }
  return item => {
    const known = made.get(item) ?? make(item)
    made.set(item, known)
    return known
  }
}
