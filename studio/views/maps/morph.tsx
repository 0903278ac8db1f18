/** One map becomes the next: by hand, in one go, or to and fro so fast that what differs jumps out. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { between, type Places } from '../../parts/dots/moving.ts'

/** Between maps: 0 is the first, 1 the second, and so on. */
export function placesAt(maps: readonly Places[], time: number): Places {
  const first = Math.min(maps.length - 1, Math.floor(time))
  const share = time - first
  return share === 0 || first + 1 >= maps.length ? maps[first] : between(maps[first], maps[first + 1], share)
}

/** Milliseconds from one map to the next, and that each stands while they flicker. */
const [way, stand] = [1600, 500]

export function Morph({
  count,
  time,
  change,
}: {
  count: number
  time: number
  change: (time: number) => void
}) {
  const [playing, play] = useState<'morph' | 'flicker' | undefined>()
  const now = useRef(time)
  now.current = time
  useEffect(() => {
    if (playing === 'flicker') {
      const timer = setInterval(() => change((Math.round(now.current) + 1) % count), stand)
      return () => clearInterval(timer)
    }
    if (playing !== 'morph') return
    let frame = 0
    let before = performance.now()
    let sign = now.current >= count - 1 ? -1 : 1
    const step = (at: number) => {
      const next = now.current + (sign * Math.max(0, at - before)) / way
      before = at
      if (next >= count - 1 || next <= 0) sign = -sign
      change(Math.max(0, Math.min(count - 1, next)))
      frame = requestAnimationFrame(step)
    }
    frame = requestAnimationFrame(step)
    return () => cancelAnimationFrame(frame)
  }, [playing, count])
  const toggle = (name: 'morph' | 'flicker') => play(playing === name ? undefined : name)
  return (
    <div class="epoch-slider">
      <button
        type="button"
        class="button small"
        aria-pressed={playing === 'morph'}
        onClick={() => toggle('morph')}
      >
        {playing === 'morph' ? 'Pause' : 'Play'}
      </button>
      <button
        type="button"
        class="button small"
        aria-pressed={playing === 'flicker'}
        onClick={() => toggle('flicker')}
      >
        Flicker
      </button>
      <input
        type="range"
        aria-label="from the first map to the last"
        min="0"
        max={count - 1}
        step="0.01"
        value={time}
        onInput={event => {
          play(undefined)
          change(Number(event.currentTarget.value))
        }}
      />
    </div>
  )
}
