/** Draws the maps of a page: dots, images in their place, names, and the marks of pointer and lasso above them. */

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
  /** one WebP of square tiles, `across` in a row, in base64; `tile` is the place of each item's image, 65535 for none */
  atlas?: { image: string; across: number; side: number; tile: string }
}

export type MapPainter = ReturnType<typeof mapPainter>

export function mapPainter(figure: HTMLElement, data: PackedMaps) {
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
  /** what is to be seen: the player changes it, and has it painted */
  const scene: {
    /** what the panels show of the shared limits */
    view: { x: number; y: number; width: number }
    /** a panel's first map is to be seen at 0, its second at 1 */
    time: number
    /** the item under the pointer, -1 for none */
    pointed: number
    selected?: Set<number>
    lasso?: { panel: Panel; path: [number, number][] }
  } = { view: { x: 0, y: 0, width: 1 }, time: stops - 1, pointed: -1 }

  const control = (name: string) => find<HTMLInputElement & HTMLSelectElement>(name)

  function place(panel: Panel): void {
    const from = Math.min(panel.maps.length - 1, Math.floor(scene.time))
    const to = Math.min(panel.maps.length - 1, from + 1)
    const share = Math.min(1, scene.time - from)
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
    const shown = panel.maps[Math.min(panel.maps.length - 1, Math.round(scene.time))]
    panel.line.textContent = shown.name
  }

  const pixelX = (value: number, side: number) => ((value - scene.view.x) / scene.view.width) * side
  const pixelY = (value: number, side: number) => ((value - scene.view.y) / scene.view.width) * side

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
    const visible = count * scene.view.width * scene.view.width
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
      const key = scene.selected && !scene.selected.has(i) ? '' : colourOf(i)
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

  /** Images in place of dots, wherever there is room for one. */
  function drawPictures({ at }: Panel, context: CanvasRenderingContext2D, side: number, ratio: number): void {
    if (!data.atlas || !tile || !picture.complete) return
    const size = Math.min(64, 20 / Math.sqrt(scene.view.width)) * ratio
    const cells = Math.ceil(side / size)
    const taken = new Uint8Array(cells * cells)
    for (let i = 0; i < count; i++) {
      const [x, y] = [pixelX(at[2 * i], side), pixelY(at[2 * i + 1], side)]
      if (
        !(x >= 0 && y >= 0 && x < side && y < side) ||
        tile[i] === missing ||
        (scene.selected && !scene.selected.has(i))
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

  /** Into the image itself, so that no one loses track of which map is to be seen. */
  function burnTitle({ maps }: Panel, context: CanvasRenderingContext2D, side: number, ratio: number): void {
    const { name } = maps[Math.min(maps.length - 1, Math.round(scene.time))]
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
    if (scene.pointed >= 0 && !Number.isNaN(at[2 * scene.pointed])) {
      const [x, y] = [pixelX(at[2 * scene.pointed], side), pixelY(at[2 * scene.pointed + 1], side)]
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
    if (scene.lasso?.panel.canvas === canvas) {
      context.beginPath()
      for (const [x, y] of scene.lasso.path) context.lineTo(pixelX(x, side), pixelY(y, side))
      context.closePath()
      context.fillStyle = '#1a7f5a22'
      context.fill()
      context.lineWidth = 1.5 * ratio
      context.strokeStyle = '#1a7f5a'
      context.stroke()
    }
  }

  /** An image by itself, for the card and the selection. */
  function portrait(i: number, size: number): HTMLElement {
    const shown = document.createElement('span')
    if (data.atlas && tile && tile[i] !== missing) {
      const at = (where: number) => `-${where * size}px`
      shown.style.cssText = `width:${size}px;height:${size}px;background:url(${pictureUrl}) ${at(tile[i] % data.atlas.across)} ${at(Math.floor(tile[i] / data.atlas.across))} / ${data.atlas.across * size}px auto`
    }
    return shown
  }

  if (pictureUrl) {
    picture.addEventListener('load', () => panels.forEach(paint))
    picture.src = pictureUrl
  }

  return { panels, scene, stops, label, shares, missing, find, control, portrait, paint, overlay }
}
