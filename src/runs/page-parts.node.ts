/** What the page of a classifier and that of an embedding have in common. */
import type { Report } from '../figures/report.ts'
import type { Answers } from '../models/classification.ts'
import type { Network } from '../nets/network.ts'
import type { Engine } from '../runtime/engine.ts'
import type { LogLine, RunRecord } from './record.ts'
import type { TrainingData } from './training-data.node.ts'

export interface TrainedRun {
  record: RunRecord
  log: readonly LogLine[]
  data: TrainingData
  /** at its best epoch */
  network: Network
  engine: Engine
}

export interface Drawn {
  /** what a classifier says of the images at these places of the data */
  answers?: { indices: Int32Array; answers: Answers }
  drawings: Record<string, string>
  sections: Report['sections'][number][]
}

/** Which images the scores are of. */
export const scoredOn = ({ test }: TrainingData): string => (test.length ? 'test' : 'training')
