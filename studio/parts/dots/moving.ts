/** Dots that go from one place to the next in a moment, so that the eye can follow. */
import { useEffect, useRef, useState } from 'preact/hooks'

export interface Places {
  x: Float32Array
  y: Float32Array
}

/** Milliseconds on the way. */
const way = 240

/** @returns where the dots are now, on their way to `target` */
export function useMoving(target: Places): Places {
  const shown = useRef(target)
  const [place, setPlace] = useState<Places>(target)
  const now = useRef(place)
  now.current = place
  useEffect(() => {
    if (shown.current === target) return
    shown.current = target
    const from = now.current
    const isStill =
      matchMedia('(prefers-reduced-motion: reduce)').matches || from.x.length !== target.x.length
    if (isStill) {
      setPlace(target)
      return
    }
    const began = performance.now()
    let next = 0
    const step = (time: number) => {
      const share = Math.min(1, Math.max(0, time - began) / way)
      setPlace(share === 1 ? target : between(from, target, share * (2 - share)))
      if (share < 1) next = requestAnimationFrame(step)
    }
    next = requestAnimationFrame(step)
    return () => cancelAnimationFrame(next)
  }, [target])
  // Another set of dots has its own places at once.
  return place.x.length === target.x.length ? place : target
}

export function between(from: Places, to: Places, share: number): Places {
  const mix = (a: Float32Array, b: Float32Array) => {
    const mixed = new Float32Array(a.length)
    for (let at = 0; at < a.length; at++) mixed[at] = a[at] + share * (b[at] - a[at])
    return mixed
  }
  return { x: mix(from.x, to.x), y: mix(from.y, to.y) }
}
