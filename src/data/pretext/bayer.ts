/**
 * What a camera's sensor does to an image: every pixel keeps one of its three colours, in the Bayer pattern RGGB, and
 * the other two are interpolated from the neighbours. Linear interpolation with the 5 x 5 filters of Malvar, He and
 * Cutler, "High-quality linear interpolation for demosaicing of Bayer-patterned color images" (ICASSP 2004), figure 2.
 *
 * The pattern has a period of two pixels and no mirror image of its own, so an image can betray that it was mirrored.
 */
import type { Picture } from '../../base/picture.ts'

const [red, green, blue] = [0, 1, 2]

/** The colour that the sensor keeps at a place: red at even columns of even rows, blue at odd ones of odd rows. */
const keptAt = (x: number, y: number): number => (x % 2 === y % 2 ? (x % 2 ? blue : red) : green)

/** An index beyond the border, reflected about the last pixel: this keeps its place in the pattern. */
function reflected(index: number, length: number): number {
  if (length === 1) return 0
  const period = 2 * (length - 1)
  const within = ((index % period) + period) % period
  return within < length ? within : period - within
}

/** Sensor values around a place: those of five rows, and where its five columns are. */
interface Around {
  sensor: Uint8Array
  /** where the rows begin, from two above to two below */
  rows: Int32Array
  /** from two to the left to two to the right */
  columns: Int32Array
}

// Sums in sixteenths, so that they are whole numbers and a mirrored image gives exactly the mirrored sums.
const centre = ({ sensor, rows, columns }: Around) => sensor[rows[2] + columns[2]]
const inRow = ({ sensor, rows, columns }: Around, step: number) =>
  sensor[rows[2] + columns[2 - step]] + sensor[rows[2] + columns[2 + step]]
const inColumn = ({ sensor, rows, columns }: Around, step: number) =>
  sensor[rows[2 - step] + columns[2]] + sensor[rows[2 + step] + columns[2]]
const diagonal = ({ sensor, rows, columns }: Around) =>
  sensor[rows[1] + columns[1]] +
  sensor[rows[1] + columns[3]] +
  sensor[rows[3] + columns[1]] +
  sensor[rows[3] + columns[3]]

/** Green where the sensor has red or blue. */
const greenBetween = (at: Around) =>
  8 * centre(at) + 4 * (inRow(at, 1) + inColumn(at, 1)) - 2 * (inRow(at, 2) + inColumn(at, 2))

/** Red or blue at a green pixel whose neighbours of that colour lie to the left and right. */
const alongRow = (at: Around) =>
  10 * centre(at) + 8 * inRow(at, 1) - 2 * (inRow(at, 2) + diagonal(at)) + inColumn(at, 2)

/** The same where they lie above and below. */
const alongColumn = (at: Around) =>
  10 * centre(at) + 8 * inColumn(at, 1) - 2 * (inColumn(at, 2) + diagonal(at)) + inRow(at, 2)

/** Red at a blue pixel, or blue at a red one. */
const across = (at: Around) => 12 * centre(at) + 4 * diagonal(at) - 3 * (inRow(at, 2) + inColumn(at, 2))

/** Rounded to the nearest grey level within 0 to 255. */
const level = (sixteenths: number): number => Math.min(255, Math.max(0, (sixteenths + 8) >> 4))

/** The image as a camera with a Bayer sensor would have taken it; same size. */
export function demosaiced({ width, height, data }: Picture): Picture {
  const sensor = new Uint8Array(width * height)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) sensor[y * width + x] = data[3 * (y * width + x) + keptAt(x, y)]
  const result = new Uint8Array(data.length)
  const columns = Int32Array.from({ length: width + 4 }, (_, index) => reflected(index - 2, width))
  const rows = Int32Array.from({ length: height + 4 }, (_, index) => width * reflected(index - 2, height))
  const around = Array.from({ length: width }, (_, x) => columns.subarray(x, x + 5))
  const at: Around = { sensor, rows, columns }
  for (let y = 0; y < height; y++) {
    at.rows = rows.subarray(y, y + 5)
    for (let x = 0; x < width; x++) {
      at.columns = around[x]
      const kept = keptAt(x, y)
      const to = 3 * (y * width + x)
      result[to + kept] = centre(at)
      if (kept === green) {
        const beside = y % 2 ? blue : red
        result[to + beside] = level(alongRow(at))
        result[to + red + blue - beside] = level(alongColumn(at))
      } else {
        result[to + green] = level(greenBetween(at))
        result[to + red + blue - kept] = level(across(at))
      }
    }
  }
  return { width, height, data: result }
}
