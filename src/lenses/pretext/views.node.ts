/** Images of a pretext task as the network saw them, enlarged, and the places that speak for its answers. */
import type { Picture } from '../../base/picture.ts'
import { centreSquare, wholeOf } from '../../data/prepare/geometry.ts'
import { centrePictures } from '../../data/prepare/prepare.ts'
import { resample } from '../../data/prepare/resample.ts'
import { windowOf } from '../../data/pretext/windows.ts'
import { pictureAt } from '../../data/store.ts'
import { dataUri } from '../../figures/files.node.ts'
import type { PretextFinding } from '../../runs/pretext/carry-out.node.ts'
import type { Engine } from '../../runtime/engine.ts'
import { createMapper } from '../cam/compute.ts'
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

/** What the network saw, enlarged. */
export const viewsOf = ({ data, network, images }: Looked, rows: readonly number[]): Picture[] =>
  rows.map(row => {
    const stored = pictureAt(data.store, images[row])
    const seen = windowOf(stored, centreSquare(stored, network.preprocessing.size))
    return resample(seen, side, side, wholeOf({ width: side, height: side }))
  })

/** Of the predicted class. @throws GlasshouseError 'no-linear-head', 'not-maps' where the network does not end in maps */
export async function mapsOf(
  engine: Engine,
  { data, network, images }: Looked,
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

/** Tiles of a sheet: the maps on the views. */
export async function paintedViews(
  engine: Engine,
  { network }: Looked,
  views: readonly Picture[],
  maps: readonly Float32Array[],
): Promise<{ image: string }[]> {
  const grid = await gridOf(engine, network, undefined)
  return Promise.all(
    views.map(async (view, k) => ({
      image: await dataUri(paintMap(view, maps[k], gridOnView(grid, network.preprocessing.size, view))),
    })),
  )
}
