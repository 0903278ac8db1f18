/**
 * Is there more heat on the plant than its area alone would catch? A plant that fills a third of the image catches a
 * third of any heat. So the share of heat on it is compared with its share of the area, as an odds ratio: 1 is chance,
 * 3 means that a pixel of the plant gets three times the odds of one beside it.
 */
import { random } from '../../base/random.ts'
import { meanOf } from '../../base/statistics.ts'

export interface PlantShares {
  /** share of the positive heat that lies on the plant */
  inside: number
  /** the plant's share of the image */
  area: number
}

/** Of one image; undefined where the plant fills nothing or everything. */
export function oddsOf({ inside, area }: PlantShares): number | undefined {
  if (area <= 0 || area >= 1) return undefined
  return (inside * (1 - area)) / ((1 - inside) * area)
}

export interface Odds {
  ratio: number
  /** the bounds of its 95 % interval; undefined for fewer than five images */
  low?: number
  high?: number
  images: number
}

const repeats = 2000
const fewest = 5

/**
 * Of all images together (Mantel and Haenszel 1959: each is a stratum, so that images with large and small plants can
 * be pooled), with an interval from repeated draws of the images (percentile bootstrap).
 */
export function pooledOdds(images: readonly PlantShares[], seed: number): Odds | undefined {
  const usable = images.filter(each => oddsOf(each) !== undefined)
  if (usable.length === 0) return undefined
  const ratioOf = (pick: (index: number) => PlantShares) => {
    let [on, off] = [0, 0]
    for (let index = 0; index < usable.length; index++) {
      const { inside, area } = pick(index)
      on += inside * (1 - area)
      off += (1 - inside) * area
    }
    return on / off
  }
  const ratio = ratioOf(index => usable[index])
  if (usable.length < fewest) return { ratio, images: usable.length }
  const stream = random(seed, 'odds')
  const drawn = Float64Array.from({ length: repeats }, () =>
    ratioOf(() => usable[stream.integer(usable.length)]),
  ).sort()
  const at = (share: number) => drawn[Math.round(share * (repeats - 1))]
  return { ratio, low: at(0.025), high: at(0.975), images: usable.length }
}

/** The pointing game (Zhang et al. 2016), with the plant as what is pointed at. */
export interface Pointing {
  /** of the images whose hottest place lies on the plant */
  share: number
  /** the mean area of the plant: what any place would do */
  chance: number
  images: number
}

/** Over the images with a plant; undefined where there is none. */
export function pointingOf(
  images: readonly { hottestOnPlant?: boolean; plantArea?: number }[],
): Pointing | undefined {
  const known = images.flatMap(({ hottestOnPlant, plantArea }) =>
    hottestOnPlant === undefined || plantArea === undefined ? [] : [{ hottestOnPlant, plantArea }],
  )
  if (!known.length) return undefined
  return {
    share: meanOf(known.map(({ hottestOnPlant }) => Number(hottestOnPlant))),
    chance: meanOf(known.map(({ plantArea }) => plantArea)),
    images: known.length,
  }
}
