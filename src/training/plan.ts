/** How a network is to be trained: everything but the data, the network and the objective. */
import type { Augmentation } from '../data/augment.ts'
import type { OptimiserOptions } from './optimiser.ts'
import type { ScheduleName } from './schedule.ts'

export interface TrainingPlan {
  epochs: number
  batch: number
  /** of an epoch's batches, for objectives that compare within them: see `balancedBatches` */
  coverage?: 'largest-class' | 'once'
  /** images of each class in a batch, for objectives that compare within it */
  perClass: number
  rate: number
  optimiser: OptimiserOptions
  schedule: ScheduleName
  warmup: number
  augmentation: Augmentation
  /** the layer up to which nothing is trained */
  freeze?: string
  /** whether batch normalisations keep their statistics and parameters */
  freezeNorms?: boolean
  headRate: number
  /** images are stored at this side and cut to the network's size */
  storedSize: number
  /** path of the weights the network started from */
  weights?: string
}
