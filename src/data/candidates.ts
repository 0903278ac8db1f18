/** The files that a data set names, before any of them is opened. */
import type { Role, Split, Unreadable } from './dataset.ts'

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
  /** empty class folders, links that lead nowhere */
  unreadable: Unreadable[]
  /** what was left out or read in a way that a user should know */
  notes: string[]
}
