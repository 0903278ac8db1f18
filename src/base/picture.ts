/**
 * An image in memory: 8-bit RGB, interleaved, row by row. The one form in which images pass between rooms;
 * reading and writing files is `data/` and `figures/*.node.ts`.
 */
export interface Picture {
  readonly width: number
  readonly height: number
  /** width * height * 3 bytes: red, green, blue */
  readonly data: Uint8Array
}

export const blankPicture = (
  width: number,
  height: number,
  [red, green, blue] = [255, 255, 255],
): Picture => {
  const data = new Uint8Array(width * height * 3)
  for (let i = 0; i < data.length; i += 3) {
    data[i] = red
    data[i + 1] = green
    data[i + 2] = blue
  }
  return { width, height, data }
}
