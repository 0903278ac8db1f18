/** One slider over the epochs of a run, or other steps of a kind: drag, play, or the arrow keys. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { IconButton } from './icons.tsx'

/** Milliseconds for each epoch while it plays. */
const pace = 500

export function EpochSlider({
  epochs,
  at,
  change,
  word = 'epoch',
  each = pace,
}: {
  epochs: readonly number[]
  at: number
  change: (at: number) => void
  /** what they are called */
  word?: string
  /** milliseconds for each while it plays */
  each?: number
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
    }, each)
    return () => clearInterval(timer)
  }, [isPlaying, epochs.length, each])
  const toggle = () => {
    if (!isPlaying && at === epochs.length - 1) change(0)
    play(!isPlaying)
  }
  return (
    <div class="epoch-slider">
      <IconButton
        name={isPlaying ? 'pause' : 'play'}
        label={isPlaying ? 'pause' : `play the ${word}s`}
        onClick={toggle}
        pressed={isPlaying}
      />
      <IconButton
        name="left"
        label={`the ${word} before`}
        onClick={() => change(Math.max(0, at - 1))}
        disabled={at === 0}
      />
      <input
        type="range"
        aria-label={word}
        min="0"
        max={epochs.length - 1}
        value={at}
        aria-valuetext={`${word} ${epochs[at]}`}
        onInput={event => {
          play(false)
          change(Number(event.currentTarget.value))
        }}
      />
      <IconButton
        name="right"
        label={`the next ${word}`}
        onClick={() => change(Math.min(epochs.length - 1, at + 1))}
        disabled={at === epochs.length - 1}
      />
      <output>
        {word} {epochs[at]}
      </output>
    </div>
  )
}
