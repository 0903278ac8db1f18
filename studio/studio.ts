/** What is known of the studio as a whole: where it looks, and what it allows. */
import { signal } from '@preact/signals'
import type { StudioState } from '../src/server/api.ts'
import { client } from './client.ts'
import { type Failure, failureOf } from './failure.ts'

export const studio = signal<StudioState | undefined>(undefined)
export const studioFailure = signal<Failure | undefined>(undefined)

export async function askStudio(): Promise<void> {
  try {
    studio.value = await client.state()
    studioFailure.value = undefined
  } catch (error) {
    studioFailure.value = failureOf(error)
  }
}

/** A run as MODEL and the like name it: the path of its folder, as short as it can be said. */
export function pathOfRun(run: string): string {
  const { folder, runs } = studio.value ?? {}
  if (runs === undefined || folder === undefined) return run
  return runs.startsWith(`${folder}/`) ? `${runs.slice(folder.length + 1)}/${run}` : `${runs}/${run}`
}

/**
 * The name of the run that a command line names, such as `runs/train-1`, `runs/train-1@7` or `runs/train-1@7:test`;
 * undefined where it is something else, such as a network or a file.
 */
export function runOfPath(path: string): string | undefined {
  const { folder, runs } = studio.value ?? {}
  if (runs === undefined || folder === undefined) return undefined
  const place = path.replace(/@\d+(:\w+)?$/, '')
  const whole = place.startsWith(runs) ? place : `${folder}/${place}`
  return whole.startsWith(`${runs}/`) ? whole.slice(runs.length + 1) : undefined
}
