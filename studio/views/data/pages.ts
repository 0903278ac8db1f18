/** Images of a data set by their place, asked for in pages as they come into sight. */
import { useCallback, useEffect, useReducer, useRef } from 'preact/hooks'
import type { DataImage } from '../../../src/server/api.ts'
import { client } from '../../client.ts'
import { type Failure, failureOf } from '../../failure.ts'

export const pageSize = 200
/** Pages that are kept: some thousand images around where one is. */
const mostPages = 40

export interface ImagePages {
  total?: number
  failure?: Failure
  at(index: number): DataImage | undefined
  /** another function where something else is shown: what is in sight is then to be wanted again */
  want(first: number, last: number): void
}

/** @param ask what to show: data, class, split, tag, search */
export function useImagePages(ask: Readonly<Record<string, string | undefined>>): ImagePages {
  const [, redraw] = useReducer((turn: number) => turn + 1, 0)
  const key = JSON.stringify(ask)
  const state = useRef({
    key: '',
    pages: new Map<number, DataImage[]>(),
    asked: new Set<number>(),
    total: undefined as number | undefined,
    failure: undefined as Failure | undefined,
    abort: new AbortController(),
  })
  if (state.current.key !== key) {
    state.current.abort.abort()
    state.current = {
      key,
      pages: new Map(),
      asked: new Set(),
      // Until the new number is known the old one keeps the page's height.
      total: state.current.total,
      failure: undefined,
      abort: new AbortController(),
    }
  }
  const load = (page: number) => {
    const mine = state.current
    if (mine.asked.has(page)) return
    mine.asked.add(page)
    client.images({ ...ask, offset: page * pageSize, count: pageSize }, mine.abort.signal).then(
      ({ total, images }) => {
        mine.total = total
        mine.pages.set(page, images)
        for (const oldest of mine.pages.keys()) {
          if (mine.pages.size <= mostPages) break
          mine.pages.delete(oldest)
          mine.asked.delete(oldest)
        }
        if (state.current === mine) redraw(undefined)
      },
      error => {
        mine.asked.delete(page)
        if (mine.abort.signal.aborted) return
        mine.failure = failureOf(error)
        redraw(undefined)
      },
    )
  }
  useEffect(() => load(0), [key])
  useEffect(() => () => state.current.abort.abort(), [])
  const want = useCallback(
    (first: number, last: number) => {
      for (let page = Math.floor(first / pageSize); page <= Math.floor(last / pageSize); page++) load(page)
    },
    [key],
  )
  return {
    total: state.current.total,
    failure: state.current.failure,
    at: index => state.current.pages.get(Math.floor(index / pageSize))?.[index % pageSize],
    want,
  }
}
