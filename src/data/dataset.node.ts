/**
 * Reading DATA: a folder with one sub-folder per class, the same under train/ and test/, or a list. The layout
 * says which files there are, the survey what they hold; here both become a `Dataset`.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { GlasshouseError } from '../base/errors.ts'
import type { Candidate, Layout } from './candidates.ts'
import type { DataOutline, Dataset, Item, NamedItem, Unreadable } from './dataset.ts'
import { notesOn } from './dataset-notes.ts'
import { namedLikeImage, readKinds } from './image-kinds.ts'
import { findLayout } from './layout.node.ts'
import { requireDistinct } from './list.node.ts'
import { type SurveyOptions, survey } from './survey.node.ts'

export interface ReadOptions extends SurveyOptions {
  /** make the first unreadable image an error instead of skipping it */
  strict?: boolean
  /** how many classes there must be; 1 where nothing is learned from the labels: then loose images will do */
  minimumClasses?: number
  /**
   * Called before any image is opened, so that what can be refused by names, labels and splits is refused at once. Not
   * called where a file of a folder does not say by its name whether it is an image.
   */
  check?: (outline: DataOutline) => void
}

/**
 * Reads a data set. Unreadable images are skipped and reported in `unreadable`; files in class folders that
 * neither are images nor are named like one are let be.
 * @throws GlasshouseError where there is no such data, it has no classes, a list is malformed, or under `strict`
 */
export async function readDataset(data: string, options: ReadOptions = {}): Promise<Dataset> {
  const { minimumClasses = 2 } = options
  const layout = await findLayout(data, minimumClasses < 2)
  const { root, list, candidates } = layout
  sortByPath(candidates)
  if (list !== undefined) requireDistinct(candidates, list)
  const outline = outlineOf(layout)
  if (outline) {
    requireClasses(outline, layout, data, minimumClasses)
    options.check?.(outline)
  }
  const findings = await survey(root, candidates, options)
  const images: Image[] = []
  const { unreadable } = layout
  findings.forEach((finding, i) => {
    const { path, label, split, role, line } = candidates[i]
    if ('hash' in finding) images.push({ path, label, split, ...(role && { role }), ...finding })
    else if (line !== undefined)
      unreadable.push({ path, reason: `${finding.reason} (line ${line} of the list)` })
    else if (finding.isImage || namedLikeImage(path)) unreadable.push({ path, reason: finding.reason })
  })
  if (options.strict && unreadable.length > 0) refuseUnreadable(root, unreadable)
  if (images.length === 0) refuseEmpty(layout, unreadable)
  testOnValidation(images)
  const { classes, items } = numbered(layout, images)
  const below = requireClasses({ root, classes, items }, layout, data, minimumClasses)
  if (below)
    layout.notes.push(`the one class '${classes[0]}' has the folders ${below.names}: are they the classes?`)
  return {
    root,
    ...(list !== undefined && { list }),
    classes,
    items,
    unreadable,
    notes: [...layout.notes, ...notesOn(items, classes)],
    fingerprint: fingerprint(images),
  }
}

type Image = Omit<Item, 'label'> & { label: string }

/** Puts numbers in the place of class names. */
function numbered<Named extends { label: string }>(
  { root, list }: Pick<Layout, 'root' | 'list'>,
  images: readonly Named[],
): Omit<DataOutline, 'items'> & { items: (Omit<Named, 'label'> & { label: number })[] } {
  const classes = [...new Set(images.map(({ label }) => label))].sort()
  const indexOf = new Map(classes.map((name, index) => [name, index]))
  return {
    root,
    ...(list !== undefined && { list }),
    classes,
    items: images.map(image => ({ ...image, label: indexOf.get(image.label) ?? 0 })),
  }
}

/** What the names say; nothing where they leave in doubt which files are images, or there is none. */
function outlineOf(layout: Layout): DataOutline | undefined {
  const { candidates } = layout
  const isClear = candidates.every(({ path, line }) => line !== undefined || namedLikeImage(path))
  if (!isClear || candidates.length === 0) return undefined
  const images = candidates.map(({ path, label, split, role }) => ({ path, label, split, role }))
  testOnValidation(images)
  return numbered(layout, images)
}

/** @returns the folders below the only class, where there are some */
function requireClasses(
  { root, classes, items }: DataOutline,
  { list }: Layout,
  data: string,
  minimum: number,
): ReturnType<typeof foldersBelow> {
  const below = classes.length === 1 && list === undefined ? foldersBelow(items, classes[0]) : undefined
  if (classes.length >= minimum) return below
  throw new GlasshouseError({
    code: 'data-too-few-classes',
    what: 'too few classes',
    where: data,
    expected: `at least ${minimum}`,
    got: `${classes.length}: '${classes.join("', '")}'`,
    hint: below
      ? `Name ${join(root, below.folder)}, which holds the folders ${below.names}, if they are the classes`
      : 'Name the folder above the class folders, or add images of another class',
  })
}

/** Lists are often sorted already, which costs one look. */
function sortByPath(candidates: Candidate[]): void {
  const isSorted = candidates.every((one, i) => i === 0 || candidates[i - 1].path <= one.path)
  if (!isSorted) candidates.sort((a, b) => compare(a.path, b.path))
}

/** Where nothing else is there to measure on, the validation images are the test images. */
function testOnValidation(images: Pick<NamedItem, 'split'>[]): void {
  const has = (split: Item['split']) => images.some(image => image.split === split)
  if (!has('train') || has('test')) return
  for (const image of images) if (image.split === 'val') image.split = 'test'
}

/** The folder in which all images of the only class part, and what parts there: perhaps the classes. */
function foldersBelow(
  images: readonly NamedItem[],
  label: string,
): { folder: string; names: string } | undefined {
  const folders = images.map(({ path }) => path.split('/').slice(0, -1))
  const isSplit = images[0].split !== undefined
  const start = isSplit ? 2 : 0
  for (let depth = start; ; depth++) {
    const names = new Set(folders.map(parts => parts[depth]))
    if (names.has('') || folders.some(parts => parts.length <= depth)) return undefined
    if (names.size === 1) continue
    const shown = [...names]
      .sort()
      .slice(0, 5)
      .map(name => `'${name}'`)
    if (names.size > shown.length) shown.push(`${names.size - shown.length} more`)
    return { folder: isSplit ? label : folders[0].slice(0, depth).join('/'), names: shown.join(', ') }
  }
}

/** The absolute path of an item's file. */
export const fileOf = ({ root }: { root: string }, item: { path: string }): string => join(root, item.path)

function fingerprint(images: readonly Image[]): string {
  const hash = createHash('sha256')
  for (const { path, label, split, role, bytes, hash: content } of images) {
    const what = [path, label, split ?? null, bytes, content, ...(role ? [role] : [])]
    hash.update(`${JSON.stringify(what)}\n`)
  }
  return hash.digest('hex')
}

/** By code unit, as `sort()` does. */
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/** Names the first image that cannot be read. */
export function refuseUnreadable(root: string, unreadable: readonly Unreadable[]): never {
  const [{ path, reason }] = unreadable
  const others = unreadable.length - 1
  throw new GlasshouseError({
    code: 'image-unreadable',
    what: `cannot read this image${others ? ` and ${others} more` : ''}`,
    where: join(root, path),
    got: reason,
    hint: 'Mend or remove it, or leave out --strict to skip it',
  })
}

function refuseEmpty({ root, list, candidates }: Layout, unreadable: readonly Unreadable[]): never {
  if (list && unreadable.every(({ reason }) => reason.startsWith('no such file'))) {
    const first = candidates.reduce((a, b) => (a.line! < b.line! ? a : b))
    throw new GlasshouseError({
      code: 'list-files-missing',
      what: 'none of the images that the list names exists',
      where: `${list}, line ${first.line}`,
      got: `'${first.path}'`,
      hint: `Paths are relative to the folder of the list, ${root}`,
    })
  }
  throw new GlasshouseError({
    code: 'data-empty',
    what: 'there is no readable image',
    where: list ?? root,
    got: unreadable.length ? `${unreadable[0].path}: ${unreadable[0].reason}` : undefined,
    hint: `The kinds of images that are read are ${readKinds}`,
  })
}
