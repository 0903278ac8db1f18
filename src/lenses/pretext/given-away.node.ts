/** What gave it away: maps of the images that the network was most certain of, where it was right and where wrong. */
import { dataUri } from '../../figures/files.node.ts'
import { drawSheet, rightColour, wrongColour } from '../../figures/sheet.ts'
import type { PretextFinding } from '../../runs/pretext/carry-out.node.ts'
import type { Engine } from '../../runtime/engine.ts'
import { distinct, side, viewsOf } from './views.node.ts'

/** Images of each kind, in one row. */
const shown = 6
/** @throws GlasshouseError 'no-linear-head', 'not-maps' where the network does not end in maps */
export async function drawGivenAway(
  engine: Engine,
  { task, first }: Pick<PretextFinding, 'task' | 'first'>,
): Promise<string> {
  const { data, answers, images } = first
  const isRight = (row: number) => answers.predicted[row] === data.labels[images[row]]
  const order = Array.from(images.keys()).sort((a, b) => answers.probability[b] - answers.probability[a])
  const kinds = [
    {
      name: 'right, and most certain',
      rows: distinct(order.filter(isRight), first, shown),
      frame: rightColour,
    },
    {
      name: 'wrong, and most certain',
      rows: distinct(
        order.filter(row => !isRight(row)),
        first,
        shown,
      ),
      frame: wrongColour,
    },
  ].filter(({ rows }) => rows.length > 0)
  const rows = []
  for (const { name, rows: chosen, frame } of kinds) {
    const { seen, painted } = await viewsOf(engine, first, chosen)
    const photographs = seen.map(async (view, k) => ({
      image: await dataUri(view),
      frame,
      caption: [
        task.classes[answers.predicted[chosen[k]]],
        `sure to ${(100 * answers.probability[chosen[k]]).toFixed(0)}\u00a0%`,
        data.dataset.items[images[chosen[k]]].source ?? '',
      ],
    }))
    rows.push(
      { label: name, tiles: await Promise.all(photographs) },
      { label: 'what speaks for the answer', tiles: painted },
    )
  }
  return drawSheet({ title: `${task.name}: what the network answered, and by what`, rows, size: side })
}
