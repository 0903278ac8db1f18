/** What the lens of triplets finds: plain data. */
import type { Split } from '../../data/dataset.ts'
import type { PictureStore } from '../../data/store.ts'
import type { TripletFrame } from '../../runs/embedding-run.ts'
import type { FieldName } from './field.ts'
import type { FrameMeasures } from './measure.ts'
import type { Trajectory } from './trajectory.ts'

/** A split of a run, epoch by epoch. */
export interface SplitLife {
  split: Split
  frames: TripletFrame[]
  measures: FrameMeasures[]
  /** what is known of its images, by position in the data set */
  images: ReadonlyMap<number, { path: string; label: string }>
}

export interface RunLife {
  source: string
  name: string
  fingerprint: string
  splits: SplitLife[]
  trajectory?: Trajectory
}

export interface TripletsResult {
  runs: RunLife[]
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

export const lifeOf = (run: RunLife, split: string): SplitLife =>
  run.splits.find(life => life.split === split)!
