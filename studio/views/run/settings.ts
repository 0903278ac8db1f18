/** What was asked for in a run, as names and words: for its page, and to find where runs differ. */
import type { RunDetail } from '../../../src/server/api.ts'
import { brief, spaced } from '../../words.ts'

/** Named elsewhere on the page, or different in every run. */
const hidden = new Set(['format', 'status', 'epochs', 'best', 'fingerprint'])
/** Of these the parts speak for themselves. */
const plain = new Set(['training', 'objectiveOptions', 'preprocessing'])

export function settingsOf({ record, result }: Pick<RunDetail, 'record' | 'result'>): Map<string, string> {
  const found = new Map<string, string>()
  if (record) {
    const { data, ...rest } = record
    found.set('data', data.path)
    found.set('classes', String(data.classes.length))
    flatten(data.images, 'images', found)
    flatten(data.split, 'split', found)
    flatten(rest, '', found)
  } else if (result) {
    flatten({ seed: result.seed, device: result.device, ...result.parameters }, '', found)
  }
  return found
}

function flatten(value: object, prefix: string, into: Map<string, string>): void {
  for (const [key, part] of Object.entries(value)) {
    if (prefix === '' && hidden.has(key)) continue
    const name = prefix && !plain.has(prefix) ? `${prefix} ${spaced(key)}` : spaced(key)
    if (name === 'head classes') continue
    if (part === undefined || part === null) continue
    if (Array.isArray(part)) into.set(name, listWords(part))
    else if (typeof part === 'object') flatten(part, plain.has(key) ? key : name, into)
    else into.set(name, typeof part === 'number' ? brief(part) : String(part))
  }
}

function listWords(list: readonly unknown[]): string {
  const words = list.map(one => {
    if (typeof one === 'number') return brief(one)
    if (typeof one === 'object' && one !== null && 'name' in one) return String(one.name)
    return typeof one === 'object' ? JSON.stringify(one) : String(one)
  })
  return words.length > 12
    ? `${words.slice(0, 12).join(', ')} and ${words.length - 12} more`
    : words.join(', ')
}

/** The settings that are not the same in all; with `all`, every one. */
export function differences(
  runs: readonly ReadonlyMap<string, string>[],
  all = false,
): { name: string; values: (string | undefined)[]; differs: boolean }[] {
  const names = new Set(runs.flatMap(run => [...run.keys()]))
  return [...names].flatMap(name => {
    const values = runs.map(run => run.get(name))
    const differs = values.some(value => value !== values[0])
    return all || differs ? [{ name, values, differs }] : []
  })
}
