/** Forms of convolutions as they are read back from a file. */
import { z } from 'zod'
import { defaultForms } from '../graph/passes/forms.ts'

const limit = z.number().int().min(0)
/** See `graph/passes/forms.ts`. What was written before there were blocks has no limit for them. */
export const formsSchema = z.looseObject({
  foldUpTo: limit,
  rowsFrom: limit,
  blocksFrom: limit.default(defaultForms.blocksFrom),
})
