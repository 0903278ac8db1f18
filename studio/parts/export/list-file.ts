/** A list as a file for other programs. */
import { encodeCsv, type List } from '../../../src/base/csv.ts'
import type { ExportAsked } from './export.tsx'

type Form = NonNullable<ExportAsked['others']>[number]

export const csvForm = (words: string, list: () => List | Promise<List>): Form => ({
  name: 'CSV',
  file: '.csv',
  words,
  make: async () => csvBlob(await list()),
})

export const csvBlob = (list: List): Blob => new Blob([encodeCsv(list)], { type: 'text/csv' })
