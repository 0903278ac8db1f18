/** What building a network gives: its graph, the values that lenses look at, and what it declares. */
import type { Graph, Value } from '../graph/graph.ts'
import type { AdaptedWeight, ParameterSpec, RunningStatistics } from './building.ts'

export interface BuiltNetwork {
  readonly graph: Graph
  /** (n, 3, height, width), prepared */
  readonly images: Value
  /** the last feature maps (n, c, h, w) */
  readonly features: Value
  /** what the head sees (n, c): their mean over places, or what the network makes of them */
  readonly pooled: Value
  /** logits (n, classes) or embeddings (n, dim), not normalised */
  readonly output: Value
  /** the linear layer from the mean of the features to the output, where there is one */
  readonly head?: LinearHead
  /** (n, classes, h, w), whose means over places are the logits, where the network makes such maps itself */
  readonly classMaps?: Value
  readonly parameters: ReadonlyMap<string, ParameterSpec>
  readonly running: RunningStatistics
  /** what updates of low rank stand beside, where there are any */
  readonly adapted?: readonly AdaptedWeight[]
}

/** The names of its parameters: a weight (outputs, channels) and perhaps a bias (outputs). */
export interface LinearHead {
  readonly weight: string
  readonly bias?: string
}
