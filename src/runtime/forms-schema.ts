/** Forms of convolutions as they are read back from a file. */
import { z } from 'zod'

const limit = z.number().int().min(0)
/** See `graph/passes/forms.ts`. */
export const formsSchema = z.looseObject({ foldUpTo: limit, rowsFrom: limit })
