/**
 * Some computations have two forms, of which one is faster on small maps and the other on large ones. Where they change
 * places depends on the processor: `calibrate` measures it. Numbers differ in their last digits between forms, so a
 * run keeps those that it began with.
 */

/** Limits in pixels of a map, height times width, unless they say otherwise. */
export interface Forms {
  /** convolutions of maps up to this size are one product for the whole batch; see `fold-small-maps.ts` */
  foldUpTo: number
  /** gradients of kernels of maps from this size on go row by row; see `weight-gradient-by-rows.ts` */
  rowsFrom: number
  /** convolutions whose maps have this many pixels in all images of a batch, or more, go in blocks of channels; see `convolutions-in-blocks.ts` */
  blocksFrom: number
}

/** What is fastest on two AVX-512 cores. */
export const defaultForms: Forms = { foldUpTo: 14 * 14, rowsFrom: 28 * 28, blocksFrom: 1024 }
