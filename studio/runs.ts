/** The list of runs: one for all views, asked for again whenever runs came or went. */
import { useEffect } from 'preact/hooks'
import type { RunList } from '../src/server/api.ts'
import { client } from './client.ts'
import { runsTurn } from './events.ts'
import { type Loaded, useLoaded, useReloadOn } from './loaded.ts'

/** Milliseconds until a list that was still being read is asked for again. */
const again = 400

/** The list of a moment ago stays while the new one comes. */
export function useRuns(isWanted = true): Loaded<RunList> {
  const loaded = useLoaded(isWanted ? 'runs' : undefined, client.runs)
  useReloadOn(String(runsTurn.value), loaded.reload)
  const { value } = loaded
  useEffect(() => {
    if (!value?.more) return
    const timer = setTimeout(loaded.reload, again)
    return () => clearTimeout(timer)
  }, [value])
  return loaded
}
