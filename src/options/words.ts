/** Options as the words of a command line, from which the same values are read again. */
import type { z } from 'zod'
import { printable } from '../base/printable.ts'
import { optionFields } from './options.ts'

/** @param values by key; what is undefined is left out */
export function wordsOfOptions(options: z.ZodObject, values: Readonly<Record<string, unknown>>): string[] {
  const flags = new Map(optionFields(options).map(({ key, flag }) => [key, flag]))
  return Object.entries(values).flatMap(([key, value]) => {
    const flag = flags.get(key)
    if (flag === undefined || value === undefined) return []
    if (typeof value === 'boolean') return [value ? flag : flag.replace('--', '--no-')]
    return (Array.isArray(value) ? value : [value]).flatMap(item => wordsOf(flag, String(item)))
  })
}

/** A value that looks like a flag is joined to its own. */
const wordsOf = (flag: string, word: string): string[] =>
  word.startsWith('-') ? [`${flag}=${word}`] : [flag, word]

/** One line that a shell takes apart into the same words. */
export const lineOf = (words: readonly string[]): string => words.map(quoted).join(' ')

function quoted(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word
  // What a terminal would obey is written as an escape, in the quotes of bash, zsh and POSIX 2024 that read it.
  if (printable(word) !== word) return `$'${printable(word.replaceAll(/['\\]/g, '\\$&'))}'`
  return `'${word.replaceAll("'", "'\\''")}'`
}
