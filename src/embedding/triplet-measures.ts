/**
 * The triplet scatter of vectors in a few numbers. A dot is a query; x is the cosine to its nearest classmate, y to the
 * nearest vector of another class. The ideal is (1, 0), and (1, 1) is collapse ("Hard negative examples are hard, but
 * useful", Xuan, Stylianou, Liu, Pless 2020).
 */
export interface TripletMeasures {
  /** queries with a classmate and a vector of another class: those that are dots */
  dots: number
  /** means over the dots */
  positive: number
  negative: number
  /** mean distance of the dots to (1, 0) */
  meanDistance: number
  /** share of dots with both similarities above 0.8: classes near each other, and near to collapse */
  topRight: number
}

/** From which similarity on a dot is in the top right corner. */
const cornerSimilarity = 0.8

/** Distance of a dot to (1, 0): what the second-order loss is a function of (Xuan et al.). */
export const distanceToIdeal = (x: number, y: number): number => Math.hypot(1 - x, y)

export function createTripletMeasures() {
  let dots = 0
  const sums = { positive: 0, negative: 0, distance: 0, corner: 0 }
  return {
    /** @param x and y are cosines */
    take(x: number, y: number): void {
      dots++
      sums.positive += x
      sums.negative += y
      sums.distance += distanceToIdeal(x, y)
      if (x > cornerSimilarity && y > cornerSimilarity) sums.corner++
    },
    /** @returns undefined where there are no dots */
    end(): TripletMeasures | undefined {
      if (dots === 0) return undefined
      const { positive, negative, distance, corner } = sums
      return {
        dots,
        positive: positive / dots,
        negative: negative / dots,
        meanDistance: distance / dots,
        topRight: corner / dots,
      }
    },
  }
}
