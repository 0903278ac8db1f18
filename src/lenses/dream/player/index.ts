/** The zoom on a page: frames that play, and stop at any. Bundled by scripts/build-players.js. */

export interface Frames {
  /** data URIs */
  frames: string[]
  /** frames shown in a second */
  rate: number
}

export default function play(figure: HTMLElement, { frames, rate }: Frames): void {
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
