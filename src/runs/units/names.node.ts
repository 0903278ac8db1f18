/** Names of files as every machine finds them: whole paths, where a name leads to a file. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { withoutEpoch } from '../epoch-name.ts'

/** `NET:WEIGHTS`, `run@7`, a file, or a name that is none and stays as it is. */
export function wholeName(name: string): string {
  if (existsSync(withoutEpoch(name))) return resolve(name)
  const colon = name.indexOf(':')
  const weights = name.slice(colon + 1)
  return colon > 0 && existsSync(weights) ? `${name.slice(0, colon)}:${resolve(weights)}` : name
}
