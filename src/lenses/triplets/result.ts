/** What the lens of triplets finds: plain data. */
import type { Split } from '../../data/dataset.ts'
import type { PictureStore } from '../../data/store.ts'
import type { TripletFrame } from '../../runs/embedding-run.ts'
import type { FieldName } from './field.ts'
import type { FrameMeasures } from './measure.ts'
import type { Trajectory } from './trajectory.ts'

/** A split of a run, epoch by epoch. */
export interface SplitHistory {
  split: Split
  frames: TripletFrame[]
  measures: FrameMeasures[]
  /** what is known of its images, by position in the data set */
  images: ReadonlyMap<number, { path: string; label: string }>
}

export interface RunHistory {
  source: string
  name: string
  fingerprint: string
  splits: SplitHistory[]
  trajectory?: Trajectory
}

export interface TripletsResult {
  runs: RunHistory[]
  split: Split
  /** by fingerprint of the data; undefined where its pictures cannot be had */
  pictures: ReadonlyMap<string, PictureStore | undefined>
  tracked?: string
  field?: FieldName
  dots: number
  density?: boolean
  thumbnails: number
  seed: number
}

export const historyOf = (run: RunHistory, split: string): SplitHistory =>
  run.splits.find(history => history.split === split)!
