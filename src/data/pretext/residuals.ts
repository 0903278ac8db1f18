/** By how much a processing and the mirror fail to commute, as plain data. */
import type { Process } from './processes.ts'

export interface Residual {
  process: Process
  /** of the image, in pixels */
  width: number
  /** mean absolute difference in grey levels, 0 to 255 */
  residual: number
  /** the least of it over all shifts, without the border; null where the image is too narrow to shift it */
  shifted: number | null
}

/** Residuals up to this many grey levels are rounding: JPEG's transforms round halves in one direction. */
export const rounding = 2
