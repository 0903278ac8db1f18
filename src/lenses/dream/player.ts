/** The zoom on the page: frames that play, and stop at any. */
import type { Live } from '../../figures/report.ts'

interface Frames {
  /** data URIs */
  frames: string[]
  /** frames shown in a second */
  rate: number
}

export const zoomPlayer = (frames: string[], rate: number): Live => ({
  kind: 'live',
  markup: `<img alt="the zoom" style="display:block;max-width:100%;border-radius:8px" src="${frames[0]}"><p style="display:flex;gap:12px;align-items:center"><button type="button">Play</button><input type="range" min="0" max="${frames.length - 1}" value="0" aria-label="frame" style="flex:1;max-width:420px"><output>1</output> of ${frames.length}</p>`,
  data: { frames, rate } satisfies Frames,
  script: playFrames.toString(),
})

/** Runs in the page, and so refers to nothing outside itself. */
function playFrames(figure: HTMLElement, { frames, rate }: Frames): void {
  const picture = figure.querySelector('img')!
  const button = figure.querySelector('button')!
  const slider = figure.querySelector('input')!
  const count = figure.querySelector('output')!
  let timer: ReturnType<typeof setInterval> | undefined
  const show = (index: number) => {
    slider.value = String(index)
    picture.src = frames[index]
    count.textContent = String(index + 1)
  }
  const stop = () => {
    clearInterval(timer)
    timer = undefined
    button.textContent = 'Play'
  }
  button.addEventListener('click', () => {
    if (timer !== undefined) return stop()
    if (Number(slider.value) === frames.length - 1) show(0)
    button.textContent = 'Stop'
    timer = setInterval(() => {
      const next = Number(slider.value) + 1
      if (next < frames.length) show(next)
      else stop()
    }, 1000 / rate)
  })
  slider.addEventListener('input', () => {
    stop()
    show(Number(slider.value))
  })
}
