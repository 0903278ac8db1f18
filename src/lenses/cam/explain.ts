/** The maps of some images, and what is measured on them. */
import type { Picture } from '../../base/picture.ts'
import { meanOf } from '../../base/statistics.ts'
import { fillPrepared, viewOf } from '../../data/prepare/prepare.ts'
import { indexOfLargest } from '../../models/classification.ts'
import type { Network } from '../../nets/network.ts'
import type { LabelledPicture } from '../lens.ts'
import type { MapGrid } from '../maps/layer-maps.ts'
import { hottestPlace, valuesAt } from '../maps/painting.ts'
import type { ActivationMap, Mapper } from './compute.ts'
import { mapTurnedBack, type Pair, type Turn, turnedBack, turnedImages, turns } from './follow.ts'
import { oddsOf } from './odds.ts'
import { areaOf, plantMask, shareInside } from './plant-mask.ts'
import type { ClassMap, Explained } from './result.ts'

/** A class of the network, or what an image decides: the predicted class, or the one that its data says. */
export type WantedClass = number | 'predicted' | 'label'

export interface ExplainRequest {
  classes: readonly WantedClass[]
  /** everything squeezed into the square */
  plain: boolean
  /** whether to compare the heat with the plant */
  plant: boolean
  /** side of the views at least */
  viewSize: number
}

interface Prepared {
  views: Picture[]
  input: Float32Array
}

export function prepare(network: Network, pictures: readonly LabelledPicture[], plain: boolean): Prepared {
  const { preprocessing } = network
  const length = 3 * preprocessing.size ** 2
  const views = pictures.map(({ picture }) => viewOf(picture, preprocessing, plain))
  const input = new Float32Array(views.length * length)
  views.forEach((view, index) => {
    fillPrepared(view, preprocessing, input, index * length)
  })
  return { views, input }
}

export async function explain(
  mapper: Mapper,
  network: Network,
  names: readonly string[],
  grid: MapGrid,
  pictures: readonly LabelledPicture[],
  { views, input }: Prepared,
  { classes, viewSize, plain, plant }: ExplainRequest,
): Promise<Explained[]> {
  const { preprocessing } = network
  const mapped = await mapper.maps(
    input,
    classes.map(wanted => pictures.map(each => indexOf(wanted, each, names))),
  )
  const scale = Math.max(1, Math.ceil(viewSize / preprocessing.size))
  const enlarged = {
    ...preprocessing,
    size: scale * preprocessing.size,
    resize: scale * preprocessing.resize,
  }
  return pictures.map(({ path, label, picture }, index) => {
    const { predicted, maps } = mapped[index]
    const mask = plant ? plantMask(views[index]) : undefined
    const plantArea = mask && areaOf(mask)
    return {
      path,
      label,
      predicted: names[predicted],
      plantArea,
      maps: maps.map(map => measured(map, names, grid, preprocessing.size, mask, plantArea)),
      view: viewOf(picture, enlarged, plain),
    }
  })
}

const indexOf = (wanted: WantedClass, { label }: LabelledPicture, names: readonly string[]): number => {
  if (typeof wanted === 'number') return wanted
  return wanted === 'label' && label !== undefined ? names.indexOf(label) : -1
}

function measured(
  map: ActivationMap,
  names: readonly string[],
  grid: MapGrid,
  size: number,
  mask: Uint8Array | undefined,
  area: number | undefined,
): ClassMap {
  const onPlant = mask && heatOn(mask, valuesAt(map.map, grid, size, size))
  const insidePlant = onPlant?.share
  return {
    ...map,
    class: names[map.classIndex],
    mean: meanOf(map.map),
    insidePlant,
    hottestOnPlant: area ? onPlant?.hottest : undefined,
    odds: insidePlant === undefined || area === undefined ? undefined : oddsOf({ inside: insidePlant, area }),
  }
}

/** Share of the heat where the mask is 1, and whether the hottest place is there. */
const heatOn = (mask: Uint8Array, heat: Float32Array) => ({
  share: shareInside(heat, mask),
  hottest: mask[indexOfLargest(heat)] === 1,
})

/** Where the hottest place of each image goes when the image is turned; of its first map. */
export async function followed(
  mapper: Mapper,
  size: number,
  grid: MapGrid,
  images: readonly Explained[],
  { input }: Prepared,
): Promise<Record<Turn, Pair[]>> {
  const asked = images[0].maps.map((_, at) => images.map(({ maps }) => maps[at].classIndex))
  const result: Record<Turn, Pair[]> = { turned: [], mirrored: [] }
  for (const turn of turns) {
    const after = await mapper.maps(turnedImages(input, size, turn), asked)
    after.forEach(({ maps: [{ map }] }, index) => {
      const before = images[index].maps[0].map
      const after = mapTurnedBack(map, grid, size, turn)
      result[turn].push({
        before: hottestPlace(before, grid),
        after: turnedBack(hottestPlace(map, grid), size, turn),
        ...(after && { maps: { before, after } }),
      })
    })
  }
  return result
}
