/** The view of the tab, with the worker that the studio serves. */
import { workersFrom } from '../../tab/client.ts'
import { lensFiles } from './state.ts'

workersFrom(
  () => new Worker(new URL('../../tab/worker.ts', import.meta.url), { type: 'module', name: 'lenses' }),
)

lensFiles.value = async asked => (await import('./lens-file.ts')).lensBlob(asked)

export { TabView } from './view.tsx'
