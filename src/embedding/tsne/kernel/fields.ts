/**
 * The layout of a job in shared memory: which slot of 8 bytes holds what. Read by the kernel (AssemblyScript)
 * and written by `job.ts` (TypeScript), so it keeps to what both languages understand. Counts and addresses
 * are 32-bit integers, measures are float64; addresses count bytes from the start of the memory.
 *
 * A job is one header followed by one record per map.
 */

/** two 32-bit integers: threads that have arrived, and how often all had */
export const barrier = 0
export const mapCount = 1
export const itemCount = 2
/** one of tieNone, tiePairs, tieTree, tieRows */
export const tieKind = 3
/** i32 per map: maps in the order in which a tree is folded up, leaves first */
export const tieOrder = 4
/** i32 per map: the map that it is tied to, -1 for a root */
export const tieParents = 5
/** float64: weight of the tie in the gradient */
export const tieWeight = 6
export const groupCount = 7
/** i32 per group and one more: where the group's items begin in groupItems; 0 where every item is its own group */
export const groupStarts = 8
export const groupItems = 9
/** float64 per group: how far apart its centroids are */
export const groupDistances = 10
/** float64: the share of the groups, nearest first, that is tied */
export const groupRatio = 11
/** pairs of float64 per map and quantity, per thread */
export const tieScratch = 12
export const learningRate = 13
export const gridSizeCount = 14
/** i32 per size: nodes along a side of the grid, padding included, ascending */
export const gridSizes = 15
/** address per size: cosine and minus sine of 2 pi k / size, float32 pairs */
export const gridTwiddles = 16
/** address per size: the three kernels' transforms */
export const gridSpectra = 17
/** float64 per size: the spacing for which the transforms are valid, 0 for none */
export const gridSpectraSpacing = 18
/** float64: distance between nodes that the interpolation needs */
export const gridSpacing = 19
/** charges on the grid: one plane per thread */
export const charges = 20
export const chargesStride = 21
/** four planes of half a spectrum: two complex fields */
export const halfSpectra = 22
export const halfSpectraStride = 23
/** the forces on the grid: two planes */
export const field = 24
export const fieldStride = 25
/** four buffers for transforms along one axis, per thread */
export const work = 26
export const workStride = 27
/** four float64 per thread: least x, greatest x, least y, greatest y */
export const extents = 28
/** one float64 per thread */
export const sums = 29
/** bytes from one thread's scratch to the next: cache lines of its own, or the threads wait for one another's */
export const tieScratchStride = 30
export const headerSlots = 31

/** pairs of float64 per map in a thread's scratch */
export const tieScratchSlots = 6

export const tieNone = 0
export const tiePairs = 1
export const tieTree = 2
/** two maps whose rows show the same items in the same order, each item tied */
export const tieRows = 3

export const pointCount = 0
/** i32 per item: its row in this map, -1 where the map lacks it */
export const rowOfItem = 1
/** 1 for a map that is held in place */
export const fixed = 2
/** 1 for repulsion from every pair, 0 by the grid */
export const exact = 3
/** float32 pairs, as are velocities, gains and gradient */
export const positions = 4
export const velocities = 5
export const gains = 6
export const gradient = 7
/** affinities as compressed rows, each padded to a multiple of four with zeros */
export const rowStarts = 8
export const columns = 9
export const values = 10
/** x of all points, then y of all points, each padded to a multiple of four: for exact repulsion */
export const planes = 11
export const planeStride = 12
/** float64: the sum of 1 / (1 + d^2) over ordered pairs */
export const normaliser = 13
/** float64: the sum of p log(1 + d^2) */
export const spread = 14
export const mapSlots = 15
