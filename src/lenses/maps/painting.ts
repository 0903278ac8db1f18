/**
 * A map painted on an image where its cells look: interpolated between the centres of the cells, never stretched to the
 * image's border.
 *
 * Beyond the outermost centres no cell looks. There the nearest cell is repeated, and painted paler, so that what was
 * computed and what only continues it can be told apart.
 */
import type { Picture } from '../../base/picture.ts'
import { type HeatOptions, heatOver } from '../../figures/heat.ts'
import type { Grid } from '../../graph/receptive-field/grid.ts'
import { both, type Point } from '../../graph/receptive-field/places.ts'

/** The same cells on the image `scale` times as large. */
export const enlargedGrid = (grid: Grid, scale: number): Grid => ({
  ...grid,
  centre: both(side => (grid.centre[side] + 0.5) * scale - 0.5),
  stride: both(side => grid.stride[side] * scale),
})

/** The cells of what a network of this side sees, on a square view of it of any side. */
export const gridOnView = (grid: Grid, size: number, view: Pick<Picture, 'width'>): Grid =>
  enlargedGrid(grid, view.width / size)

interface Tap {
  low: number
  high: number
  /** of the higher cell */
  share: number
  /** whether this pixel lies between the outermost centres */
  inside: boolean
}

function taps(count: number, centre: number, stride: number, extent: number): Tap[] {
  return Array.from({ length: extent }, (_, pixel) => {
    const at = (pixel - centre) / stride
    const cell = Math.min(Math.max(at, 0), count - 1)
    const low = Math.min(Math.floor(cell), Math.max(count - 2, 0))
    return { low, high: Math.min(low + 1, count - 1), share: cell - low, inside: Math.abs(at - cell) < 1e-9 }
  })
}

/** The map's value at each pixel of an image, row by row. */
export function valuesAt(map: ArrayLike<number>, grid: Grid, height: number, width: number): Float32Array {
  const result = new Float32Array(height * width)
  const columns = taps(grid.width, grid.centre[1], grid.stride[1], width)
  taps(grid.height, grid.centre[0], grid.stride[0], height).forEach((row, y) => {
    columns.forEach((column, x) => {
      const along = (line: number) =>
        map[line * grid.width + column.low] * (1 - column.share) +
        map[line * grid.width + column.high] * column.share
      result[y * width + x] = along(row.low) * (1 - row.share) + along(row.high) * row.share
    })
  })
  return result
}

/** 1 between the outermost centres, `pale` beyond. */
function strengthAt(grid: Grid, height: number, width: number, pale: number): Float32Array {
  const strength = new Float32Array(height * width)
  const columns = taps(grid.width, grid.centre[1], grid.stride[1], width)
  taps(grid.height, grid.centre[0], grid.stride[0], height).forEach((row, y) => {
    columns.forEach((column, x) => {
      strength[y * width + x] = row.inside && column.inside ? 1 : pale
    })
  })
  return strength
}

/** Share of the colour that is left beyond the outermost centres. */
const paleness = 0.45

/** Grids with fewer cells along a side get a dot at each centre. */
export const coarseSide = 5

/** A map over a photograph; the grid is that of the photograph's pixels. */
export function paintMap(
  photo: Picture,
  map: ArrayLike<number>,
  grid: Grid,
  options: HeatOptions = {},
): Picture {
  const { height, width } = photo
  const painted = heatOver(
    photo,
    valuesAt(map, grid, height, width),
    options,
    strengthAt(grid, height, width, paleness),
  )
  return isCoarse(grid) ? withDots(painted, grid) : painted
}

export const isCoarse = ({ height, width }: Grid): boolean => Math.min(height, width) < coarseSide

/** A white dot with a dark rim at the centre of each cell. */
function withDots(picture: Picture, { height, width, centre, stride }: Grid): Picture {
  const data = picture.data.slice()
  const radius = Math.max(2, picture.width / 90)
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      const [y, x] = both(side => centre[side] + [row, column][side] * stride[side])
      for (let v = Math.ceil(y - radius - 1); v <= y + radius + 1; v++)
        for (let u = Math.ceil(x - radius - 1); u <= x + radius + 1; u++) {
          const distance = Math.hypot(v - y, u - x)
          if (distance > radius + 1 || v < 0 || u < 0 || v >= picture.height || u >= picture.width) continue
          data.fill(
            distance > radius ? 40 : 255,
            3 * (v * picture.width + u),
            3 * (v * picture.width + u) + 3,
          )
        }
    }
  return { ...picture, data }
}

/** The centre of the cell with the highest value, on the image. */
export function hottestPlace(map: ArrayLike<number>, grid: Grid): Point {
  let best = 0
  for (let cell = 1; cell < map.length; cell++) if (map[cell] > map[best]) best = cell
  const at: Point = [Math.floor(best / grid.width), best % grid.width]
  return both(side => grid.centre[side] + at[side] * grid.stride[side])
}

/** What a page says of a grid: how fine it is, and how its places are known. */
export function describeGrid(
  { height, width, stride, centre, known }: Grid & { known?: string },
  size: number,
): string[] {
  const number = (value: number) => String(Math.round(value * 10) / 10)
  const pair = ([down, across]: Point) =>
    down === across ? number(down) : `${number(down)} x ${number(across)}`
  const isByPixel = stride.every(step => step === 1)
  const lines = [
    isByPixel
      ? `The map has ${height} x ${width} cells, one for each pixel that the network sees.`
      : `The map has ${height} x ${width} cells, ${pair(stride)} pixels apart; the first is centred on pixel ${pair(centre)} of the ${size} x ${size} that the network sees. Colours are interpolated between the centres of the cells. Beyond the outermost centres the nearest cell is repeated, paler.`,
  ]
  if (known === 'measured')
    lines.push(
      'The network holds an operator whose receptive field is not known here, so the centres were measured: by the gradients of some cells with respect to random images.',
    )
  if (known === 'assumed')
    lines.push(
      'Where the cells look could be neither derived nor measured: they are taken to divide the image evenly, so places are uncertain by up to a cell.',
    )
  if (isCoarse({ height, width, stride, centre }))
    lines.push(
      `This grid is coarse: one cell stands for a ${pair(stride)} pixel square, and no detail finer than that is known. Dots mark the centres. Finer maps: larger images (--size), an earlier layer (cam: --method grad-cam --layer), or a network trained with a smaller --output-stride.`,
    )
  return lines
}
