/**
 * The maps on a page: linked pointing and lasso, zoom with pictures, colours by class or by difference, flicker
 * and morph. The source of `playMaps` is put into the page as it stands, so it may use nothing from outside
 * itself but what a browser has; types are fine, they are gone by then.
 */

/** One map: the place of every item that the page carries, quantised over the shared limits; 65535 where it is missing. */
export interface PackedMap {
  name: string
  /** items x u16, in base64 */
  x: string
  y: string
}

export interface PackedMaps {
  /** a panel with several maps moves from one to the next */
  panels: { title: string; maps: PackedMap[] }[]
  classes: string[]
  /** per item: u16 place of its class, 65535 for none */
  label: string
  paths: string[]
  /** per item: u8 shares, 255 for unknown; absent where there is nothing to compare */
  moved?: string
  changed?: string
  /** what a share of 1 is in `moved`, in units of the map */
  movedMost: number
  colours: { classes: string[]; scale: string }
  /** one WebP of square tiles, `across` in a row, in base64; `tile` is the place of each item's picture, 65535 for none */
  atlas?: { image: string; across: number; side: number; tile: string }
}

export function playMaps(figure: HTMLElement, data: PackedMaps): void {
  const missing = 65535
  const find = <E extends Element>(name: string) => figure.querySelector<E>(`[data-maps="${name}"]`)!
  const bytes = (text: string) => Uint8Array.from(atob(text), letter => letter.charCodeAt(0))
  const words = (text: string) => new Uint16Array(bytes(text).buffer)
  const label = words(data.label)
  const count = label.length
  const shares = { moved: bytes(data.moved ?? ''), changed: bytes(data.changed ?? '') }
  const scale = bytes(data.colours.scale)
  const tile = data.atlas ? words(data.atlas.tile) : undefined
  const picture = new Image()
  const pictureUrl =
    data.atlas && URL.createObjectURL(new Blob([bytes(data.atlas.image)], { type: 'image/webp' }))
  const panels = data.panels.map(({ title, maps }, index) => ({
    title,
    maps: maps.map(({ name, x, y }) => ({ name, x: words(x), y: words(y) })),
    canvas: figure.querySelectorAll('canvas')[index],
    line: figure.querySelectorAll('.maps-line')[index],
    /** the dots without the marks, so that pointing costs no redrawing */
    base: document.createElement('canvas'),
    /** of every item, 0..1 over the shared limits, NaN where it is missing */
    at: new Float32Array(2 * count),
  }))
  type Panel = (typeof panels)[number]
  const stops = Math.max(...panels.map(({ maps }) => maps.length))
  /** what the panels show of the shared limits */
  const view = { x: 0, y: 0, width: 1 }
  let time = stops - 1
  let pointed = -1
  let selected: Set<number> | undefined
  let lasso: { panel: Panel; path: [number, number][] } | undefined
  let moving: 'play' | 'flicker' | undefined
  let before = 0

  const control = (name: string) => find<HTMLInputElement & HTMLSelectElement>(name)

  function place(panel: Panel): void {
    const from = Math.min(panel.maps.length - 1, Math.floor(time))
    const to = Math.min(panel.maps.length - 1, from + 1)
    const share = Math.min(1, time - from)
    const eased = share * share * (3 - 2 * share)
    const [a, b] = [panel.maps[from], panel.maps[to]]
    for (let i = 0; i < count; i++) {
      // An item that one of both maps lacks is shown where the other has it.
      const start = a.x[i] === missing ? b : a
      const end = b.x[i] === missing ? a : b
      const known =
        start.x[i] !== missing && (a.x[i] !== missing || share > 0.5) && (b.x[i] !== missing || share <= 0.5)
      panel.at[2 * i] = known ? (start.x[i] + (end.x[i] - start.x[i]) * eased) / 65534 : Number.NaN
      panel.at[2 * i + 1] = known ? (start.y[i] + (end.y[i] - start.y[i]) * eased) / 65534 : Number.NaN
    }
    const shown = panel.maps[Math.min(panel.maps.length - 1, Math.round(time))]
    panel.line.textContent = shown.name
  }

  const pixelX = (value: number, side: number) => ((value - view.x) / view.width) * side
  const pixelY = (value: number, side: number) => ((value - view.y) / view.width) * side

  function colourOf(i: number): string {
    const by = control('colour').value
    if (by === 'class')
      return label[i] === missing ? '#888' : data.colours.classes[label[i] % data.colours.classes.length]
    const share = shares[by as 'moved' | 'changed'][i]
    return share === 255 ? '#ddd' : `rgb(${scale[3 * share]},${scale[3 * share + 1]},${scale[3 * share + 2]})`
  }

  /** Circle, square, triangle, diamond: colours repeat after ten classes, shapes tell these apart. */
  function mark(
    context: CanvasRenderingContext2D,
    x: number,
    y: number,
    radius: number,
    shape: number,
  ): void {
    if (shape === 0) {
      context.moveTo(x + radius, y)
      context.arc(x, y, radius, 0, 7)
    } else if (shape === 1) context.rect(x - 0.88 * radius, y - 0.88 * radius, 1.76 * radius, 1.76 * radius)
    else {
      const corners = shape === 2 ? [0, -1.25, 1.1, 0.8, -1.1, 0.8] : [0, -1.3, 1.1, 0, 0, 1.3, -1.1, 0]
      for (let c = 0; c < corners.length; c += 2)
        context[c ? 'lineTo' : 'moveTo'](x + radius * corners[c], y + radius * corners[c + 1])
      context.closePath()
    }
  }

  const radius = () => {
    const visible = count * view.width * view.width
    return visible > 20000 ? 1.1 : visible > 6000 ? 1.6 : visible > 1500 ? 2.2 : visible > 300 ? 3.2 : 4.2
  }

  function paint(panel: Panel): void {
    place(panel)
    const { canvas, base, at } = panel
    const ratio = window.devicePixelRatio || 1
    const side = Math.round(canvas.clientWidth * ratio)
    base.width = base.height = canvas.width = canvas.height = side
    const context = base.getContext('2d')!
    context.fillStyle = '#fff'
    context.fillRect(0, 0, side, side)
    const groups = new Map<string, number[]>()
    for (let i = 0; i < count; i++) {
      if (Number.isNaN(at[2 * i])) continue
      const key = selected && !selected.has(i) ? '' : colourOf(i)
      const group = groups.get(key)
      if (group) group.push(i)
      else groups.set(key, [i])
    }
    const size = radius() * ratio
    const shaped = control('colour').value === 'class' && size > 2 * ratio
    for (const [colour, group] of [...groups].sort(([a], [b]) => a.length - b.length)) {
      context.fillStyle = colour || '#c9cfd4'
      context.globalAlpha = colour ? 0.85 : 0.35
      context.beginPath()
      for (const i of group) {
        const [x, y] = [pixelX(at[2 * i], side), pixelY(at[2 * i + 1], side)]
        if (x < -size || y < -size || x > side + size || y > side + size) continue
        if (size < 1.5) context.rect(x - size, y - size, 2 * size, 2 * size)
        else mark(context, x, y, size, shaped && label[i] !== missing ? Math.floor(label[i] / 10) % 4 : 0)
      }
      context.fill()
    }
    context.globalAlpha = 1
    if (control('pictures').checked) drawPictures(panel, context, side, ratio)
    if (control('names')?.checked) drawNames(panel, context, side, ratio)
    if (panel.maps.length > 1) burnTitle(panel, context, side, ratio)
    overlay(panel)
  }

  /** Pictures in place of dots, wherever there is room for one. */
  function drawPictures({ at }: Panel, context: CanvasRenderingContext2D, side: number, ratio: number): void {
    if (!data.atlas || !tile || !picture.complete) return
    const size = Math.min(64, 20 / Math.sqrt(view.width)) * ratio
    const cells = Math.ceil(side / size)
    const taken = new Uint8Array(cells * cells)
    for (let i = 0; i < count; i++) {
      const [x, y] = [pixelX(at[2 * i], side), pixelY(at[2 * i + 1], side)]
      if (
        !(x >= 0 && y >= 0 && x < side && y < side) ||
        tile[i] === missing ||
        (selected && !selected.has(i))
      )
        continue
      const cell = Math.floor(y / size) * cells + Math.floor(x / size)
      if (taken[cell]++) continue
      const { across, side: from } = data.atlas
      const edge = 1.5 * ratio
      const [left, top] = [x - size / 2 + edge, y - size / 2 + edge]
      context.fillStyle = colourOf(i)
      context.fillRect(left - edge, top - edge, size, size)
      const inner = size - 2 * edge
      context.drawImage(
        picture,
        (tile[i] % across) * from,
        Math.floor(tile[i] / across) * from,
        from,
        from,
        left,
        top,
        inner,
        inner,
      )
    }
  }

  /** The name of each class at the median of its points. */
  function drawNames({ at }: Panel, context: CanvasRenderingContext2D, side: number, ratio: number): void {
    const middle = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]
    context.font = `600 ${12 * ratio}px system-ui,sans-serif`
    context.textAlign = 'center'
    const placed: { x: number; y: number; half: number }[] = []
    data.classes.forEach((name, index) => {
      const members = Array.from(label.keys()).filter(i => label[i] === index && !Number.isNaN(at[2 * i]))
      if (!members.length) return
      const half = context.measureText(name).width / 2
      const centre = pixelX(middle(members.map(i => at[2 * i])), side)
      let y = pixelY(middle(members.map(i => at[2 * i + 1])), side)
      if (centre < 0 || y < 0 || centre > side || y > side) return
      const x = Math.max(half + 3, Math.min(side - half - 3, centre))
      const covers = (other: { x: number; y: number; half: number }) =>
        Math.abs(other.y - y) < 14 * ratio && Math.abs(other.x - x) < half + other.half
      while (placed.some(covers)) y += 4 * ratio
      placed.push({ x, y, half })
      context.lineWidth = 3.5 * ratio
      context.lineJoin = 'round'
      context.strokeStyle = '#ffffffd8'
      context.strokeText(name, x, y)
      context.fillStyle = '#1d2329'
      context.fillText(name, x, y)
    })
  }

  /** Into the picture itself, so that no one loses track of which map is to be seen. */
  function burnTitle({ maps }: Panel, context: CanvasRenderingContext2D, side: number, ratio: number): void {
    const { name } = maps[Math.min(maps.length - 1, Math.round(time))]
    context.font = `700 ${17 * ratio}px system-ui,sans-serif`
    context.textAlign = 'left'
    context.lineWidth = 4 * ratio
    context.strokeStyle = '#fff'
    context.strokeText(name, 10 * ratio, 24 * ratio, side)
    context.fillStyle = '#1d2329'
    context.fillText(name, 10 * ratio, 24 * ratio, side)
  }

  function overlay({ canvas, base, at }: Panel): void {
    const ratio = window.devicePixelRatio || 1
    const side = canvas.width
    const context = canvas.getContext('2d')!
    context.drawImage(base, 0, 0)
    if (pointed >= 0 && !Number.isNaN(at[2 * pointed])) {
      const [x, y] = [pixelX(at[2 * pointed], side), pixelY(at[2 * pointed + 1], side)]
      for (const [width, colour] of [
        [4.5, '#fff'],
        [2.2, '#1d2329'],
      ] as const) {
        context.beginPath()
        context.arc(x, y, 8 * ratio, 0, 7)
        context.lineWidth = width * ratio
        context.strokeStyle = colour
        context.stroke()
      }
    }
    if (lasso?.panel.canvas === canvas) {
      context.beginPath()
      for (const [x, y] of lasso.path) context.lineTo(pixelX(x, side), pixelY(y, side))
      context.closePath()
      context.fillStyle = '#1a7f5a22'
      context.fill()
      context.lineWidth = 1.5 * ratio
      context.strokeStyle = '#1a7f5a'
      context.stroke()
    }
  }

  const paintAll = () => panels.forEach(paint)
  const overlayAll = () => panels.forEach(overlay)
  const paintMoving = () => {
    for (const panel of panels) if (panel.maps.length > 1) paint(panel)
    if (stops > 1) control('time').value = String(time)
  }

  function portrait(i: number, size: number): HTMLElement {
    const shown = document.createElement('span')
    if (data.atlas && tile && tile[i] !== missing) {
      const at = (where: number) => `-${where * size}px`
      shown.style.cssText = `width:${size}px;height:${size}px;background:url(${pictureUrl}) ${at(tile[i] % data.atlas.across)} ${at(Math.floor(tile[i] / data.atlas.across))} / ${data.atlas.across * size}px auto`
    }
    return shown
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
    strip.hidden = !selected
    if (!selected) return
    const all = [...selected].sort((a, b) => label[a] - label[b])
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
      view.x + ((event.clientX - box.left) / box.width) * view.width,
      view.y + ((event.clientY - box.top) / box.height) * view.width,
    ]
  }

  function itemUnder(panel: Panel, event: MouseEvent): number {
    const [x, y] = pointOf(panel, event)
    let nearest = (14 / panel.canvas.clientWidth) * view.width
    let found = -1
    for (let i = 0; i < count; i++) {
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
    selected = items?.size ? items : undefined
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
      else lasso = { panel, path: [pointOf(panel, event)] }
    })
    canvas.addEventListener('pointermove', event => {
      if (dragged) {
        const [x, y] = pointOf(panel, event)
        view.x += dragged[0] - x
        view.y += dragged[1] - y
        paintAll()
        return
      }
      if (lasso) {
        lasso.path.push(pointOf(panel, event))
        card.hidden = true
        overlay(panel)
        return
      }
      pointed = itemUnder(panel, event)
      if (pointed < 0) card.hidden = true
      else showCard(pointed, event)
      overlayAll()
    })
    canvas.addEventListener('pointerup', () => {
      dragged = undefined
      const path = lasso?.path ?? []
      lasso = undefined
      if (path.length < 4) return select(undefined)
      const inside = new Set<number>()
      for (let i = 0; i < count; i++) if (isInside(panel.at[2 * i], panel.at[2 * i + 1], path)) inside.add(i)
      select(inside)
    })
    canvas.addEventListener('pointerleave', () => {
      pointed = -1
      card.hidden = true
      overlayAll()
    })
    canvas.addEventListener(
      'wheel',
      event => {
        event.preventDefault()
        const [x, y] = pointOf(panel, event)
        const width = Math.min(1, Math.max(0.01, view.width * 1.0015 ** event.deltaY))
        view.x = x - ((x - view.x) * width) / view.width
        view.y = y - ((y - view.y) * width) / view.width
        if (width === 1) view.x = view.y = 0
        // Pictures appear by themselves where the eye comes close.
        if (data.atlas && width < 0.35 && view.width >= 0.35) control('pictures').checked = true
        view.width = width
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
        time = time >= stops - 1 ? 0 : Math.floor(time) + 1
        paintMoving()
      }
    } else {
      // A frame's time may lie before the click that began it.
      time = Math.min(stops - 1, time + Math.max(0, now - before) / 1400)
      before = now
      paintMoving()
      if (time >= stops - 1) move(undefined)
    }
    if (moving) requestAnimationFrame(step)
  }

  function move(how: typeof moving): void {
    moving = how
    for (const name of ['play', 'flicker'] as const)
      find(name)?.setAttribute('aria-pressed', String(moving === name))
    if (!how) return
    if (how === 'play' && time >= stops - 1) time = 0
    before = performance.now()
    requestAnimationFrame(step)
  }

  if (stops > 1) {
    for (const name of ['play', 'flicker'] as const)
      find(name).addEventListener('click', () => move(moving === name ? undefined : name))
    control('time').addEventListener('input', () => {
      move(undefined)
      time = Number(control('time').value)
      paintMoving()
    })
  }
  for (const name of ['colour', 'pictures', 'names']) control(name)?.addEventListener('change', paintAll)
  find('whole').addEventListener('click', () => {
    Object.assign(view, { x: 0, y: 0, width: 1 })
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
  if (pictureUrl) {
    picture.addEventListener('load', paintAll)
    picture.src = pictureUrl
  }
  paintAll()
}
