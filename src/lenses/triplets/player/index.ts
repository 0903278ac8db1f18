/** The player of the film, for a page. Bundled by scripts/build-players.js. */
import { showCard } from '../../page/player/card.ts'
import { everyFrame } from '../../page/player/motion.ts'
import { type Parts, partsOf } from '../../page/player/parts.ts'
import type { PackedFilm } from './packed.ts'
import { paintPanel } from './painting.ts'
import { type Album, epochAt, openPanels, type Panel, placeDots } from './panels.ts'
import { dotUnder, tripletPortraits } from './pointing.ts'

/** What is to be seen. */
interface Scene {
  /** 0 is the first epoch, 1 the second */
  time: number
  /** the image whose dots are marked, and whether it stays so when the pointer leaves */
  marked?: { album: Album; image: number; pinned: boolean }
}

export default function play(figure: HTMLElement, film: PackedFilm): void {
  const parts = partsOf(figure, 'film')
  const panels = openPanels(figure, film)
  const epochs = panels.reduce((a, b) => (b.epochs.length > a.epochs.length ? b : a)).epochs
  const scene: Scene = { time: Number(parts.control('time').value) }

  function draw(): void {
    const density = parts.control('mode').value === 'density'
    const byClass = parts.control('colour').value === 'class'
    for (const panel of panels) {
      placeDots(panel, scene.time, film)
      const marked = scene.marked?.album === panel.album ? scene.marked.image : undefined
      paintPanel(panel, film, { density, byClass, marked })
      panel.line.textContent = wordsOf(panel, epochAt(panel, scene.time))
    }
    const epoch = epochs[Math.round(scene.time)]
    parts.find('epoch').textContent = `epoch ${epoch} of ${epochs[epochs.length - 1]}`
    const slider = parts.control('time')
    slider.value = String(Math.round(scene.time))
    slider.setAttribute('aria-valuetext', `epoch ${epoch}`)
  }

  const card = parts.find('card')
  for (const panel of panels)
    followPointer(panel, film, scene, {
      mark(dot, event) {
        if (dot < 0) card.hidden = true
        else {
          card.replaceChildren(...tripletPortraits(panel, dot, scene.time, film))
          showCard(card, figure, event)
        }
        draw()
      },
    })
  connectTime(parts, scene, epochs.length - 1, draw)
  for (const name of ['mode', 'colour']) parts.control(name).addEventListener('change', draw)
  parts.control('field').addEventListener('change', () => {
    for (const group of figure.querySelectorAll<SVGElement>('[data-field]'))
      group.style.display = group.dataset.field === parts.control('field').value ? '' : 'none'
  })
  window.addEventListener('resize', draw)
  draw()
}

const wordsOf = ({ share, epochs, distance }: Panel, epoch: number): string =>
  `epoch ${epochs[epoch]}: ${(100 * share[epoch]).toFixed(1)} % right of the diagonal = recall at 1, distance ${distance[epoch].toFixed(3)}`

/** Marks the dot under the pointer, or none (-1); a click pins it. */
function followPointer(
  panel: Panel,
  film: PackedFilm,
  scene: Scene,
  { mark }: { mark(dot: number, event: MouseEvent): void },
): void {
  const { canvas, album, anchor } = panel
  const markUnder = (event: MouseEvent, pinned: boolean) => {
    const dot = dotUnder(panel, event, film)
    scene.marked = dot < 0 ? undefined : { album, image: anchor[dot], pinned }
    mark(dot, event)
  }
  canvas.addEventListener('pointermove', event => {
    if (!scene.marked?.pinned && !event.buttons) markUnder(event, false)
  })
  canvas.addEventListener('pointerleave', event => {
    if (!scene.marked || scene.marked.pinned) return
    scene.marked = undefined
    mark(-1, event)
  })
  canvas.addEventListener('click', event => markUnder(event, true))
}

/** The slider, and the button that plays from the first epoch to the last. */
function connectTime({ find, control }: Parts, scene: Scene, last: number, draw: () => void): void {
  const button = find('play')
  let stop: (() => void) | undefined
  const pause = () => {
    stop?.()
    stop = undefined
    button.textContent = 'Play'
  }
  const start = () => {
    if (scene.time >= last) scene.time = 0
    button.textContent = 'Pause'
    stop = everyFrame(elapsed => {
      scene.time = Math.min(last, scene.time + (elapsed / 1000) * Number(control('speed').value))
      const ended = scene.time >= last
      if (ended) pause()
      draw()
      return !ended
    })
  }
  button.addEventListener('click', () => {
    if (stop) {
      pause()
      scene.time = Math.round(scene.time)
    } else start()
    draw()
  })
  control('time').addEventListener('input', () => {
    pause()
    scene.time = Number(control('time').value)
    draw()
  })
}
