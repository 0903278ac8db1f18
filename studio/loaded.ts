/**
 * What a view loads from the server: at once what it had before, then what is new, so that going back shows no empty
 * page and nothing jumps.
 */
import { useEffect, useLayoutEffect, useReducer, useRef } from 'preact/hooks'
import { type Failure, failureOf } from './failure.ts'

export interface Loaded<T> {
  /** absent until it has come once */
  value?: T
  failure?: Failure
  reload(): void
}

/** The newest of what was loaded, by key. */
const kept = new Map<string, unknown>()
const mostKept = 60

function keep(key: string, value: unknown): void {
  kept.delete(key)
  kept.set(key, value)
  for (const oldest of kept.keys()) {
    if (kept.size <= mostKept) break
    kept.delete(oldest)
  }
}

/**
 * @param key names what is loaded, such as its address; undefined where there is nothing to load yet
 * @param load is called again where the key changes
 */
export function useLoaded<T>(key: string | undefined, load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [, redraw] = useReducer((turn: number) => turn + 1, 0)
  const state = useRef<{ key?: string; value?: T; failure?: Failure; again: number }>({ again: 0 })
  const now = state.current
  if (now.key !== key) {
    // The type of what is kept under a key is that of its loader.
    state.current = { key, value: key === undefined ? undefined : (kept.get(key) as T | undefined), again: 0 }
  }
  const { again } = state.current
  // Before the page is painted: an effect would wait for that.
  useLayoutEffect(() => {
    if (key === undefined) return
    const abort = new AbortController()
    load(abort.signal).then(
      value => {
        if (abort.signal.aborted) return
        keep(key, value)
        Object.assign(state.current, { value, failure: undefined })
        redraw(undefined)
      },
      error => {
        if (abort.signal.aborted) return
        state.current.failure = failureOf(error)
        redraw(undefined)
      },
    )
    return () => abort.abort()
  }, [key, again])
  const { value, failure } = state.current
  return {
    value,
    failure,
    reload() {
      state.current.again++
      redraw(undefined)
    },
  }
}

/** Loads again where the key, which says what the value depends on, is another than before. */
export function useReloadOn(key: string, reload: () => void): void {
  const before = useRef(key)
  useEffect(() => {
    if (before.current === key) return
    before.current = key
    reload()
  })
}
