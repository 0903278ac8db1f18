/** The map of the tab as a page of its own: that of other maps, with one map and the images of this tab. */
import { base64 } from '../../../src/figures/base64.ts'
import type { MapsResult, Packed } from '../../../src/server/api.ts'
import { addressOf } from '../../client.ts'
import type { PageAsked } from '../../parts/export/page.ts'
import type { TabImage, TabMap } from './state.ts'

/** No folder is called so: the images lie in this tab. */
const data = 'tab:'

/** What an image of the tab is coloured by. */
export const nameOf = (image: TabImage | undefined): string =>
  image?.answers?.[0]?.class || image?.label || 'no class'

/** @param images parallel to the map; undefined where one was put away */
export function livePage(map: TabMap, images: readonly (TabImage | undefined)[]): PageAsked {
  const result: MapsResult = {
    metrics: {},
    data,
    paths: [...map.names],
    labels: images.map(nameOf),
    fields: [],
    maps: [{ name: `${map.names.length} images`, x: pack(map.x), y: pack(map.y) }],
    strengths: [],
  }
  return {
    view: 'maps',
    answers: [],
    known: { [addressOf.maps('')]: result },
    images: images.flatMap(image => (image ? [{ data, path: image.name, src: image.src }] : [])),
    imageSize: 96,
  }
}

const pack = (numbers: Float32Array): Packed => ({
  type: 'float32',
  length: numbers.length,
  base64: base64(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)),
})
