/** How a network is to be trained: everything but the data, the network and the objective. */
import type { Augmentation } from '../data/augment.ts'
import type { Mixing } from '../data/mix.ts'
import type { Lora } from '../nets/building.ts'
import type { OptimiserOptions } from './optimiser.ts'
import type { OneCycle, ScheduleName, Steps } from './schedule.ts'

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
  /** of a one-cycle schedule; PyTorch's unless given */
  oneCycle?: OneCycle
  /** of a step schedule */
  steps?: Steps
  /** share of a running mean of the weights that a step keeps: the mean is what is scored and kept */
  ema?: number
  /** training ends where this many epochs in a row were no better than the best */
  patience?: number
  /** where the run was prolonged: after which epoch, and how many there were to be before */
  extensions?: { at: number; before: number }[]
  augmentation: Augmentation
  /** batches are mixed of two images each */
  mixing?: Mixing
  /** as they were asked for: the weights themselves are options of the objective */
  classWeights?: string
  /** the layer up to which nothing is trained */
  freeze?: string
  /** whether batch normalisations keep their statistics and parameters */
  freezeNorms?: boolean
  /** nothing but updates of low rank beside the weights of attention is trained, and the head */
  lora?: Lora
  headRate: number
  /** images are stored at this side and cut to the network's size */
  storedSize: number
  /** path of the weights the network started from */
  weights?: string
}
