/** What the lens of triplets finds: plain data. */
import { z } from 'zod'
import type { Split } from '../../data/dataset.ts'
import type { PictureStore } from '../../data/store.ts'
import type { TripletFrame } from '../../runs/embedding-run.ts'
import { number, share } from '../metrics.ts'
import type { FieldName } from './field.ts'
import type { FrameMeasures } from './measure.ts'
import type { Trajectory } from './trajectory.ts'

const measures = z.object({
  epoch: z.int(),
  anchors: z.int(),
  shareCorrect: share,
  meanDistance: number,
  topRight: share,
})

/** What a script may rely on, as it comes out of JSON. */
export const metrics = z.object({
  split: z.string(),
  runs: z.array(
    measures.extend({
      run: z.string(),
      name: z.string(),
      epochs: z.array(measures),
      trajectory: z
        .object({
          anchor: z.int(),
          positive: z.int(),
          negative: z.int(),
          steps: z.array(z.object({ epoch: z.int(), x: number, y: number })),
        })
        .optional(),
    }),
  ),
})

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
  tracked?: string
  field?: FieldName
  dots: number
  density?: boolean
  thumbnails: number
  seed: number
}

/** With the images that are drawn, by fingerprint of the data; undefined where they cannot be had. */
export interface IllustratedTriplets extends TripletsResult {
  pictures: ReadonlyMap<string, PictureStore | undefined>
}

export const historyOf = (run: RunHistory, split: string): SplitHistory =>
  run.splits.find(history => history.split === split)!
