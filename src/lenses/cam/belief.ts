/** Which maps can be believed: curves of deletion and insertion of all images, and maps of randomised networks. */
import { joinedFloats } from '../../base/joined.ts'
import { mapValues } from '../../base/map-values.ts'
import { inStage } from '../../base/work.ts'
import type { Network } from '../../nets/network.ts'
import type { LensContext } from '../lens.ts'
import type { MapGrid } from '../maps/layer-maps.ts'
import { valuesAt } from '../maps/painting.ts'
import { areaUnder, type CurveMaker, type Curves, orderOf, randomOrder } from './curves.ts'
import { type MapperRequest, openMapper } from './mapper.ts'
import { randomisedNetworks, rankCorrelation } from './sanity.ts'
import { structuralSimilarity } from './structure.ts'

/** An image with its first map, to be checked. */
export interface Checked {
  /** prepared, (3, size, size) */
  input: Float32Array
  classIndex: number
  map: Float32Array
}

export interface CurveMeans {
  /** mean probability of the class, from nothing changed to everything */
  curve: number[]
  chanceCurve: number[]
  /** mean area under the curves */
  area: number
  chance: number
  /** share of the images whose map does better than a random one */
  better: number
}

export interface Belief {
  images: number
  curves?: Record<keyof Curves, CurveMeans>
  sanity?: {
    /** how many images were compared */
    images: number
    levels: ({ kernels: number; downTo: string } & Resemblance)[]
    /** of maps of different images by the trained network, for comparison; undefined for one image */
    between?: Resemblance
  }
}

/** How much two maps are alike; means over the images. */
export interface Resemblance {
  /** rank correlation, from -1 to 1 */
  correlation: number
  /** its absolute value: a map turned upside down singles out the same places */
  absolute: number
  /** structural similarity, up to 1 */
  structure: number
}

/** Images whose maps are compared with those of randomised networks: each level is a network of its own. */
export const mostSane = 8

const betterWhere: Record<keyof Curves, (own: number, chance: number) => boolean> = {
  deletion: (own, chance) => own < chance,
  insertion: (own, chance) => own > chance,
}

export async function curvesOf(
  maker: CurveMaker,
  { input, classIndex, map }: Checked,
  grid: MapGrid,
  { size, seed, name }: { size: number; seed: number; name: string },
): Promise<{ own: Curves; chance: Curves }> {
  const own = await maker.curves(input, classIndex, orderOf(valuesAt(map, grid, size, size)))
  return { own, chance: await maker.curves(input, classIndex, randomOrder(size, seed, name)) }
}

export function meansOfCurves(
  found: readonly { own: Curves; chance: Curves }[],
): Record<keyof Curves, CurveMeans> | undefined {
  if (!found.length) return undefined
  return mapValues(betterWhere, (isBetter, kind) => {
    const mean = (of: 'own' | 'chance') =>
      found[0][of][kind].map(
        (_, step) => found.reduce((sum, each) => sum + each[of][kind][step], 0) / found.length,
      )
    const [curve, chanceCurve] = [mean('own'), mean('chance')]
    const better = found.filter(({ own, chance }) => isBetter(areaUnder(own[kind]), areaUnder(chance[kind])))
    return {
      curve,
      chanceCurve,
      area: areaUnder(curve),
      chance: areaUnder(chanceCurve),
      better: better.length / found.length,
    }
  })
}

/** @param renewed what of a network with other parameters is explained; that network itself unless given */
export async function sanityOf(
  context: LensContext,
  network: Network,
  request: MapperRequest,
  images: readonly Checked[],
  { grid, renewed }: { grid: MapGrid; renewed?: (network: Network) => Promise<Network> },
): Promise<NonNullable<Belief['sanity']>> {
  const { size } = network.preprocessing
  const levels = randomisedNetworks(network, context.seed)
  const measured = await inStage(context, 'randomised networks', levels.length, async update => {
    const rows: NonNullable<Belief['sanity']>['levels'] = []
    for (const { kernels, downTo, network: randomised } of levels) {
      context.signal.throwIfAborted()
      const explained = renewed ? await renewed(randomised) : randomised
      const mapper = await openMapper(context, explained, { ...request, classes: 1 }, images.length)
      try {
        const found: Resemblance[] = []
        for (let start = 0; start < images.length; start += mapper.batch) {
          const some = images.slice(start, start + mapper.batch)
          const mapped = await mapper.maps(joinedFloats(some.map(({ input }) => input)), [
            some.map(({ classIndex }) => classIndex),
          ])
          mapped.forEach(({ maps: [{ map }] }, at) => {
            found.push(resemblance(some[at].map, map, grid, size))
          })
        }
        rows.push({ kernels, downTo, ...meanOf(found) })
      } finally {
        await mapper.dispose()
      }
      update(rows.length)
    }
    return rows
  })
  const others = images.slice(1).map(({ map }, at) => resemblance(map, images[at].map, grid, size))
  return {
    images: images.length,
    levels: measured,
    ...(others.length && { between: meanOf(others) }),
  }
}

function resemblance(one: Float32Array, other: Float32Array, grid: MapGrid, size: number): Resemblance {
  const correlation = rankCorrelation(one, other)
  const painted = (map: Float32Array) => valuesAt(map, grid, size, size)
  return {
    correlation,
    absolute: Math.abs(correlation),
    structure: structuralSimilarity(painted(one), painted(other), size),
  }
}

function meanOf(found: readonly Resemblance[]): Resemblance {
  const mean = (name: keyof Resemblance) => found.reduce((sum, each) => sum + each[name], 0) / found.length
  return { correlation: mean('correlation'), absolute: mean('absolute'), structure: mean('structure') }
}
