/** Maps of classes by any method, behind one interface. */
import type { Grid } from '../../graph/receptive-field/grid.ts'
import { indexOfLargest, probabilities, probabilityOf } from '../../models/classification.ts'
import { buildOutline, type Network, possibleBatch } from '../../nets/network.ts'
import type { Engine } from '../../runtime/engine.ts'
import { gridOf, type MapGrid, mapsNamed } from '../maps/layer-maps.ts'
import { type Answers, createAnswers } from './answers.ts'
import { createMapper, type Mapped, type Mapper } from './compute.ts'
import {
  channelMask,
  coveredLogits,
  createLayerReader,
  patchGrid,
  patchMask,
  riseMask,
  scoreWeighted,
  weightedByMasks,
} from './cover-maps.ts'
import {
  type CoverMethod,
  isLayerMethod,
  isPixelMethod,
  type MapMethod,
  type PixelMethod,
} from './methods.ts'
import { createPixelMaps } from './pixel-maps.ts'

export interface MapperRequest {
  method: MapMethod
  /** of the methods that look at a layer; the last maps unless given */
  layer?: string
  /** runs of the network for each map, of the methods that average; their own number unless given */
  passes?: number
  /** side of the patch of occlusion, in pixels; an eighth of the image unless given */
  patch?: number
  /** how many classes are asked about at once */
  classes: number
}

export interface Placed extends Mapper {
  /** where the cells of the maps look */
  grid: MapGrid
}

/** Refuses a layer that the network lacks, or that has no maps for the method to look at. */
export function requireMaps(
  network: Network,
  { method, layer }: Pick<MapperRequest, 'method' | 'layer'>,
): void {
  if (isLayerMethod(method) || method === 'score-cam') mapsNamed(buildOutline(network), layer)
}

/** Images that go through the network at once, by methods that take one run. */
const atOnce = 16

/** @param images how many there will be */
export async function openMapper(
  { engine, seed, signal }: { engine: Engine; seed: number; signal: AbortSignal },
  network: Network,
  request: MapperRequest,
  images: number,
): Promise<Placed> {
  const { method, layer, classes } = request
  if (isLayerMethod(method)) {
    const grid = await gridOf(engine, network, layer, signal)
    const batch = possibleBatch(network, Math.min(atOnce, images))
    return { grid, ...(await createMapper(engine, network, { method, layer, classes }, batch)) }
  }
  const { size } = network.preprocessing
  const answers = createAnswers(engine, network, signal)
  const { grid, maps, dispose } = isPixelMethod(method)
    ? await pixelSource({ engine, seed, signal }, network, method, request.passes ?? 32)
    : await coverSource({ engine, seed, signal }, network, method, answers, request)
  const { head } = network
  const scores = head.kind === 'classes' ? head.scores : undefined
  return {
    grid,
    batch: 1,
    async dispose() {
      await dispose?.()
      await answers.dispose()
    },
    async maps(prepared, asked) {
      const length = 3 * size * size
      const result: Mapped[] = []
      for (let row = 0; row < prepared.length / length; row++) {
        const image = prepared.slice(row * length, (row + 1) * length)
        const logits = await answers.logits(1, (_, target) => target.set(image))
        const predicted = indexOfLargest(logits)
        const shares = probabilities(logits, scores)
        const classIndices = asked.map(wanted => (wanted[row] < 0 ? predicted : wanted[row]))
        const found = await maps(image, classIndices)
        result.push({
          predicted,
          maps: classIndices.map((classIndex, at) => ({
            classIndex,
            logit: logits[classIndex],
            bias: 0,
            probability: shares[classIndex],
            map: found[at],
            height: grid.height,
            width: grid.width,
          })),
        })
      }
      return result
    },
  }
}

interface Tools {
  engine: Engine
  seed: number
  signal: AbortSignal
}

interface Source {
  grid: MapGrid
  /** one map for each class; what is covered is covered for all of them at once */
  maps(image: Float32Array, classIndices: readonly number[]): Promise<Float32Array[]>
  dispose?(): Promise<void>
}

const known = (grid: Grid): MapGrid => ({ ...grid, known: 'from the graph' })

const pixelGrid = (size: number): MapGrid =>
  known({ height: size, width: size, centre: [0, 0], stride: [1, 1] })

async function pixelSource(
  tools: Tools,
  network: Network,
  method: PixelMethod,
  passes: number,
): Promise<Source> {
  const maps = await createPixelMaps(tools.engine, network, { method, passes, ...tools })
  return {
    grid: pixelGrid(network.preprocessing.size),
    dispose: maps.dispose,
    async maps(image, classIndices) {
      const found: Float32Array[] = []
      for (const classIndex of classIndices) found.push(await maps.map(image, classIndex))
      return found
    },
  }
}

async function coverSource(
  { engine, seed, signal }: Tools,
  network: Network,
  method: CoverMethod,
  answers: Answers,
  { layer, passes = 1000, patch }: MapperRequest,
): Promise<Source> {
  const { head, preprocessing } = network
  const { size } = preprocessing
  const scoresOf = (logits: Float32Array, classIndex: number, count: number) => {
    const width = logits.length / count
    return Float64Array.from({ length: count }, (_, pass) => logits[pass * width + classIndex])
  }
  if (method === 'occlusion') {
    const side = Math.min(size, patch ?? Math.max(1, Math.round(size / 8)))
    const grid = known(patchGrid(size, side))
    const count = grid.height * grid.width
    const hide = patchMask(grid, size, side)
    return {
      grid,
      async maps(image, classIndices) {
        // The last pass shows the whole image.
        const logits = await coveredLogits(answers, image, count + 1, (pass, target) =>
          pass === count ? target.fill(1) : hide(pass, target),
        )
        return classIndices.map(classIndex => {
          const scores = scoresOf(logits, classIndex, count + 1)
          return Float32Array.from({ length: count }, (_, cell) => scores[count] - scores[cell])
        })
      },
    }
  }
  if (method === 'rise') {
    const mask = riseMask(size, seed)
    const kind = head.kind === 'classes' ? head.scores : undefined
    return {
      grid: pixelGrid(size),
      async maps(image, classIndices) {
        const logits = await coveredLogits(answers, image, passes, mask)
        const width = logits.length / passes
        const shares = classIndices.map(classIndex =>
          Float64Array.from({ length: passes }, (_, pass) =>
            probabilityOf(logits.subarray(pass * width, (pass + 1) * width), classIndex, kind),
          ),
        )
        return weightedByMasks(shares, passes, size * size, mask)
      },
    }
  }
  const grid = await gridOf(engine, network, layer, signal)
  const reader = await createLayerReader(engine, network, layer)
  return {
    grid,
    dispose: reader.dispose,
    async maps(image, classIndices) {
      const maps = await reader.read(image)
      const see = channelMask(maps, grid, size)
      const count = reader.channels
      // The last pass shows nothing.
      const logits = await coveredLogits(answers, image, count + 1, (pass, target) =>
        pass === count ? target.fill(0) : see(pass, target),
      )
      return classIndices.map(classIndex => {
        const scores = scoresOf(logits, classIndex, count + 1)
        return scoreWeighted(
          maps,
          scores.subarray(0, count).map(score => score - scores[count]),
        )
      })
    },
  }
}
