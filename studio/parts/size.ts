/** The width of an element, as it changes. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks'

export function useWidth<T extends HTMLElement>(): { ref: { current: T | null }; width: number } {
  const ref = useRef<T>(null)
  const [width, setWidth] = useState(0)
  useLayoutEffect(() => {
    const element = ref.current
    if (!element) return
    setWidth(element.clientWidth)
    const observer = new ResizeObserver(() => setWidth(element.clientWidth))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  return { ref, width }
}
