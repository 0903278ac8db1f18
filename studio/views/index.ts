/** The views by the first part of the address. What is large is loaded when it is first opened. */
import type { ComponentType } from 'preact'
import { RunsView } from './runs/view.tsx'

export interface StudioView {
  title: string
  view: ComponentType
}

export const views: Readonly<Record<string, StudioView>> = {
  runs: { title: 'Runs', view: RunsView },
}
