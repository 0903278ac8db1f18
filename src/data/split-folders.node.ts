/**
 * Whether the folders of a data set are splits (train, val, test) or classes. A class may be called 'train' (among
 * vehicles, say), so the names alone do not decide: where names and contents contradict each other, the data is
 * refused, since a network that learns to tell 'train' from 'test' looks like a success.
 */
import { join } from 'node:path'
import { GlasshouseError } from '../base/errors.ts'
import { className } from './class-names.ts'
import type { Split } from './dataset.ts'
import { type Contents, contentsOf, filesBelow } from './folders.node.ts'
import { namedLikeImage } from './image-kinds.ts'
import { splitNamed } from './list.node.ts'

export interface SplitFolder {
  folder: string
  split: Split
  /** names of its class folders; none where its images have no labels */
  classes: string[]
  /** loose files in it that a note should mention */
  files: string[]
}

/** The split folders among the folders of `root`, or undefined where they are classes. */
export async function splitFoldersOf(
  root: string,
  folders: readonly string[],
  notes: string[],
): Promise<SplitFolder[] | undefined> {
  const named = folders.filter(name => splitNamed(name) !== undefined)
  const others = folders.filter(name => splitNamed(name) === undefined)
  if (named.length === 0) {
    refuseNearNames(root, folders)
    return undefined
  }
  const contents = new Map<string, Contents>()
  for (const name of folders) contents.set(name, await contentsOf(join(root, name)))
  const inside = (name: string) => contents.get(name) ?? { folders: [], files: [] }
  const nested = named.filter(name => inside(name).folders.length > 0)
  if (others.length > 0) {
    if (nested.length === 0) return undefined
    const withImages = await holdingImages(root, others)
    const recurring = withImages.filter(name => nested.some(split => shareNames(inside(split), inside(name))))
    if (named.length < 2 && recurring.length === 0 && !withImages.some(looksLikeSplit)) {
      if (withImages.length > 0) return undefined
    } else if (withImages.length > 0) {
      throw ambiguous(root, named, withImages)
    }
    notes.push(`${quoted(others)} beside ${quoted(named)}: no images, left out`)
  }
  if (nested.length === 0) throw withoutClasses(join(root, named[0]))
  const first = new Map<Split, string>()
  const found = named.map(folder => {
    const split = splitNamed(folder) as Split
    const earlier = first.get(split)
    if (earlier !== undefined) throw twice(root, earlier, folder)
    first.set(split, folder)
    return { folder, split, classes: inside(folder).folders, files: inside(folder).files }
  })
  return withoutUnlabelled(root, found, notes)
}

/** Training images must have labels; a test folder without class folders is left out, with a note. */
function withoutUnlabelled(root: string, splits: SplitFolder[], notes: string[]): SplitFolder[] {
  const train = splits.find(({ split }) => split === 'train')
  const known = new Set(train?.classes.map(className))
  if (train && known.size === 0 && train.files.length > 0) throw withoutClasses(join(root, train.folder))
  return splits
    .map(one => {
      const { split, folder, classes, files } = one
      if (split === 'train') return one
      const isFlat = classes.length === 0 && files.length > 0
      // The one folder below it is there for tools that insist on a folder, such as test/unknown/.
      const isWrapped = classes.length === 1 && known.size > 1 && !known.has(className(classes[0]))
      if (!isFlat && !isWrapped) return one
      const what = isFlat
        ? `has no class folders: its ${files.length} files`
        : `has one folder, '${classes[0]}', which is not a class of ${train?.folder}/: its files`
      notes.push(`${folder}/ ${what} have no labels and are left out`)
      return { ...one, classes: [], files: [] }
    })
    .filter(({ classes, split }) => classes.length > 0 || split === 'train')
}

/** Those of the folders that hold a file that is called like an image. */
async function holdingImages(root: string, folders: readonly string[]): Promise<string[]> {
  const holding: string[] = []
  for (const folder of folders) {
    const { paths } = await filesBelow(root, folder)
    if (paths.some(namedLikeImage)) holding.push(folder)
  }
  return holding
}

const shareNames = (a: Contents, b: Contents) => a.folders.some(name => b.folders.includes(name))

/** A name such as train_set, test2017, seg_test or trainset. */
const nearSplit =
  /^(?:.*[^a-z])?(train(?:ing)?|val(?:id(?:ation)?)?|test(?:ing)?)(?:set|data|images)?(?:[^a-z].*)?$/i
const looksLikeSplit = (name: string) => nearSplit.test(name)

/** Where every folder is called like a split, but none by the very name, they are hardly classes. */
function refuseNearNames(root: string, folders: readonly string[]): void {
  const kinds = new Set(folders.map(name => splitNamed(nearSplit.exec(name)?.[1] ?? '')))
  if (folders.length < 2 || kinds.size < 2 || kinds.has(undefined)) return
  throw new GlasshouseError({
    code: 'data-ambiguous',
    what: 'the folders look like splits, not like classes',
    where: root,
    got: quoted(folders),
    expected: 'train/, val/ and test/, each with one sub-folder per class',
    hint: 'Rename them; if they are classes, name the images and labels in a list',
  })
}

const ambiguous = (root: string, named: readonly string[], others: readonly string[]) =>
  new GlasshouseError({
    code: 'data-ambiguous',
    what: 'some folders look like splits, others do not',
    where: root,
    got: `${quoted(named)} and ${quoted(others)}`,
    hint: `Move ${others.length === 1 ? 'the other folder' : 'the other folders'} elsewhere; if all of them are classes, name the images and labels in a list`,
  })

const twice = (root: string, a: string, b: string) =>
  new GlasshouseError({
    code: 'data-ambiguous',
    what: 'two folders name the same split',
    where: root,
    got: quoted([a, b]),
    hint: 'Put their images into one of them',
  })

const withoutClasses = (where: string) =>
  new GlasshouseError({
    code: 'data-no-classes',
    what: 'the folder has no class sub-folders',
    where,
    hint: 'Put one sub-folder per class under every split, or name the images and labels in a list',
  })

function quoted(names: readonly string[]): string {
  const shown = names.slice(0, 5).map(name => `'${name}'`)
  if (names.length > shown.length) shown.push(`${names.length - shown.length} more`)
  return shown.join(', ')
}
