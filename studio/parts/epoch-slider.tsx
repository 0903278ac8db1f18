/** One slider over the epochs of a run: drag, play, or the arrow keys. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { IconButton } from './icons.tsx'

/** Milliseconds for each epoch while it plays. */
const pace = 500

export function EpochSlider({
  epochs,
  at,
  change,
}: {
  epochs: readonly number[]
  at: number
  change: (at: number) => void
}) {
  const [isPlaying, play] = useState(false)
  const now = useRef({ at, change })
  now.current = { at, change }
  useEffect(() => {
    if (!isPlaying) return
    const timer = setInterval(() => {
      const next = now.current.at + 1
      if (next >= epochs.length) play(false)
      else now.current.change(next)
    }, pace)
    return () => clearInterval(timer)
  }, [isPlaying, epochs.length])
  const toggle = () => {
    if (!isPlaying && at === epochs.length - 1) change(0)
    play(!isPlaying)
  }
  return (
    <div class="epoch-slider">
      <IconButton
        name={isPlaying ? 'pause' : 'play'}
        label={isPlaying ? 'pause' : 'play the epochs'}
        onClick={toggle}
        pressed={isPlaying}
      />
      <IconButton
        name="left"
        label="the epoch before"
        onClick={() => change(Math.max(0, at - 1))}
        disabled={at === 0}
      />
      <input
        type="range"
        aria-label="epoch"
        min="0"
        max={epochs.length - 1}
        value={at}
        aria-valuetext={`epoch ${epochs[at]}`}
        onInput={event => {
          play(false)
          change(Number(event.currentTarget.value))
        }}
      />
      <IconButton
        name="right"
        label="the next epoch"
        onClick={() => change(Math.min(epochs.length - 1, at + 1))}
        disabled={at === epochs.length - 1}
      />
      <output>epoch {epochs[at]}</output>
    </div>
  )
}
