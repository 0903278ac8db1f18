/** Long lists that scroll with the page: only what is near the window stands in the document. */
import { observeWindowOffset, observeWindowRect, Virtualizer, windowScroll } from '@tanstack/virtual-core'
import { useLayoutEffect, useReducer, useRef, useState } from 'preact/hooks'

export interface VirtualRows {
  /** goes to the element that holds the rows */
  anchor: { current: HTMLElement | null }
  /** `start` in pixels below the top of the anchor */
  rows: { index: number; start: number }[]
  /** pixels of all rows */
  total: number
  scrollTo(index: number): void
}

export function useVirtualRows(count: number, height: number, overscan = 8): VirtualRows {
  const [, redraw] = useReducer((turn: number) => turn + 1, 0)
  const anchor = useRef<HTMLElement>(null)
  const margin = useRef(0)
  const isThere = useRef(false)
  const options = {
    count,
    estimateSize: () => height,
    getScrollElement: () => window,
    observeElementRect: observeWindowRect,
    observeElementOffset: observeWindowOffset,
    // At first it would scroll to where the window is, which makes the browser lay the page out once more.
    scrollToFn: (...to: Parameters<typeof windowScroll<Window>>) => {
      if (isThere.current) windowScroll(...to)
    },
    initialRect: { width: window.innerWidth, height: window.innerHeight },
    initialOffset: () => window.scrollY,
    overscan,
    scrollMargin: margin.current,
    onChange: () => redraw(undefined),
  }
  const [virtual] = useState(() => new Virtualizer<Window, Element>(options))
  const before = useRef(height)
  virtual.setOptions(options)
  if (before.current !== height) {
    before.current = height
    virtual.measure()
  }
  useLayoutEffect(() => virtual._didMount(), [virtual])
  useLayoutEffect(() => {
    virtual._willUpdate()
    isThere.current = true
    const top = anchor.current ? anchor.current.getBoundingClientRect().top + window.scrollY : 0
    if (Math.abs(top - margin.current) > 1) {
      margin.current = top
      redraw(undefined)
    }
  })
  return {
    anchor,
    rows: virtual.getVirtualItems().map(({ index, start }) => ({ index, start: start - margin.current })),
    total: count * height,
    scrollTo: index => virtual.scrollToIndex(index, { align: 'auto' }),
  }
}
