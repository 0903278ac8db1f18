/** The player of the film, for a page. Bundled by scripts/build-players.js. */
import type { PackedPanel } from '../film.ts'

export interface PackedAlbum {
  classes: string[]
  /** u16 per image */
  label: string
  paths: string[]
  /** one WebP of square tiles, `across` in a row, in base64; the first `tiles` images of the album have one */
  atlas?: { image: string; across: number; tiles: number }
}

export interface PackedFilm {
  panels: PackedPanel[]
  albums: PackedAlbum[]
  /** lower end of both axes; the upper is 1 */
  low: number
  /** the plot within a panel, as shares of the panel's width and height */
  plot: { left: number; top: number; width: number; height: number }
  colours: { right: string; wrong: string }
  quantum: number
  densityCells: number
}

export default function play(figure: HTMLElement, film: PackedFilm): void {
  const find = <E extends Element>(name: string) => figure.querySelector<E>(`[data-film="${name}"]`)!
  const control = (name: string) => find<HTMLInputElement & HTMLSelectElement>(name)
  const bytes = (text: string) => Uint8Array.from(atob(text), letter => letter.charCodeAt(0)).buffer
  const albums = film.albums.map(({ label, atlas, ...album }) => ({
    ...album,
    label: new Uint16Array(bytes(label)),
    // A short address of the image, since every portrait's style carries it.
    atlas: atlas && {
      ...atlas,
      url: URL.createObjectURL(new Blob([bytes(atlas.image)], { type: 'image/webp' })),
    },
  }))
  const panels = film.panels.map((packed, index) => {
    const Places = packed.wide ? Uint32Array : Uint16Array
    const root = figure.querySelectorAll<HTMLElement>('.film-panel')[index]
    return {
      ...packed,
      album: albums[packed.album],
      albumIndex: packed.album,
      anchor: new Places(bytes(packed.anchor)),
      x: new Uint16Array(bytes(packed.x)),
      y: new Uint16Array(bytes(packed.y)),
      positive: new Places(bytes(packed.positive)),
      negative: new Places(bytes(packed.negative)),
      line: root.querySelector('.film-line')!,
      canvas: root.querySelector('canvas')!,
      /** of every shown dot, where it was last drawn, in similarities */
      at: new Float32Array(2 * packed.shown),
    }
  })
  type Panel = (typeof panels)[number]
  const last = Math.max(...panels.map(({ epochs }) => epochs.length)) - 1
  let time = Number(control('time').value)
  let playing = false
  let before = 0
  /** the image whose dots are marked, and whether it stays so when the pointer leaves */
  let marked: { album: number; image: number; pinned: boolean } | undefined

  /** Moves the panel's dots to a time between two of its epochs. */
  function place(panel: Panel): { epoch: number; between: boolean } {
    const end = panel.epochs.length - 1
    const from = Math.min(end, Math.floor(time))
    const to = Math.min(end, from + 1)
    const share = Math.min(1, time - from)
    const eased = share * share * (3 - 2 * share)
    const { shown, x, y, at } = panel
    const scale = 2 / film.quantum
    for (let i = 0; i < shown; i++) {
      const [a, b] = [from * shown + i, to * shown + i]
      at[2 * i] = (x[a] + (x[b] - x[a]) * eased) * scale - 1
      at[2 * i + 1] = (y[a] + (y[b] - y[a]) * eased) * scale - 1
    }
    return { epoch: Math.min(end, Math.round(time)), between: share > 0 && to > from }
  }

  function draw(): void {
    for (const panel of panels) drawPanel(panel)
    const epochs = panels.reduce((a, b) => (b.epochs.length > a.epochs.length ? b : a)).epochs
    find('epoch').textContent = `epoch ${epochs[Math.round(time)]} of ${epochs[last]}`
    control('time').value = String(Math.round(time))
    control('time').setAttribute('aria-valuetext', `epoch ${epochs[Math.round(time)]}`)
  }

  function drawPanel(panel: Panel): void {
    const { epoch } = place(panel)
    const { canvas } = panel
    const ratio = window.devicePixelRatio || 1
    const side = Math.round(canvas.clientWidth * ratio)
    if (canvas.width !== side) canvas.width = canvas.height = side
    const context = canvas.getContext('2d')!
    context.clearRect(0, 0, side, side)
    if (control('mode').value === 'density') drawDensity(panel, context, side)
    else drawDots(panel, context, side, ratio)
    if (marked?.album === panel.albumIndex) drawMarked(panel, context, side, ratio, marked.image)
    const percent = (100 * panel.share[epoch]).toFixed(1)
    panel.line.textContent = `epoch ${panel.epochs[epoch]}: ${percent} % right of the diagonal = recall at 1, distance ${panel.distance[epoch].toFixed(3)}`
  }

  const pixel = (value: number, side: number) => ((value - film.low) / (1 - film.low)) * side

  function drawDots(
    { shown, at, album, anchor }: Panel,
    context: CanvasRenderingContext2D,
    side: number,
    ratio: number,
  ) {
    const size = (shown > 4000 ? 1.7 : shown > 800 ? 2.8 : 4.6) * ratio
    const byClass = control('colour').value === 'class'
    context.globalAlpha = shown > 4000 ? 0.7 : 0.8
    const paint = (wanted: (i: number) => boolean, colour: string) => {
      context.fillStyle = colour
      context.beginPath()
      for (let i = 0; i < shown; i++) {
        if (!wanted(i)) continue
        const [px, py] = [pixel(at[2 * i], side), side - pixel(at[2 * i + 1], side)]
        if (size < 4) context.rect(px - size / 2, py - size / 2, size, size)
        else {
          context.moveTo(px + size / 2, py)
          context.arc(px, py, size / 2, 0, 7)
        }
      }
      context.fill()
    }
    if (byClass) {
      const buckets = 24
      const bucket = (i: number) => album.label[anchor[i]] % buckets
      for (let hue = 0; hue < buckets; hue++)
        paint(i => bucket(i) === hue, `hsl(${(hue * 137.5) % 360} 62% ${38 + 14 * (hue % 2)}%)`)
    } else {
      paint(i => at[2 * i] <= at[2 * i + 1], film.colours.wrong)
      paint(i => at[2 * i] > at[2 * i + 1], film.colours.right)
    }
    context.globalAlpha = 1
  }

  function drawDensity({ shown, at }: Panel, context: CanvasRenderingContext2D, side: number) {
    const cells = film.densityCells
    const counts = new Uint32Array(cells * cells)
    const cellOf = (value: number) => Math.max(0, Math.min(cells - 1, Math.floor(pixel(value, cells))))
    for (let i = 0; i < shown; i++) counts[cellOf(at[2 * i + 1]) * cells + cellOf(at[2 * i])]++
    let most = 1
    for (const count of counts) if (count > most) most = count
    counts.forEach((count, cell) => {
      if (!count) return
      const [row, column] = [Math.floor(cell / cells), cell % cells]
      context.globalAlpha = 0.12 + (0.88 * Math.log1p(count)) / Math.log1p(most)
      context.fillStyle = column >= row ? film.colours.right : film.colours.wrong
      const edge = (index: number) => Math.round((index * side) / cells)
      context.fillRect(
        edge(column),
        side - edge(row + 1),
        edge(column + 1) - edge(column),
        edge(row + 1) - edge(row),
      )
    })
    context.globalAlpha = 1
  }

  /** The path of an image's dot through all epochs, and where it is now. */
  function drawMarked(
    panel: Panel,
    context: CanvasRenderingContext2D,
    side: number,
    ratio: number,
    image: number,
  ) {
    const i = panel.anchor.indexOf(image)
    if (i < 0) return
    const scale = 2 / film.quantum
    const pointAt = (epoch: number): [number, number] => [
      pixel(panel.x[epoch * panel.shown + i] * scale - 1, side),
      side - pixel(panel.y[epoch * panel.shown + i] * scale - 1, side),
    ]
    context.beginPath()
    panel.epochs.forEach((_, epoch) => {
      context.lineTo(...pointAt(epoch))
    })
    context.lineWidth = 1.5 * ratio
    context.strokeStyle = '#1d2329'
    context.stroke()
    const dot = (px: number, py: number, radius: number, fill: string) => {
      context.beginPath()
      context.arc(px, py, radius * ratio, 0, 7)
      context.fillStyle = fill
      context.fill()
      context.stroke()
    }
    dot(...pointAt(0), 4, '#2166ac')
    dot(pixel(panel.at[2 * i], side), side - pixel(panel.at[2 * i + 1], side), 5.5, '#ffd84d')
  }

  /** The dot nearest to the pointer, no further than `reach` pixels. */
  function dotUnder(panel: Panel, event: MouseEvent, reach: number): number {
    const box = panel.canvas.getBoundingClientRect()
    const [px, py] = [event.clientX - box.left, event.clientY - box.top]
    let found = -1
    let nearest = reach * reach
    for (let i = 0; i < panel.shown; i++) {
      const dx = pixel(panel.at[2 * i], box.width) - px
      const dy = box.height - pixel(panel.at[2 * i + 1], box.height) - py
      if (dx * dx + dy * dy < nearest) {
        nearest = dx * dx + dy * dy
        found = i
      }
    }
    return found
  }

  const card = find<HTMLElement>('card')

  function showCard(panel: Panel, i: number, event: MouseEvent): void {
    const epoch = Math.min(panel.epochs.length - 1, Math.round(time))
    const row = epoch * panel.shown + i
    const similarity = (values: Uint16Array) => ((values[row] * 2) / film.quantum - 1).toFixed(3)
    card.replaceChildren(
      ...[
        portrait(panel.album, panel.anchor[i], 'anchor', `epoch ${panel.epochs[epoch]}`),
        portrait(panel.album, panel.positive[row], 'nearest of its class', similarity(panel.x)),
        portrait(panel.album, panel.negative[row], 'nearest of another', similarity(panel.y)),
      ],
    )
    card.hidden = false
    const box = figure.getBoundingClientRect()
    const left = event.clientX - box.left + 16
    card.style.left = `${Math.max(0, Math.min(left, box.width - card.offsetWidth - 4))}px`
    const below = event.clientY - box.top + 16
    const above = below - card.offsetHeight - 32
    card.style.top = `${event.clientY + card.offsetHeight + 24 > window.innerHeight && above > 0 ? above : below}px`
  }

  function portrait(album: Panel['album'], image: number, role: string, note: string): HTMLElement {
    const item = document.createElement('div')
    const { atlas } = album
    if (atlas && image < atlas.tiles) {
      const tile = document.createElement('span')
      const shown = 96
      const at = (place: number) => `-${place * shown}px`
      tile.style.cssText = `width:${shown}px;height:${shown}px;background:url(${atlas.url}) ${at(image % atlas.across)} ${at(Math.floor(image / atlas.across))} / ${atlas.across * shown}px auto`
      item.append(tile)
    }
    for (const [tag, text] of [
      ['b', role],
      ['i', note],
      ['em', album.classes[album.label[image]]],
      ['small', album.paths[image]],
    ]) {
      const words = document.createElement(tag)
      words.textContent = text
      item.append(words)
    }
    return item
  }

  for (const panel of panels) {
    const area = panel.canvas
    area.addEventListener('pointermove', event => {
      if (marked?.pinned || event.buttons) return
      const i = dotUnder(panel, event, 14)
      marked = i < 0 ? undefined : { album: panel.albumIndex, image: panel.anchor[i], pinned: false }
      if (i < 0) card.hidden = true
      else showCard(panel, i, event)
      draw()
    })
    area.addEventListener('pointerleave', () => {
      if (!marked || marked.pinned) return
      marked = undefined
      card.hidden = true
      draw()
    })
    area.addEventListener('click', event => {
      const i = dotUnder(panel, event, 14)
      marked = i < 0 ? undefined : { album: panel.albumIndex, image: panel.anchor[i], pinned: true }
      if (i < 0) card.hidden = true
      else showCard(panel, i, event)
      draw()
    })
  }

  function step(now: number): void {
    if (!playing) return
    time = Math.min(last, time + ((now - before) / 1000) * Number(control('speed').value))
    before = now
    if (time >= last) setPlaying(false)
    draw()
    if (playing) requestAnimationFrame(step)
  }

  function setPlaying(on: boolean): void {
    playing = on
    find('play').textContent = on ? 'Pause' : 'Play'
    if (!on) {
      time = Math.round(time)
      return
    }
    if (time >= last) time = 0
    before = performance.now()
    requestAnimationFrame(step)
  }

  find('play').addEventListener('click', () => {
    setPlaying(!playing)
    draw()
  })
  control('time').addEventListener('input', () => {
    playing = false
    find('play').textContent = 'Play'
    time = Number(control('time').value)
    draw()
  })
  for (const name of ['mode', 'colour']) control(name).addEventListener('change', draw)
  control('field').addEventListener('change', () => {
    for (const group of figure.querySelectorAll<SVGElement>('[data-field]'))
      group.style.display = group.dataset.field === control('field').value ? '' : 'none'
  })
  window.addEventListener('resize', draw)
  draw()
}
