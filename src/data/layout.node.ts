/**
 * What a DATA argument points at: which files it names, and with which label and split, before any of them is
 * opened. Four forms: one sub-folder per class; the same under train/ and test/ (or val/); a list; a data set of
 * the literature as its publishers distribute it.
 */
import { readdir, readFile, stat as statFile } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { GlasshouseError } from '../base/errors.ts'
import { fileError } from '../base/files.node.ts'
import type { Role, Split } from './dataset.ts'
import { parseList, splitNamed } from './list.node.ts'
import { publishedLayout } from './published.node.ts'

export interface Candidate {
  /** relative to the root, with forward slashes */
  path: string
  label: string
  split: Split | undefined
  role?: Role
  /** named by a list: must be an image. Found in a folder: a file that neither is nor claims to be one is let be. */
  line?: number
}

export interface Layout {
  root: string
  /** the list that named the candidates */
  list?: string
  candidates: Candidate[]
  /** class folders that hold no file, relative to the root */
  empty: string[]
}

const accepted =
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
    got: `a file that ends in '${basename(path).replace(/^.*(?=\.)/, '')}'`,
  })
}

async function fromList(list: string): Promise<Layout> {
  const root = dirname(list)
  const text = await readFile(list, 'utf8').catch(error => {
    throw fileError(error, list)
  })
  const candidates = parseList(text, list).map(row => ({
    ...row,
    path: slashed(relative(root, resolve(root, row.path))),
  }))
  return { root, list, candidates, empty: [] }
}

async function fromFolder(root: string, loose: boolean): Promise<Layout> {
  const { folders, files } = await contents(root)
  const list = ['labels.csv', 'labels.tsv'].find(name => files.includes(name))
  if (list) return fromList(join(root, list))
  const known = await publishedLayout(root)
  if (known) return known
  if (folders.length === 0 && files.length > 0 && loose) {
    return {
      root,
      candidates: files.map(path => ({ path, label: basename(root), split: undefined })),
      empty: [],
    }
  }
  if (folders.length === 0) {
    throw new GlasshouseError({
      code: files.length ? 'data-no-classes' : 'data-empty',
      what: files.length ? 'the folder has no class sub-folders' : 'the folder is empty',
      where: root,
      expected: accepted,
      got: files.length ? `${files.length} loose files, such as '${files[0]}'` : undefined,
      hint: files.length ? 'Move the images of every class into a folder that bears its name' : undefined,
    })
  }
  // Classes may be called 'train' or 'test' (locomotives, say): only if nothing else stands there are they splits.
  if (!folders.includes('train') || folders.some(name => splitNamed(name) === 'unknown')) {
    return { root, ...(await classFolders(root, folders, undefined)) }
  }
  const layout: Layout = { root, candidates: [], empty: [] }
  for (const name of folders) {
    const split = await contents(join(root, name))
    if (split.folders.length === 0) {
      throw new GlasshouseError({
        code: 'data-no-classes',
        what: 'the folder has no class sub-folders',
        where: join(root, name),
        hint: 'Put one sub-folder per class under every split',
      })
    }
    const names = split.folders.map(folder => `${name}/${folder}`)
    const found = await classFolders(root, names, splitNamed(name) as Split)
    layout.candidates.push(...found.candidates)
    layout.empty.push(...found.empty)
  }
  return layout
}

/** The files of every class folder, those of nested folders too. */
async function classFolders(root: string, folders: readonly string[], split: Split | undefined) {
  const candidates: Candidate[] = []
  const empty: string[] = []
  for (const folder of folders) {
    const entries = await readdir(join(root, folder), { withFileTypes: true, recursive: true }).catch(
      error => {
        throw fileError(error, join(root, folder))
      },
    )
    const before = candidates.length
    for (const entry of entries) {
      const path = slashed(relative(root, join(entry.parentPath, entry.name)))
      const hidden = path.slice(folder.length).split('/').some(isHidden)
      if (!entry.isDirectory() && !hidden) candidates.push({ path, label: basename(folder), split })
    }
    if (candidates.length === before) empty.push(folder)
  }
  return { candidates, empty }
}

/** Visible folders and files, sorted; a link counts as what it points at. */
async function contents(folder: string): Promise<{ folders: string[]; files: string[] }> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(error => {
    throw fileError(error, folder)
  })
  const folders: string[] = []
  const files: string[] = []
  for (const entry of entries.filter(({ name }) => !isHidden(name))) {
    const target = entry.isSymbolicLink()
      ? await statFile(join(folder, entry.name)).catch(() => undefined)
      : entry
    if (target?.isDirectory()) folders.push(entry.name)
    else if (target?.isFile()) files.push(entry.name)
  }
  return { folders: folders.sort(), files: files.sort() }
}

/** What file managers and archivers leave behind. */
const isHidden = (name: string) => name.startsWith('.') || name === '__MACOSX'

const slashed = (path: string) => (sep === '/' ? path : path.replaceAll(sep, '/'))
