/**
 * What a DATA argument points at: which files it names, and with which label and split, before any of them is
 * opened. Four forms: one sub-folder per class; the same under train/, val/ and test/; a list; a data set of the
 * literature as its publishers distribute it.
 */
import { stat as statFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { GlasshouseError } from '../base/errors.ts'
import { fileError } from '../base/files.node.ts'
import type { Layout } from './candidates.ts'
import { className } from './class-names.ts'
import type { Split } from './dataset.ts'
import { contentsOf, filesBelow } from './folders.node.ts'
import { namedLikeImage } from './image-kinds.ts'
import { readList } from './list.node.ts'
import { publishedLayout } from './published.node.ts'
import { splitFoldersOf } from './split-folders.node.ts'

/** What DATA may be, for errors. */
export const accepted =
  'a folder with one sub-folder per class, the same under train/ and test/, or a .csv or .tsv list with the columns path,label[,split]'

/** `loose`: a folder of nothing but files is one class of the folder's name, for where nothing is learned from labels. */
export async function findLayout(data: string, loose = false): Promise<Layout> {
  const path = resolve(data)
  const stat = await statFile(path).catch(error => {
    throw error.code === 'ENOENT'
      ? new GlasshouseError({
          code: 'data-missing',
          what: 'there is no such folder or list',
          where: data,
          hint: 'Check the spelling of the path',
        })
      : fileError(error, data)
  })
  if (stat.isDirectory()) return fromFolder(path, loose)
  if (/\.(csv|tsv)$/i.test(path)) return fromList(path)
  throw new GlasshouseError({
    code: 'data-form',
    what: 'this is not data',
    where: data,
    expected: accepted,
    got: stat.isFile()
      ? `a file that ends in '${basename(path).replace(/^.*(?=\.)/, '')}'`
      : 'a pipe or a device',
  })
}

async function fromList(list: string): Promise<Layout> {
  const { rows, notes } = await readList(list)
  return { root: resolve(list, '..'), list, candidates: rows, unreadable: [], notes }
}

async function fromFolder(root: string, loose: boolean): Promise<Layout> {
  const { folders, files } = await contentsOf(root)
  const list = ['labels.csv', 'labels.tsv'].find(name => files.includes(name))
  if (list) return fromList(join(root, list))
  const known = await publishedLayout(root)
  if (known) return known
  if (folders.length === 0 && files.length > 0 && loose) {
    const label = labelOf(root)
    const candidates = files.map(path => ({ path, label, split: undefined }))
    return { root, candidates, unreadable: [], notes: [] }
  }
  if (folders.length === 0) {
    throw new GlasshouseError({
      code: files.length ? 'data-no-classes' : 'data-empty',
      what: files.length ? 'the folder has no class sub-folders' : 'the folder is empty',
      where: root,
      expected: accepted,
      got: files.length ? `${files.length} loose files, such as '${files[0]}'` : undefined,
      hint: files.length ? 'Move the images of every class into a folder with its name' : undefined,
    })
  }
  const layout: Layout = { root, candidates: [], unreadable: [], notes: [] }
  noteLoose(layout, '', files)
  const splits = await splitFoldersOf(root, folders, layout.notes)
  if (!splits) await addClassFolders(layout, folders, undefined)
  for (const { folder, split, classes, files } of splits ?? []) {
    noteLoose(layout, `${folder}/`, files)
    if (classes.length === 0 && files.length === 0)
      layout.unreadable.push({ path: folder, reason: 'the folder holds no file' })
    await addClassFolders(
      layout,
      classes.map(name => `${folder}/${name}`),
      split,
    )
  }
  noteSpellings(layout, splits ? splits.flatMap(({ classes }) => classes) : folders)
  return layout
}

/** Adds the files of every class folder, those of nested folders too. */
async function addClassFolders(
  { root, candidates, unreadable }: Layout,
  folders: readonly string[],
  split: Split | undefined,
): Promise<void> {
  for (const folder of folders) {
    const label = labelOf(folder)
    const found = await filesBelow(root, folder)
    for (const path of found.paths) candidates.push({ path, label, split })
    for (const one of found.unreadable) unreadable.push(one)
    if (found.paths.length === 0) unreadable.push({ path: folder, reason: 'the folder holds no file' })
  }
}

/** Images beside the class folders have no label. */
function noteLoose({ notes }: Layout, folder: string, files: readonly string[]): void {
  const images = files.filter(namedLikeImage)
  if (images.length === 0) return
  const what =
    images.length === 1
      ? `the image ${folder}${images[0]}`
      : `${images.length} images, such as ${folder}${images[0]},`
  notes.push(`${what} in no class folder: left out`)
}

/** Folders of one class that are spelled in two ways, in one split or across them. */
function noteSpellings({ notes }: Layout, folders: readonly string[]): void {
  const written = new Map<string, string>()
  for (const folder of folders) {
    const name = labelOf(folder)
    const earlier = written.get(name)
    if (earlier !== undefined && earlier !== folder) {
      notes.push(
        `the folders ${JSON.stringify(earlier)} and ${JSON.stringify(folder)} are one class, '${name}': their names differ only in blanks or in how accents are encoded`,
      )
    }
    written.set(name, folder)
  }
}

/** The class that a folder names; one whose name is nothing but blanks keeps it. */
const labelOf = (folder: string): string => className(basename(folder)) || basename(folder)
