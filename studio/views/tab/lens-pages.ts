/** What the export of a lens of the tab offers beside its result: the lens itself. */
import type { ExportAsked } from '../../parts/export/export.tsx'
import { type LensFileAsked, lensFiles } from './state.ts'

export function lensPages(asked: LensFileAsked): ExportAsked['others'] {
  const make = lensFiles.value
  if (!make) return []
  return [
    {
      name: 'Lens',
      file: '-lens.html',
      words:
        'one HTML file with the engine, the model and the images: other images are dropped into it, offline; a model of more than 20 MB is saved beside it',
      make: () => make(asked),
    },
  ]
}
