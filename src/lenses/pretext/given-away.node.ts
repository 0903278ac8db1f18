/** What gave it away: maps of the images that the network was most certain of, where it was right and where wrong. */

import { GlasshouseError } from '../../base/errors.ts'
import type { Picture } from '../../base/picture.ts'
import { centreSquare, wholeOf } from '../../data/prepare/geometry.ts'
import { centrePictures } from '../../data/prepare/prepare.ts'
import { resample } from '../../data/prepare/resample.ts'
import { windowOf } from '../../data/pretext/windows.ts'
import { pictureAt } from '../../data/store.ts'
import { dataUri } from '../../figures/files.node.ts'
import { drawSheet, rightColour, wrongColour } from '../../figures/sheet.ts'
import type { PretextFinding } from '../../runs/pretext/carry-out.node.ts'
import type { Engine } from '../../runtime/engine.ts'
import { createMapper } from '../cam/compute.ts'
import { gridOf } from '../maps/layer-maps.ts'
import { gridOnView, paintMap } from '../maps/painting.ts'

/** Images of each kind, in one row. */
const shown = 6
/** Side of a drawn image, in pixels. */
const side = 128

/** undefined where the network does not end in maps */
export async function drawGivenAway(
  engine: Engine,
  { task, first }: Pick<PretextFinding, 'task' | 'first'>,
): Promise<string | undefined> {
  const { data, network, answers, images } = first
  const isRight = (row: number) => answers.predicted[row] === data.labels[images[row]]
  const order = Array.from(images.keys()).sort((a, b) => answers.probability[b] - answers.probability[a])
  const kinds = [
    { name: 'right, and most certain', rows: distinct(order.filter(isRight), first), frame: rightColour },
    {
      name: 'wrong, and most certain',
      rows: distinct(
        order.filter(row => !isRight(row)),
        first,
      ),
      frame: wrongColour,
    },
  ].filter(({ rows }) => rows.length > 0)
  try {
    const grid = await gridOf(engine, network, undefined)
    const rows = []
    for (const { name, rows: chosen, frame } of kinds) {
      const maps = await mapsOf(engine, first, chosen)
      const views = chosen.map(row => viewOf(pictureAt(data.store, images[row]), network.preprocessing.size))
      const placed = gridOnView(grid, network.preprocessing.size, views[0])
      const photographs = views.map(async (view, k) => ({
        image: await dataUri(view),
        frame,
        caption: [
          `${task.classes[answers.predicted[chosen[k]]]} (${(100 * answers.probability[chosen[k]]).toFixed(0)} %)`,
          data.dataset.items[images[chosen[k]]].source ?? '',
        ],
      }))
      const painted = views.map(async (view, k) => ({
        image: await dataUri(paintMap(view, maps[k], placed)),
      }))
      rows.push(
        { label: name, tiles: await Promise.all(photographs) },
        { label: 'what speaks for the answer', tiles: await Promise.all(painted) },
      )
    }
    return drawSheet({ title: `${task.name}: what the network answered, and by what`, rows, size: side })
  } catch (error) {
    if (error instanceof GlasshouseError && ['no-linear-head', 'not-maps'].includes(error.code))
      return undefined
    throw error
  }
}

/** The first rows of different images. */
function distinct(rows: readonly number[], { data, images }: PretextFinding['first']): number[] {
  const seen = new Set<string>()
  const isNew = (row: number) => {
    const { path } = data.dataset.items[images[row]]
    return !seen.has(path) && seen.add(path)
  }
  return rows.filter(isNew).slice(0, shown)
}

async function mapsOf(
  engine: Engine,
  { data, network, images }: PretextFinding['first'],
  rows: readonly number[],
): Promise<Float32Array[]> {
  const length = 3 * network.preprocessing.size ** 2
  const content = new Float32Array(rows.length * length)
  const fill = centrePictures(
    data.store,
    rows.map(row => images[row]),
    network.preprocessing,
  )
  for (const at of rows.keys()) await fill(at, content, at * length)
  const mapper = await createMapper(engine, network, { method: 'cam', classes: 1 }, rows.length)
  try {
    const mapped = await mapper.maps(content, [rows.map(() => -1)])
    return mapped.map(({ maps: [{ map }] }) => map)
  } finally {
    await mapper.dispose()
  }
}

/** What the network saw, enlarged. */
function viewOf(stored: Picture, size: number): Picture {
  const seen = windowOf(stored, centreSquare(stored, size))
  return resample(seen, side, side, wholeOf({ width: side, height: side }))
}
