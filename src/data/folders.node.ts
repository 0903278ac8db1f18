/** What lies in folders: their visible contents, and all files below one, through symbolic links. */
import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileError } from '../base/files.node.ts'
import type { Unreadable } from './dataset.ts'

export interface Contents {
  /** visible folders and files, sorted; a link counts as what it points at */
  folders: string[]
  files: string[]
}

export async function contentsOf(folder: string): Promise<Contents> {
  const folders: string[] = []
  const files: string[] = []
  for (const entry of await visible(folder)) {
    const kind = await kindOf(entry, join(folder, entry.name))
    if (kind === 'folder') folders.push(entry.name)
    else if (kind === 'file') files.push(entry.name)
  }
  return { folders: folders.sort(), files: files.sort() }
}

export interface FilesBelow {
  /** relative to the root, with forward slashes; in no particular order */
  paths: string[]
  /** links that lead nowhere, names that cannot be read */
  unreadable: Unreadable[]
}

/**
 * The files below a folder, in its sub-folders and behind links too. A folder that is reached a second time, because
 * links lead in a circle or two of them to the same place, is read once.
 *
 * @param folder relative to `root`, with forward slashes
 */
export async function filesBelow(root: string, folder: string): Promise<FilesBelow> {
  const paths: string[] = []
  const unreadable: Unreadable[] = []
  const reached = new Set<string>()
  const waiting = [folder]
  for (let current = waiting.pop(); current !== undefined; current = waiting.pop()) {
    const { dev, ino } = await stat(join(root, current)).catch(error => {
      throw fileError(error, join(root, current as string))
    })
    // Windows gives no inode for some file systems; there, links to folders are rare and circles end by their length.
    const identity = `${dev} ${ino}`
    if (ino !== 0 && reached.has(identity)) continue
    reached.add(identity)
    for (const entry of await visible(join(root, current))) {
      const path = `${current}/${entry.name}`
      const kind = await kindOf(entry, join(root, path))
      if (isMisread(entry.name)) unreadable.push({ path, reason: 'its name is not UTF-8' })
      else if (kind === 'folder') waiting.push(path)
      else if (kind === 'nothing') unreadable.push({ path, reason: 'a link that leads nowhere' })
      else paths.push(path)
    }
  }
  return { paths, unreadable }
}

/** A byte that is not UTF-8 arrives as the replacement character, under which no file can be opened. */
const isMisread = (name: string) => name.includes('\ufffd')

/** What file managers and archivers leave behind is not visible. */
async function visible(folder: string): Promise<Dirent[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(error => {
    throw fileError(error, folder)
  })
  return entries.filter(({ name }) => !name.startsWith('.') && name !== '__MACOSX')
}

async function kindOf(entry: Dirent, path: string): Promise<'folder' | 'file' | 'other' | 'nothing'> {
  const target = entry.isSymbolicLink() ? await stat(path).catch(() => undefined) : entry
  if (!target) return 'nothing'
  if (target.isDirectory()) return 'folder'
  return target.isFile() ? 'file' : 'other'
}
