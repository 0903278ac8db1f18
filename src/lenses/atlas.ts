/** Thumbnails by the thousand as one image: square tiles in rows, an image's place being its place in the list. */
import { blankPicture, type Picture } from '../base/picture.ts'
import { resample } from '../data/prepare/resample.ts'
import { type PictureStore, pictureAt } from '../data/store.ts'

export interface Atlas {
  picture: Picture
  across: number
  tiles: number
}

/** The more thumbnails, the smaller: so that a film of 16,000 stays a file that can be sent. */
export const tileSide = (count: number): number => (count <= 2000 ? 64 : count <= 8000 ? 48 : 40)

/** @param ids positions of the images in the store; -1 leaves a tile blank */
export function makeAtlas(store: PictureStore, ids: ArrayLike<number>): Atlas {
  const side = tileSide(ids.length)
  const across = Math.ceil(Math.sqrt(ids.length))
  const picture = blankPicture(across * side, Math.ceil(ids.length / across) * side)
  for (let place = 0; place < ids.length; place++) {
    if (ids[place] < 0) continue
    const tile = resample(pictureAt(store, ids[place]), side, side, {
      left: 0,
      top: 0,
      width: side,
      height: side,
    })
    const left = (place % across) * side
    const top = Math.floor(place / across) * side
    for (let y = 0; y < side; y++)
      picture.data.set(
        tile.data.subarray(3 * y * side, 3 * (y + 1) * side),
        3 * ((top + y) * picture.width + left),
      )
  }
  return { picture, across, tiles: ids.length }
}
