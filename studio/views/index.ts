/** The views by the first part of the address. */
import type { ComponentType } from 'preact'
import { lazy } from '../parts/lazy.tsx'
import { CompareView } from './compare/view.tsx'
import { DataFolders } from './data/view.tsx'
import { JobsView, JobView } from './jobs/view.tsx'
import { LensesView } from './lens/list.tsx'
import { RunView } from './run/view.tsx'
import { RunsView } from './runs/view.tsx'
import { StartView } from './start/view.tsx'

export interface StudioView {
  title: string
  view: ComponentType
}

export const views: Readonly<Record<string, StudioView>> = {
  runs: { title: 'Runs', view: RunsView },
  run: { title: 'Run', view: RunView },
  compare: { title: 'Compare', view: CompareView },
  start: { title: 'Start', view: StartView },
  jobs: { title: 'Jobs', view: JobsView },
  job: { title: 'Job', view: JobView },
  data: { title: 'Data', view: DataFolders },
  tab: { title: 'In this tab', view: lazy('tab', async () => (await import('./tab/entry.ts')).TabView) },
  lenses: { title: 'Lenses', view: LensesView },
}
