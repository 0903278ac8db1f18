/** The maps on a page: linked pointing and lasso, zoom with images, flicker and morph. */
import type { MapPainter, PackedMaps } from './painter.ts'

export function playMaps(figure: HTMLElement, data: PackedMaps, painter: MapPainter): void {
  const { panels, scene, stops, label, shares, missing, find, control, portrait, paint, overlay } = painter
  type Panel = (typeof panels)[number]
  let moving: 'play' | 'flicker' | undefined
  let before = 0

  const paintAll = () => panels.forEach(paint)
  const overlayAll = () => panels.forEach(overlay)
  const paintMoving = () => {
    for (const panel of panels) if (panel.maps.length > 1) paint(panel)
    if (stops > 1) control('time').value = String(scene.time)
  }

  const card = find<HTMLElement>('card')
  function showCard(i: number, event: MouseEvent): void {
    const line = (tag: string, text: string) => {
      const element = document.createElement(tag)
      element.textContent = text
      return element
    }
    const known = (share: number) => share !== 255
    card.replaceChildren(
      portrait(i, 112),
      line('b', label[i] === missing ? `point ${i + 1}` : data.classes[label[i]]),
    )
    if (data.paths[i]) card.append(line('small', data.paths[i]))
    if (data.moved && known(shares.moved[i]))
      card.append(line('i', `lies ${((shares.moved[i] / 254) * data.movedMost).toFixed(1)} apart`))
    if (data.changed && known(shares.changed[i]))
      card.append(line('i', `${Math.round((100 * shares.changed[i]) / 254)} % other neighbours`))
    card.hidden = false
    const box = figure.getBoundingClientRect()
    const left = event.clientX - box.left + 18
    card.style.left = `${left + card.offsetWidth > box.width ? left - card.offsetWidth - 36 : left}px`
    const below = event.clientY - box.top + 18
    const fits = event.clientY + card.offsetHeight + 24 < window.innerHeight
    card.style.top = `${fits ? below : below - card.offsetHeight - 36}px`
  }

  function showSelection(): void {
    const strip = find<HTMLElement>('selection')
    strip.hidden = !scene.selected
    if (!scene.selected) return
    const all = [...scene.selected].sort((a, b) => label[a] - label[b])
    const most = 72
    const classes = new Map<string, number>()
    for (const i of all) {
      const name = label[i] === missing ? 'no label' : data.classes[label[i]]
      classes.set(name, (classes.get(name) ?? 0) + 1)
    }
    const words = document.createElement('p')
    const told = [...classes].sort(([, a], [, b]) => b - a)
    words.textContent = `${all.length} points: ${told
      .slice(0, 8)
      .map(([name, n]) => `${name} ${n}`)
      .join(
        ', ',
      )}${told.length > 8 ? `, and ${told.length - 8} other classes` : ''}${data.atlas && all.length > most ? `; showing ${most} of them` : ''}`
    strip.replaceChildren(words)
    if (data.atlas)
      for (const i of all.slice(0, most)) {
        const shown = portrait(i, 52)
        shown.title = data.paths[i]
        strip.append(shown)
      }
  }

  /** 0..1 over the shared limits. */
  const pointOf = (panel: Panel, event: MouseEvent): [number, number] => {
    const box = panel.canvas.getBoundingClientRect()
    return [
      scene.view.x + ((event.clientX - box.left) / box.width) * scene.view.width,
      scene.view.y + ((event.clientY - box.top) / box.height) * scene.view.width,
    ]
  }

  function itemUnder(panel: Panel, event: MouseEvent): number {
    const [x, y] = pointOf(panel, event)
    let nearest = (14 / panel.canvas.clientWidth) * scene.view.width
    let found = -1
    for (let i = 0; i < label.length; i++) {
      const distance = Math.hypot(panel.at[2 * i] - x, panel.at[2 * i + 1] - y)
      if (distance < nearest) {
        nearest = distance
        found = i
      }
    }
    return found
  }

  function isInside(x: number, y: number, path: readonly [number, number][]): boolean {
    let inside = false
    for (let a = 0, b = path.length - 1; a < path.length; b = a++) {
      const [ax, ay] = path[a]
      const [bx, by] = path[b]
      if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside
    }
    return inside
  }

  function select(items: Set<number> | undefined): void {
    scene.selected = items?.size ? items : undefined
    for (const button of figure.querySelectorAll('.maps-legend button'))
      button.setAttribute('aria-pressed', 'false')
    showSelection()
    paintAll()
  }

  for (const panel of panels) {
    const { canvas } = panel
    let dragged: [number, number] | undefined
    canvas.addEventListener('pointerdown', event => {
      canvas.setPointerCapture(event.pointerId)
      if (event.shiftKey) dragged = pointOf(panel, event)
      else scene.lasso = { panel, path: [pointOf(panel, event)] }
    })
    canvas.addEventListener('pointermove', event => {
      if (dragged) {
        const [x, y] = pointOf(panel, event)
        scene.view.x += dragged[0] - x
        scene.view.y += dragged[1] - y
        paintAll()
        return
      }
      if (scene.lasso) {
        scene.lasso.path.push(pointOf(panel, event))
        card.hidden = true
        overlay(panel)
        return
      }
      scene.pointed = itemUnder(panel, event)
      if (scene.pointed < 0) card.hidden = true
      else showCard(scene.pointed, event)
      overlayAll()
    })
    canvas.addEventListener('pointerup', () => {
      dragged = undefined
      const path = scene.lasso?.path ?? []
      scene.lasso = undefined
      if (path.length < 4) return select(undefined)
      const inside = new Set<number>()
      for (let i = 0; i < label.length; i++)
        if (isInside(panel.at[2 * i], panel.at[2 * i + 1], path)) inside.add(i)
      select(inside)
    })
    canvas.addEventListener('pointerleave', () => {
      scene.pointed = -1
      card.hidden = true
      overlayAll()
    })
    canvas.addEventListener(
      'wheel',
      event => {
        event.preventDefault()
        const [x, y] = pointOf(panel, event)
        const width = Math.min(1, Math.max(0.01, scene.view.width * 1.0015 ** event.deltaY))
        scene.view.x = x - ((x - scene.view.x) * width) / scene.view.width
        scene.view.y = y - ((y - scene.view.y) * width) / scene.view.width
        if (width === 1) scene.view.x = scene.view.y = 0
        // Images appear by themselves where the eye comes close.
        if (data.atlas && width < 0.35 && scene.view.width >= 0.35) control('pictures').checked = true
        scene.view.width = width
        paintAll()
      },
      { passive: false },
    )
  }

  function step(now: number): void {
    if (!moving) return
    if (moving === 'flicker') {
      if (now - before > 700) {
        before = now
        scene.time = scene.time >= stops - 1 ? 0 : Math.floor(scene.time) + 1
        paintMoving()
      }
    } else {
      // A frame's time may lie before the click that began it.
      scene.time = Math.min(stops - 1, scene.time + Math.max(0, now - before) / 1400)
      before = now
      paintMoving()
      if (scene.time >= stops - 1) move(undefined)
    }
    if (moving) requestAnimationFrame(step)
  }

  function move(how: typeof moving): void {
    moving = how
    for (const name of ['play', 'flicker'] as const)
      find(name)?.setAttribute('aria-pressed', String(moving === name))
    if (!how) return
    if (how === 'play' && scene.time >= stops - 1) scene.time = 0
    before = performance.now()
    requestAnimationFrame(step)
  }

  if (stops > 1) {
    for (const name of ['play', 'flicker'] as const)
      find(name).addEventListener('click', () => move(moving === name ? undefined : name))
    control('time').addEventListener('input', () => {
      move(undefined)
      scene.time = Number(control('time').value)
      paintMoving()
    })
  }
  for (const name of ['colour', 'pictures', 'names']) control(name)?.addEventListener('change', paintAll)
  find('whole').addEventListener('click', () => {
    Object.assign(scene.view, { x: 0, y: 0, width: 1 })
    paintAll()
  })
  for (const button of figure.querySelectorAll<HTMLElement>('.maps-legend button'))
    button.addEventListener('click', () => {
      const index = Number(button.dataset.class)
      const again = button.getAttribute('aria-pressed') === 'true'
      select(again ? undefined : new Set(Array.from(label.keys()).filter(i => label[i] === index)))
      button.setAttribute('aria-pressed', String(!again))
    })
  window.addEventListener('resize', paintAll)
  paintAll()
}
