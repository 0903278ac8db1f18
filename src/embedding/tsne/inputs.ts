/**
 * What goes in: one matrix of vectors per map, and the options. Everything a caller can get wrong is found
 * here, before any work is done.
 */
import { GlasshouseError } from '../../base/errors.ts'
import type { TieForm } from './tie.ts'

export interface TsneInput {
  /** what the previews of its map are called; default `map 1`, `map 2`, ... */
  name?: string
  /** rows x dim, row-major, finite */
  data: Float32Array
  dim: number
  /** the item that each row describes, 0 or more, each once; 0, 1, 2, ... unless given. Maps may lack items. */
  items?: ArrayLike<number>
  /** rows x 2: a map to be held in place, such as yesterday's, while the others are laid out beside it */
  fixed?: Float32Array
}

export interface TsneOptions {
  /** effective number of neighbours of a point; fewer than there are rows. Default 30 */
  perplexity?: number
  /** steps in all. Default 1000 */
  iterations?: number
  /** factor on the affinities at the beginning. Default 12 */
  exaggeration?: number
  /** steps with exaggeration. Default 250 */
  exaggerationIterations?: number
  /** factor of the gradient, scikit-learn's convention. Default rows / exaggeration / 4, at least 50 */
  learningRate?: number
  /**
   * where the maps start: 'pca' (default; in a yoke turned so that they agree best), 'random' (map m draws from
   * seed + m), 'same' (all where the first starts by 'pca'), or one rows x 2 matrix per map
   */
  init?: 'pca' | 'random' | 'same' | readonly Float32Array[]
  /**
   * 'common': yoked maps start from one layout in which they are tied strongly, scaled down, and stay tied strongly
   * during the early exaggeration; 'own': each starts by `init`. Default 'common', but 'own' where `init` is 'same' or
   * matrices, where `yoke` is '2-map', and where `alone` is false (a common start needs the maps alone)
   */
  start?: 'common' | 'own'
  /** Default 0 */
  seed?: number
  /** Default all cores. The same seed and number of threads give the same maps, bit for bit */
  threads?: number
  /**
   * the tie's weight lambda; 'auto': the greatest that keeps every map's divergence within `autoRatio` of what it is
   * alone; '2-map': the greatest power of ten that costs no more than one standard deviation of random starts, the
   * rule of the published code. Default 'auto'
   */
  yoke?: number | 'auto' | '2-map' | 'none'
  /** `yoke` is lambda N R^2 / KL, which means the same whatever the number of points. Default false */
  relative?: boolean
  /** for 'auto': divergence yoked over divergence alone that no map may exceed. Default 1.05 */
  autoRatio?: number
  /** for '2-map': un-yoked runs that mean and deviation are taken from. Default 10 */
  autoRuns?: number
  /** which maps are tied: all pairs (default), each to the one before, or all to the fixed one or the first */
  tie?: TieForm
  /** class of each item, negative for none: ties the centroids of classes instead of items */
  classes?: ArrayLike<number>
  /** the share of the classes, those with the nearest centroids, that is tied. Default 1 */
  nearest?: number
  /** multiplies the tie in the gradient by four, as the code behind the published figures does. Default false */
  compatible?: boolean
  /** lay the maps out by themselves too, to compare with. Default true */
  alone?: boolean
  /** neighbours for trustworthiness and preservation of each map; 0 leaves these out. Default 0 */
  neighbours?: number
  /** lay the maps out at each of these lambdas too, `relative` or not as `yoke` is. Default none */
  sweep?: readonly number[]
  /** how neighbours are found: 'exact', 'approximate' (by a forest), or 'auto': exact up to 100,000 rows. Default 'auto' */
  search?: 'auto' | 'exact' | 'approximate'
  /** rows from which repulsion goes by the grid rather than by all pairs. Default 1500 */
  exactBelow?: number
}

const invalid = (where: string, what: string, expected: string, got: string) =>
  new GlasshouseError({ code: 'option-invalid', where, what, expected, got })

export const rowsOf = ({ data, dim }: TsneInput): number => data.length / dim

export function checkInputs(inputs: readonly TsneInput[], options: TsneOptions): void {
  if (inputs.length < 1 || inputs.length > 50) {
    throw invalid('inputs', 'this many maps cannot be laid out together', '1 to 50', String(inputs.length))
  }
  inputs.forEach((input, i) => {
    checkInput(input, `inputs[${i}]`)
    if (!input.items && !inputs[0].items && rowsOf(input) !== rowsOf(inputs[0])) {
      throw new GlasshouseError({
        code: 'rows-mismatch',
        where: `inputs[${i}]`,
        what: 'the embeddings have different numbers of rows',
        expected: `${rowsOf(inputs[0])} rows, as in the first`,
        got: String(rowsOf(input)),
        hint: 'Say with `items` which item each row describes',
      })
    }
    const perplexity = options.perplexity ?? 30
    if (!(perplexity >= 1 && perplexity < rowsOf(input))) {
      throw invalid(
        'perplexity',
        'a point cannot have this many neighbours',
        `at least 1 and below the number of rows, ${rowsOf(input)}`,
        String(perplexity),
      )
    }
  })
  if (inputs.every(input => input.fixed))
    throw invalid('inputs', 'every map is held in place', 'a free one', 'none')
  if (Array.isArray(options.init)) {
    inputs.forEach((input, i) => {
      const start = (options.init as readonly Float32Array[])[i]
      if (start?.length !== 2 * rowsOf(input) || !start.every(Number.isFinite)) {
        throw invalid(
          `init[${i}]`,
          'this is not a start for the map',
          `${rowsOf(input)} x 2 finite numbers`,
          String(start?.length),
        )
      }
    })
  }
  const { yoke, nearest, autoRatio } = options
  if (autoRatio !== undefined && !(autoRatio > 1 && autoRatio < Number.POSITIVE_INFINITY)) {
    throw invalid('autoRatio', 'this cannot be a limit for the KL ratio', 'above 1', String(autoRatio))
  }
  if (typeof yoke === 'number' && !(yoke >= 0 && yoke < Number.POSITIVE_INFINITY)) {
    throw invalid(
      'yoke',
      'this is not a weight for the tie',
      'a number from 0, "auto", "2-map" or "none"',
      String(yoke),
    )
  }
  if (nearest !== undefined && !(nearest > 0 && nearest <= 1)) {
    throw invalid('nearest', 'this is not a share of the classes', 'above 0, up to 1', String(nearest))
  }
  for (const name of ['iterations', 'exaggerationIterations'] as const) {
    const value = options[name]
    if (value !== undefined && !(Number.isInteger(value) && value >= 0)) {
      throw invalid(name, 'this is not a number of steps', 'a whole number from 0', String(value))
    }
  }
  for (const name of ['exaggeration', 'learningRate'] as const) {
    const value = options[name]
    if (value !== undefined && !(value > 0 && value < Number.POSITIVE_INFINITY)) {
      throw invalid(name, 'this is not a factor', 'a number above 0', String(value))
    }
  }
}

function checkInput({ data, dim, items, fixed }: TsneInput, where: string): void {
  if (!Number.isInteger(dim) || dim < 1 || data.length === 0 || data.length % dim !== 0) {
    throw new GlasshouseError({
      code: 'shape-mismatch',
      where,
      what: 'these numbers make no rows',
      expected: 'a multiple of dim',
      got: `${data.length} numbers, dim ${dim}`,
    })
  }
  const count = data.length / dim
  const odd = data.findIndex(value => !Number.isFinite(value))
  if (odd >= 0) {
    throw new GlasshouseError({
      code: 'not-finite',
      where,
      what: `row ${Math.floor(odd / dim)} has a value that is not a finite number`,
      got: String(data[odd]),
      hint: 'Look for a run that diverged, or for an empty row',
    })
  }
  if (fixed && (fixed.length !== 2 * count || !fixed.every(Number.isFinite))) {
    throw invalid(
      `${where}.fixed`,
      'this is not a map of the rows',
      `${count} x 2 finite numbers`,
      String(fixed.length),
    )
  }
  if (!items) return
  const seen = new Set(Array.from(items))
  const whole = [...seen].every(item => Number.isInteger(item) && item >= 0 && item < 2 ** 26)
  if (items.length !== count || seen.size !== count || !whole) {
    throw invalid(
      `${where}.items`,
      'each row needs an item of its own',
      `${count} different whole numbers`,
      `${seen.size}`,
    )
  }
}
