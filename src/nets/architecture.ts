/** What a network that can be asked for by name is described by. */
import type { Value } from '../graph/graph.ts'
import type { Tensor } from '../graph/tensor.ts'
import type { Building, LinearStart } from './building.ts'

/** What a trunk gives where its head is not linear on the mean of its maps. */
export interface Trunk {
  /** the last feature maps (n, c, h', w') */
  readonly features: Value
  /** (n, d) */
  readonly vector: Value
}

/** How the pixels of a resized image are computed; bilinear unless given. */
export type Interpolation = 'bilinear' | 'bicubic'

/**
 * How an image becomes a square: the centre, with the short side resized; the whole, with the long side resized and
 * colour at both ends of the short one; or the whole with both sides resized, whatever the ratio.
 */
export const fits = ['crop', 'letterbox', 'squash'] as const
export type Fit = (typeof fits)[number]

export interface Architecture {
  readonly name: string
  /**
   * From images (n, 3, h, w) to the last feature maps (n, c, h', w'); with the vector that the head is linear on, where
   * that is not their mean.
   */
  readonly trunk: (building: Building, x: Value) => Value | Trunk
  /** side of the images it was designed for */
  readonly size: number
  /** the smallest side it can take */
  readonly minimumSize: number
  /** strides that its last maps can have, its own first; only its own where none are given */
  readonly outputStrides?: readonly number[]
  /** name of the linear layer after pooling; 'fc' unless given */
  readonly classifier?: string
  /** how that layer starts, by its outputs; as PyTorch's unless given */
  readonly headStart?: (outputs: number) => LinearStart
  /** for networks without a linear layer: maps (n, width, h, w) whose means are the output; named `classifier` */
  readonly classMaps?: (building: Building, features: Value, width: number) => Value
  /** how published weights want their images; ImageNet's statistics unless given */
  readonly published?: {
    readonly mean?: readonly [number, number, number]
    readonly deviation?: readonly [number, number, number]
    /** side of the image's short side; 8 / 7 of the size unless given */
    readonly resize?: number
    readonly interpolation?: Interpolation
    readonly fit?: Fit
    readonly classes?: readonly string[]
  }
  /** tensors of published weights that only their own training used */
  readonly superfluous?: RegExp
  /** parameters that published weights may lack: they are re-initialised */
  readonly unpublished?: RegExp
  /** other makes of the same network, whose weights go by the same name */
  readonly kin?: readonly string[]
  /** a whole file of weights from another program's layout to ours; itself unless given */
  readonly translate?: (tensors: ReadonlyMap<string, Tensor>) => ReadonlyMap<string, Tensor>
  /** a tensor of published weights under our name; itself unless given */
  readonly adopt?: (name: string, tensor: Tensor) => readonly [string, Tensor]
}
