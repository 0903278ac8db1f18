/** Images of a pretext task as the network saw them, enlarged, and the places that speak for its answers. */
import type { Picture } from '../../base/picture.ts'
import { centreSquare } from '../../data/prepare/geometry.ts'
import { centrePictures } from '../../data/prepare/prepare.ts'
import { resample } from '../../data/prepare/resample.ts'
import { windowOf } from '../../data/pretext/windows.ts'
import { pictureAt } from '../../data/store.ts'
import { dataUri } from '../../figures/files.node.ts'
import type { PretextFinding } from '../../runs/pretext/carry-out.node.ts'
import type { Engine } from '../../runtime/engine.ts'
import { activationMaps } from '../cam/compute.ts'
import { gridOf } from '../maps/layer-maps.ts'
import { gridOnView, paintMap } from '../maps/painting.ts'

type Looked = PretextFinding['first']

/** Side of a drawn image, in pixels. */
export const side = 128

/** The first rows of different images, so many at most. */
export function distinct(rows: readonly number[], { data, images }: Looked, most: number): number[] {
  const seen = new Set<string>()
  const isNew = (row: number) => {
    const { path } = data.dataset.items[images[row]]
    return !seen.has(path) && seen.add(path)
  }
  return rows.filter(isNew).slice(0, most)
}

/** What the network saw, enlarged; and the same painted with the map of the predicted class. */
export interface Views {
  seen: Picture[]
  /** tiles of a sheet */
  painted: { image: string }[]
}

/** @throws GlasshouseError 'no-linear-head', 'not-maps' where the network does not end in maps */
export async function viewsOf(
  engine: Engine,
  { data, network, images }: Looked,
  rows: readonly number[],
): Promise<Views> {
  const { size } = network.preprocessing
  const chosen = rows.map(row => images[row])
  const seen = chosen.map(index => {
    const stored = pictureAt(data.store, index)
    return resample(windowOf(stored, centreSquare(stored, size)), side, side)
  })
  const length = 3 * size ** 2
  const content = new Float32Array(rows.length * length)
  const fill = centrePictures(data.store, chosen, network.preprocessing)
  for (const at of rows.keys()) fill(at, content, at * length)
  const maps = await activationMaps(engine, network, content, { method: 'cam' })
  const grid = gridOnView(await gridOf(engine, network, undefined), size, { width: side })
  const painted = await Promise.all(
    seen.map(async (view, at) => ({ image: await dataUri(paintMap(view, maps[at].map, grid)) })),
  )
  return { seen, painted }
}
