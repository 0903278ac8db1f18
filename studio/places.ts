/** The views that one goes to by name: from the rail, the palette, and by g and a key. */
import type { IconName } from './parts/icons.tsx'

export interface Place {
  view: string
  /** after g */
  key: string
  name: string
  /** where no rail says that it is a place */
  alone?: string
  icon: IconName
  /** views that belong to it */
  covers?: readonly string[]
}

export const places: readonly Place[] = [
  { view: 'runs', key: 'r', name: 'Runs', icon: 'runs', covers: ['run', 'compare'] },
  { view: 'start', key: 's', name: 'Start', icon: 'start' },
  { view: 'jobs', key: 'j', name: 'Jobs', icon: 'jobs', covers: ['job'] },
  { view: 'data', key: 'd', name: 'Data', icon: 'data' },
  { view: 'lenses', key: 'l', name: 'Lenses', icon: 'lenses', covers: ['lens'] },
  { view: 'tab', key: 't', name: 'This tab', alone: 'In this tab', icon: 'tab' },
]
