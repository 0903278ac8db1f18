/** Whether a unit that came from elsewhere stays inside the folders that a worker was given. */
import { existsSync, realpathSync, statSync } from 'node:fs'
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path'
import { isObjectiveFile } from '../../objectives/file.ts'
import { withoutEpoch } from '../epoch-name.ts'
import { refused, type Unit } from './unit.ts'

/** @throws GlasshouseError 'unit-refused' */
export function requireAgreed(unit: Unit, folders: readonly string[]): void {
  const agreed = folders.map(folder => realpathSync(folder))
  const require = (path: string) => {
    const real = realOf(path)
    if (!agreed.some(folder => isInside(real, folder)))
      throw refused('the path is outside the agreed folders', path)
  }
  require(unit.folder)
  require(unit.data)
  for (const named of namesIn(unit)) for (const path of pathsIn(named)) require(path)
}

/** The folders that these units read and write in: those to give to a worker that does no others. */
export function foldersOf(units: readonly Unit[]): string[] {
  const named = new Set(units.flatMap(unit => [unit.folder, unit.data, ...namesIn(unit).flatMap(pathsIn)]))
  const folders = new Set(
    [...named]
      .filter(path => isAbsolute(path) && existsSync(path))
      .map(path => realpathSync(statSync(path).isDirectory() ? path : dirname(path))),
  )
  return [...folders].filter(path => ![...folders].some(other => other !== path && isInside(path, other)))
}

/** What in a unit may be the name of a file. */
function namesIn(unit: Unit): string[] {
  if (unit.kind === 'shard') return [unit.model]
  const { objective, resume, net, weights } = unit.asked
  if (resume !== undefined) throw refused('a unit names no run to resume')
  // An objective in a file is a program.
  if (typeof objective === 'string' && isObjectiveFile(objective))
    throw refused('objectives in files are code, and a queue carries data only', objective)
  return [net, weights].filter(name => typeof name === 'string')
}

/** `NET:WEIGHTS`, `run@7`, a path, or a name that is none. */
function pathsIn(name: string): string[] {
  const candidates = [name, withoutEpoch(name), name.slice(name.indexOf(':') + 1)]
  return candidates.filter(
    text => isAbsolute(text) || text.split(/[\\/]/).length > 1 || (text !== '' && existsSync(text)),
  )
}

/** Through all symbolic links, of a path whose end need not exist. */
function realOf(path: string): string {
  const whole = resolve(path)
  if (existsSync(whole)) return realpathSync(whole)
  const parent = dirname(whole)
  return parent === whole ? whole : resolve(realOf(parent), relative(parent, whole))
}

const isInside = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
