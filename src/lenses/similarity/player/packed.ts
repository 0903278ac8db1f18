/** What the player of paired places is given. */
export interface PackedPairs {
  /** data URIs of both images, square */
  images: string[]
  /** cells of the map */
  rows: number
  columns: number
  /** middle of the first cell, and from one cell to the next: x and y in shares of the image */
  first: [number, number]
  step: [number, number]
  /** base64 of 16-bit numbers between `low` and `high`: for each cell of the first image all cells of the second */
  pairs: string
  low: number
  high: number
  cosine: number
  /** base64: red, green, blue of 256 steps */
  colours: string
}
