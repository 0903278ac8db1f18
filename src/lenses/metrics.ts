/** Numbers among the metrics of a lens, as they come out of JSON, which knows no NaN and no infinity. */
import { z } from 'zod'

/** null where it is not finite */
export const number = z.number().nullable()

/** from 0 to 1, rounding aside */
export const share = z
  .number()
  .min(-1e-6)
  .max(1 + 1e-6)
  .nullable()
