/** Motion of dots from one place to the next. */

/** A share of the way as the eye likes it: slow at both ends. */
export const eased = (share: number): number => share * share * (3 - 2 * share)

/**
 * Calls `step` before every frame with the milliseconds since the last, until it returns false or what is returned here
 * is called.
 */
export function everyFrame(step: (elapsed: number) => boolean): () => void {
  let before = performance.now()
  let stopped = false
  const frame = (now: number) => {
    if (stopped) return
    // A frame's time may lie before the click that began it.
    const elapsed = Math.max(0, now - before)
    before = now
    if (step(elapsed)) requestAnimationFrame(frame)
  }
  requestAnimationFrame(frame)
  return () => {
    stopped = true
  }
}
