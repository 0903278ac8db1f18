/**
 * A job: maps and their tie, laid out in shared memory as `kernel/fields.ts` says, and the orders for the thread pool on it.
 * Made once for a set of affinities, then run as often as wanted from different starts and ties.
 */
import type { Affinities } from './affinities.ts'
import * as Field from './kernel/fields.ts'
import { planMemory } from './memory.ts'
import type { ThreadPool } from './thread-pool.ts'
import type { Tie } from './tie.ts'

export interface JobMap {
  /** points of the map; rows of everything below */
  count: number
  /** item that each point shows; the items themselves, in order, where absent */
  items?: ArrayLike<number>
  /** absent only for a map that is held in place and not to be measured */
  affinities?: Affinities
  /** held in place at what it starts with */
  fixed?: boolean
}

export interface Job {
  readonly maps: readonly JobMap[]
  readonly itemCount: number
  /** puts every map at its start (count x 2), at rest, and sets tie and learning rate for what follows */
  begin(starts: readonly Float32Array[], tie: Tie | undefined, learningRate: number): void
  descend(steps: number, exaggeration: number, momentum: number): Promise<void>
  /** the divergence of each map from its affinities, NaN for a map without; fills in the gradients */
  assess(): Promise<number[]>
  /** copies, count x 2 */
  positions(): Float32Array[]
  /** of the divergence alone, as `assess` left it: copies, count x 2 */
  gradients(): Float32Array[]
}

export interface JobOptions {
  /** below this many points all pairs repel one another exactly, from there on by the grid */
  exactBelow?: number
  /** distance between the nodes of the grid, in units of the map */
  gridSpacing?: number
}

/** Sizes of the grid, padding included: products of 2, 3 and 5 that the transforms are made for. */
const gridSizes = [64, 80, 96, 128, 160, 192, 256, 320, 384, 512, 640, 768, 1024, 1280, 1536, 2048]
/** Where the grid starts to be faster than all pairs. */
const defaultExactBelow = 1500
const defaultGridSpacing = 0.5

export async function createJob(
  pool: ThreadPool,
  maps: readonly JobMap[],
  { exactBelow = defaultExactBelow, gridSpacing = defaultGridSpacing }: JobOptions = {},
): Promise<Job> {
  const plan = planMemory()
  const { threads } = pool
  const itemCount = Math.max(
    ...maps.map(({ count, items }) =>
      items ? Array.from(items).reduce((a, b) => Math.max(a, b), -1) + 1 : count,
    ),
  )
  const header = plan.reserve((Field.headerSlots + maps.length * Field.mapSlots) * 8)
  const tieOrder = plan.reserve(maps.length * 4)
  const tieParents = plan.reserve(maps.length * 4)
  const groupStarts = plan.reserve((itemCount + 1) * 4)
  const groupItems = plan.reserve(itemCount * 4)
  const groupDistances = plan.reserve(itemCount * 8)
  // Processors fetch lines in pairs, hence twice 64 bytes.
  const tieScratchStride = Math.ceil((maps.length * Field.tieScratchSlots * 16) / 128) * 128
  const tieScratch = plan.reserve(threads * tieScratchStride + 128)
  const extents = plan.reserve(threads * 32)
  const sums = plan.reserve(threads * 8)

  const byGrid = maps.some(map => map.count >= exactBelow)
  const sizes = byGrid ? gridSizes : []
  const largest = sizes.at(-1) ?? 0
  const plane = (rows: number) => rows * (largest / 2 + 8) * 4
  const sizeList = plan.reserve(sizes.length * 4)
  const twiddleList = plan.reserve(sizes.length * 4)
  const spectraList = plan.reserve(sizes.length * 4)
  const spacingList = plan.reserve(sizes.length * 8)
  const twiddles = sizes.map(size => plan.reserve(size * 8))
  const spectra = sizes.map(size => plan.reserve((size / 2 + 4) * size * 12))
  const charges = plan.reserve(threads * plane(largest / 2))
  const halfSpectra = plan.reserve(4 * plane(largest / 2 + 4))
  const field = plan.reserve(2 * plane(largest / 2))
  const work = plan.reserve(threads * 4 * largest * 32)

  const blocks = maps.map(({ count, affinities }) => {
    // Whole vectors of four numbers, so that a step over two points never reads past the end.
    const pairs = Math.ceil(count / 2) * 16
    const planeStride = Math.ceil(count / 4) * 16
    return {
      rowOfItem: plan.reserve(itemCount * 4),
      positions: plan.reserve(pairs),
      velocities: plan.reserve(pairs),
      gains: plan.reserve(pairs),
      gradient: plan.reserve(pairs),
      planes: count < exactBelow ? plan.reserve(2 * planeStride) : 0,
      planeStride,
      rowStarts: affinities ? plan.reserve(affinities.rowStarts.byteLength) : 0,
      columns: affinities ? plan.reserve(affinities.columns.byteLength) : 0,
      values: affinities ? plan.reserve(affinities.values.byteLength) : 0,
    }
  })
  const memory = plan.make()
  const { buffer } = memory
  const view = new DataView(buffer)
  const integers = (address: number, values: ArrayLike<number>) =>
    new Int32Array(buffer, address, values.length).set(values)
  const mapAddress = (map: number) => header + (Field.headerSlots + map * Field.mapSlots) * 8
  const setInteger = (record: number, slot: number, value: number) =>
    view.setUint32(record + slot * 8, value, true)
  const setMeasure = (record: number, slot: number, value: number) =>
    view.setFloat64(record + slot * 8, value, true)

  const numbers: [slot: number, value: number][] = [
    [Field.mapCount, maps.length],
    [Field.itemCount, itemCount],
    [Field.tieOrder, tieOrder],
    [Field.tieParents, tieParents],
    [Field.groupItems, groupItems],
    [Field.groupDistances, groupDistances],
    [Field.tieScratch, tieScratch],
    [Field.tieScratchStride, tieScratchStride],
    [Field.gridSizeCount, sizes.length],
    [Field.gridSizes, sizeList],
    [Field.gridTwiddles, twiddleList],
    [Field.gridSpectra, spectraList],
    [Field.gridSpectraSpacing, spacingList],
    [Field.charges, charges],
    [Field.chargesStride, plane(largest / 2)],
    [Field.halfSpectra, halfSpectra],
    [Field.halfSpectraStride, plane(largest / 2 + 4)],
    [Field.field, field],
    [Field.fieldStride, plane(largest / 2)],
    [Field.work, work],
    [Field.workStride, 4 * largest * 32],
    [Field.extents, extents],
    [Field.sums, sums],
  ]
  for (const [slot, value] of numbers) setInteger(header, slot, value)
  setMeasure(header, Field.gridSpacing, gridSpacing)
  integers(sizeList, sizes)
  integers(twiddleList, twiddles)
  integers(spectraList, spectra)
  sizes.forEach((size, s) => {
    const table = new Float32Array(buffer, twiddles[s], 2 * size)
    for (let k = 0; k < size; k++) {
      table[2 * k] = Math.cos((2 * Math.PI * k) / size)
      table[2 * k + 1] = -Math.sin((2 * Math.PI * k) / size)
    }
  })
  maps.forEach(({ count, items, affinities, fixed }, m) => {
    const record = mapAddress(m)
    const block = blocks[m]
    const rowOfItem = new Int32Array(buffer, block.rowOfItem, itemCount).fill(-1)
    for (let row = 0; row < count; row++) rowOfItem[items ? items[row] : row] = row
    setInteger(record, Field.pointCount, count)
    setInteger(record, Field.rowOfItem, block.rowOfItem)
    setInteger(record, Field.fixed, fixed ? 1 : 0)
    setInteger(record, Field.exact, count < exactBelow ? 1 : 0)
    setInteger(record, Field.positions, block.positions)
    setInteger(record, Field.velocities, block.velocities)
    setInteger(record, Field.gains, block.gains)
    setInteger(record, Field.gradient, block.gradient)
    setInteger(record, Field.rowStarts, block.rowStarts)
    setInteger(record, Field.columns, block.columns)
    setInteger(record, Field.values, block.values)
    setInteger(record, Field.planes, block.planes)
    setInteger(record, Field.planeStride, block.planeStride)
    // What fills a plane up stands so far away that it repels nothing.
    if (block.planes) new Float32Array(buffer, block.planes, block.planeStride / 2).fill(1e15)
    if (affinities) {
      integers(block.rowStarts, affinities.rowStarts)
      integers(block.columns, affinities.columns)
      new Float32Array(buffer, block.values, affinities.values.length).set(affinities.values)
    }
  })
  await pool.use(memory)

  const inStep =
    maps.length === 2 &&
    maps.every(
      ({ count, items }) => count === itemCount && Array.from(items ?? []).every((item, i) => item === i),
    )
  const pairsAt = (block: 'positions' | 'gradient') =>
    maps.map(({ count }, m) => new Float32Array(buffer, blocks[m][block], 2 * count).slice())
  const setTie = (tie: Tie | undefined): void => {
    setMeasure(header, Field.tieWeight, tie?.weight ?? 0)
    setMeasure(header, Field.groupRatio, tie?.nearest ?? 1)
    setInteger(header, Field.tieKind, kindOf(tie, inStep))
    if (tie?.parents) {
      integers(tieParents, tie.parents.links)
      integers(tieOrder, tie.parents.leavesFirst)
    }
    setInteger(header, Field.groupStarts, tie?.groups ? groupStarts : 0)
    setInteger(header, Field.groupCount, tie?.groups ? tie.groups.starts.length - 1 : itemCount)
    if (tie?.groups) {
      integers(groupStarts, tie.groups.starts)
      integers(groupItems, tie.groups.items)
    }
  }
  return {
    maps,
    itemCount,
    begin(starts, tie, learningRate) {
      maps.forEach(({ count }, m) => {
        const padded = Math.ceil(count / 2) * 4
        new Float32Array(buffer, blocks[m].positions, 2 * count).set(starts[m])
        new Float32Array(buffer, blocks[m].velocities, padded).fill(0)
        new Float32Array(buffer, blocks[m].gains, padded).fill(1)
      })
      setMeasure(header, Field.learningRate, learningRate)
      setTie(tie)
    },
    descend: (steps, exaggeration, momentum) => pool.run('descend', header, steps, exaggeration, momentum),
    async assess() {
      await pool.run('assess', header)
      return maps.map(({ affinities }, m) => {
        if (!affinities) return Number.NaN
        let mass = 0
        for (const p of affinities.values) mass += p
        const normaliser = view.getFloat64(mapAddress(m) + Field.normaliser * 8, true)
        const spread = view.getFloat64(mapAddress(m) + Field.spread * 8, true)
        return affinities.negativeEntropy + spread + mass * Math.log(normaliser)
      })
    },
    positions: () => pairsAt('positions'),
    gradients: () => pairsAt('gradient'),
  }
}

/** @param inStep two maps whose rows show the same items in the same order */
function kindOf(tie: Tie | undefined, inStep: boolean): number {
  if (!tie?.weight) return Field.tieNone
  if (inStep && !tie.groups && (tie.nearest ?? 1) >= 1) return Field.tieRows
  return tie.parents ? Field.tieTree : Field.tiePairs
}
