/**
 * Which rows of several sets of vectors describe the same item: those with the same path, or where a set has no
 * paths, with the same id. Sets may lack items; two rows of one set never share one.
 */
import { GlasshouseError } from '../../base/errors.ts'
import { byNumber } from '../../base/names.ts'
import type { Vectors } from '../../embedding/vectors.ts'
import type { VectorsInput } from '../lens.ts'

export interface Items {
  count: number
  /** per set: the item of each row */
  ofRows: Int32Array[]
  /** per item, as the first set that has it says; '' where none does */
  labels: string[]
  paths: string[]
}

const hasPaths = ({ paths = [''] }: Vectors): boolean =>
  !paths.includes('') && new Set(paths).size === paths.length

export function matchItems(inputs: readonly VectorsInput[]): Items {
  const byPath = inputs.every(({ vectors }) => hasPaths(vectors))
  const places = new Map<string | number, number>()
  const labels: string[] = []
  const paths: string[] = []
  const ofRows = inputs.map(({ vectors, source }) => {
    const seen = new Set<number>()
    return Int32Array.from(vectors.ids, (id, row) => {
      const key = byPath ? vectors.paths![row] : id
      const item = places.get(key) ?? places.size
      places.set(key, item)
      labels[item] ||= vectors.labels?.[row] ?? ''
      paths[item] ||= vectors.paths?.[row] ?? ''
      if (seen.has(item)) throw twice(source, id)
      seen.add(item)
      return item
    })
  })
  inputs.forEach(({ source }, m) => {
    if (m === 0 || ofRows[m].some(item => item < ofRows[0].length)) return
    throw new GlasshouseError({
      code: 'items-differ',
      what: 'these vectors share no image with the first, so the maps cannot be tied',
      where: source,
      expected: byPath ? 'paths as in the first' : 'ids as in the first',
      hint: 'Yoked maps show the same images by several embeddings',
    })
  })
  return { count: places.size, ofRows, labels, paths }
}

const twice = (where: string, id: number) =>
  new GlasshouseError({
    code: 'items-repeated',
    what: `two rows have the id ${id}`,
    where,
    hint: 'Ids name images',
  })

/** Labels as numbers: the classes in order, and each item's place among them, -1 for an item without a label. */
export function classesOf({ labels }: Items): { names: string[]; ofItems: Int32Array } {
  const names = [...new Set(labels)].filter(label => label !== '').sort(byNumber)
  const places = new Map(names.map((name, place) => [name, place]))
  return { names, ofItems: Int32Array.from(labels, label => places.get(label) ?? -1) }
}

/** Per set: the row of each item, -1 where it lacks the item. */
export const rowsOfItems = ({ count, ofRows }: Items): Int32Array[] =>
  ofRows.map(items => {
    const rows = new Int32Array(count).fill(-1)
    items.forEach((item, row) => {
      rows[item] = row
    })
    return rows
  })
