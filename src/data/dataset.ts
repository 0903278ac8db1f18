/**
 * A labelled set of images as plain data: which files there are, what each shows, to which split it belongs.
 * `dataset.node.ts` reads one from disk; `splits.ts` divides it differently; `batches.ts` orders it for training.
 */
import { GlasshouseError } from '../base/errors.ts'

/**
 * What an image is for: to train on, to choose the best epoch by, to measure the result on. Data with two splits has
 * `train` and `test`, whatever it calls the second.
 */
export type Split = 'train' | 'val' | 'test'

export const splits: readonly Split[] = ['train', 'val', 'test']

/** Which side of a search a test image is on, where the data divides them; otherwise it is on both. */
export type Role = 'query' | 'gallery'

/** What an image is by its place and its name, before it is opened. */
export interface NamedItem {
  /** relative to the root, with forward slashes */
  path: string
  /** index into `classes` */
  label: number
  /** undefined where the data names no splits */
  split: Split | undefined
  role?: Role
}

export interface Item extends NamedItem {
  /** its class in the data, where `label` is what was done to the image */
  source?: string
  /** size of the file */
  bytes: number
  /** SHA-256 of the file, hexadecimal */
  hash: string
  /** in pixels, upright (after the EXIF orientation) */
  width: number
  height: number
}

export interface Unreadable {
  path: string
  /** why it was skipped, as a part of a sentence: 'the file is empty' */
  reason: string
}

/** A data set by the names of its files alone, as if every one of them could be read. */
export interface DataOutline {
  /** absolute path of the folder that the items' paths start from */
  root: string
  /** absolute path of the list that names the items, where one does */
  list?: string
  /** sorted by code unit, so that class indices are the same on every machine */
  classes: string[]
  /** sorted by path */
  items: NamedItem[]
}

export interface Dataset extends DataOutline {
  items: Item[]
  unreadable: Unreadable[]
  /** what a user should know about the data before trusting what comes of it, in plain sentences */
  notes: string[]
  /** SHA-256 over path, label, split, size and content of every item, as the data was read */
  fingerprint: string
}

/** Positions in `dataset.items` of one split, or of all items; ascending. */
export function indicesOf(dataset: DataOutline, split?: Split): Int32Array {
  const indices: number[] = []
  dataset.items.forEach((item, index) => {
    if (split === undefined || item.split === split) indices.push(index)
  })
  return Int32Array.from(indices)
}

/** The class index of every item. */
export const labelsOf = (dataset: DataOutline): Int32Array =>
  Int32Array.from(dataset.items, item => item.label)

/** How many items every class has in a split, or altogether. */
export function imagesPerClass(dataset: DataOutline, split?: Split): Int32Array {
  const counts = new Int32Array(dataset.classes.length)
  for (const index of indicesOf(dataset, split)) counts[dataset.items[index].label]++
  return counts
}

/** Where a mistake in the data is to be mended: its list, or its folder. */
export const placeOf = ({ root, list }: Pick<DataOutline, 'root' | 'list'>): string => list ?? root

/**
 * Refuses a dataset in which a class that occurs in the split has fewer than `atLeast` images there, or in
 * which the split is empty. A class that the split leaves out altogether is fine: in metric learning the
 * test classes are unseen.
 */
export function requireImagesPerClass(dataset: DataOutline, split: Split | undefined, atLeast: number): void {
  const counts = imagesPerClass(dataset, split)
  const where = split ? `${placeOf(dataset)}, split '${split}'` : placeOf(dataset)
  if (counts.every(count => count === 0)) {
    throw new GlasshouseError({
      code: 'split-empty',
      what: 'no images in this split',
      where,
      hint: 'Put them under train/ and test/, add a split column to the list, or hold some out',
    })
  }
  const short = dataset.classes.filter((_, label) => counts[label] > 0 && counts[label] < atLeast)
  if (short.length === 0) return
  const named = short.slice(0, 3).map(name => `'${name}' (${counts[dataset.classes.indexOf(name)]})`)
  throw new GlasshouseError({
    code: 'class-too-small',
    what: 'too few images in a class',
    where,
    expected: `at least ${atLeast} per class`,
    got: named.join(', ') + (short.length > 3 ? ` and ${short.length - 3} more classes` : ''),
    hint: 'Add images to these classes or leave the classes out',
  })
}
