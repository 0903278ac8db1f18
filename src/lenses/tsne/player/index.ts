/** The maps on a page: linked pointing and lasso, zoom with images, flicker and morph. Bundled by scripts/build-players.js. */
import { showCard } from '../../page/player/card.ts'
import { everyFrame } from '../../page/player/motion.ts'
import { type Parts, partsOf } from '../../page/player/parts.ts'
import { openItems, openPanels, type Panel, type Scene } from './maps.ts'
import type { PackedMaps } from './packed.ts'
import { type PaintOptions, paintMarks, paintPanel } from './painting.ts'
import { itemsInside, itemUnder, pointOf, zoom } from './pointing.ts'
import { cardOf, selectionOf } from './words.ts'

/** Closer than this, images appear by themselves. */
const close = 0.35

export default function play(figure: HTMLElement, data: PackedMaps): void {
  const parts = partsOf(figure, 'maps')
  const { find, control } = parts
  const items = openItems(data)
  const panels = openPanels(figure, data, items.count)
  const stops = Math.max(...panels.map(({ maps }) => maps.length))
  const scene: Scene = { view: { x: 0, y: 0, width: 1 }, time: stops - 1, pointed: -1 }

  const paint = (some: readonly Panel[]) => {
    const options = paintOptionsOf(parts)
    for (const panel of some) paintPanel(panel, items, scene, options)
  }
  const paintAll = () => paint(panels)
  const buttons = figure.querySelectorAll<HTMLElement>('.maps-legend button')
  const card = find('card')

  function select(chosen: ReadonlySet<number> | undefined): void {
    scene.selected = chosen?.size ? chosen : undefined
    for (const button of buttons) button.setAttribute('aria-pressed', 'false')
    const strip = find('selection')
    strip.hidden = !scene.selected
    if (scene.selected) strip.replaceChildren(...selectionOf(scene.selected, items))
    paintAll()
  }

  for (const panel of panels)
    followPointer(panel, scene, {
      paintAll,
      select,
      point(item, event) {
        scene.pointed = item
        if (item < 0) card.hidden = true
        else {
          card.replaceChildren(...cardOf(item, items))
          showCard(card, figure, event)
        }
        for (const each of panels) paintMarks(each, scene)
      },
      lasso() {
        card.hidden = true
        paintMarks(panel, scene)
      },
      zoomed(before) {
        if (items.atlas && scene.view.width < close && before >= close) control('pictures').checked = true
        paintAll()
      },
    })
  if (stops > 1)
    connectMotion(parts, scene, stops - 1, () => paint(panels.filter(({ maps }) => maps.length > 1)))
  for (const name of ['colour', 'pictures', 'names']) parts.maybe(name)?.addEventListener('change', paintAll)
  find('whole').addEventListener('click', () => {
    scene.view = { x: 0, y: 0, width: 1 }
    paintAll()
  })
  for (const button of buttons)
    button.addEventListener('click', () => {
      const index = Number(button.dataset.class)
      const again = button.getAttribute('aria-pressed') === 'true'
      const members = Array.from(items.label.keys()).filter(i => items.label[i] === index)
      select(again ? undefined : new Set(members))
      button.setAttribute('aria-pressed', String(!again))
    })
  window.addEventListener('resize', paintAll)
  if (items.atlas) {
    items.atlas.image.addEventListener('load', paintAll)
    items.atlas.image.src = items.atlas.address
  }
  paintAll()
}

function paintOptionsOf({ control, maybe }: Parts): PaintOptions {
  const by = control('colour').value
  return {
    colour: by === 'moved' || by === 'changed' ? by : 'class',
    pictures: control('pictures').checked,
    names: maybe<HTMLInputElement>('names')?.checked ?? false,
  }
}

interface PointerEffects {
  paintAll(): void
  /** an item is under the pointer; -1 for none */
  point(item: number, event: MouseEvent): void
  /** the lasso has grown */
  lasso(): void
  select(chosen: ReadonlySet<number> | undefined): void
  /** @param before width of the view before */
  zoomed(before: number): void
}

/** Pointing; a lasso by dragging; moving by dragging with shift; zooming by the wheel. */
function followPointer(panel: Panel, scene: Scene, effects: PointerEffects): void {
  const { canvas } = panel
  let dragged: [number, number] | undefined
  canvas.addEventListener('pointerdown', event => {
    canvas.setPointerCapture(event.pointerId)
    if (event.shiftKey) dragged = pointOf(panel, scene, event)
    else scene.lasso = { panel, path: [pointOf(panel, scene, event)] }
  })
  canvas.addEventListener('pointermove', event => {
    if (dragged) {
      const [x, y] = pointOf(panel, scene, event)
      scene.view.x += dragged[0] - x
      scene.view.y += dragged[1] - y
      effects.paintAll()
    } else if (scene.lasso) {
      scene.lasso.path.push(pointOf(panel, scene, event))
      effects.lasso()
    } else effects.point(itemUnder(panel, scene, event), event)
  })
  canvas.addEventListener('pointerup', () => {
    dragged = undefined
    const path = scene.lasso?.path ?? []
    scene.lasso = undefined
    effects.select(path.length < 4 ? undefined : itemsInside(panel, path))
  })
  canvas.addEventListener('pointerleave', event => effects.point(-1, event))
  const wheel = (event: WheelEvent) => {
    event.preventDefault()
    const before = scene.view.width
    zoom(scene, pointOf(panel, scene, event), 1.0015 ** event.deltaY)
    effects.zoomed(before)
  }
  canvas.addEventListener('wheel', wheel, { passive: false })
}

/** In milliseconds: how long a map stands while they flicker, and how long the way to the next takes. */
const standing = 700
const morphing = 1400

/** The slider from the first map to the last, and the buttons that move it. */
function connectMotion({ find, control }: Parts, scene: Scene, last: number, paintMoving: () => void): void {
  const buttons = { play: find('play'), flicker: find('flicker') }
  type How = keyof typeof buttons
  let moving: How | undefined
  let stop = () => {}
  const show = () => {
    paintMoving()
    control('time').value = String(scene.time)
  }
  const steps: Record<How, () => (elapsed: number) => boolean> = {
    play() {
      if (scene.time >= last) scene.time = 0
      return elapsed => {
        scene.time = Math.min(last, scene.time + elapsed / morphing)
        show()
        const ended = scene.time >= last
        if (ended) move(undefined)
        return !ended
      }
    },
    flicker() {
      let waited = 0
      return elapsed => {
        waited += elapsed
        if (waited > standing) {
          waited = 0
          scene.time = scene.time >= last ? 0 : Math.floor(scene.time) + 1
          show()
        }
        return true
      }
    },
  }
  function move(how: How | undefined): void {
    stop()
    moving = how
    buttons.play.setAttribute('aria-pressed', String(how === 'play'))
    buttons.flicker.setAttribute('aria-pressed', String(how === 'flicker'))
    if (how) stop = everyFrame(steps[how]())
  }
  for (const how of ['play', 'flicker'] as const)
    buttons[how].addEventListener('click', () => move(moving === how ? undefined : how))
  control('time').addEventListener('input', () => {
    move(undefined)
    scene.time = Number(control('time').value)
    show()
  })
}
