/** Paints a panel: dots, images in their place, names, and the marks of pointer and lasso above them. */
import { paintNames, paintTitle } from './lettering.ts'
import { type Items, mapAt, missing, type Panel, placeItems, type Scene, unknownShare } from './maps.ts'
import { type Surface, surfaceOf } from './surface.ts'

export interface PaintOptions {
  colour: 'class' | 'moved' | 'changed'
  pictures: boolean
  names: boolean
}

export function paintPanel(panel: Panel, items: Items, scene: Scene, options: PaintOptions): void {
  placeItems(panel, scene.time)
  const { name } = mapAt(panel, scene.time)
  panel.line.textContent = name
  const { canvas, base, at } = panel
  base.width =
    base.height =
    canvas.width =
    canvas.height =
      Math.round(canvas.clientWidth * (window.devicePixelRatio || 1))
  const surface = surfaceOf(base, scene)
  paintDots(at, items, scene, surface, options.colour)
  if (options.pictures) paintPictures(at, items, scene, surface, options.colour)
  if (options.names) paintNames(at, items, surface)
  // Into the image itself, so that no one loses track of which map is to be seen.
  if (panel.maps.length > 1) paintTitle(name, surface)
  paintMarks(panel, scene)
}

function colourOf(i: number, { label, shares, colours }: Items, by: PaintOptions['colour']): string {
  if (by === 'class')
    return label[i] === missing ? '#888' : colours.classes[label[i] % colours.classes.length]
  const share = shares[by][i]
  const [red, green, blue] = colours.scale.subarray(3 * share, 3 * share + 3)
  return share === unknownShare ? '#ddd' : `rgb(${red},${green},${blue})`
}

/** In CSS pixels: the fewer dots in view, the larger. */
function radiusFor(visible: number): number {
  return visible > 20000 ? 1.1 : visible > 6000 ? 1.6 : visible > 1500 ? 2.2 : visible > 300 ? 3.2 : 4.2
}

function paintDots(
  at: Float32Array,
  items: Items,
  scene: Scene,
  { context, side, ratio, x, y }: Surface,
  by: PaintOptions['colour'],
): void {
  context.fillStyle = '#fff'
  context.fillRect(0, 0, side, side)
  const { count, label } = items
  const groups = new Map<string, number[]>()
  for (let i = 0; i < count; i++) {
    if (Number.isNaN(at[2 * i])) continue
    const key = scene.selected && !scene.selected.has(i) ? '' : colourOf(i, items, by)
    const group = groups.get(key)
    if (group) group.push(i)
    else groups.set(key, [i])
  }
  const size = radiusFor(count * scene.view.width * scene.view.width) * ratio
  const shaped = by === 'class' && size > 2 * ratio
  for (const [colour, group] of [...groups].sort(([a], [b]) => a.length - b.length)) {
    context.fillStyle = colour || '#c9cfd4'
    context.globalAlpha = colour ? 0.85 : 0.35
    context.beginPath()
    for (const i of group) {
      const [px, py] = [x(at[2 * i]), y(at[2 * i + 1])]
      if (px < -size || py < -size || px > side + size || py > side + size) continue
      if (size < 1.5) context.rect(px - size, py - size, 2 * size, 2 * size)
      else traceDot(context, px, py, size, shaped && label[i] !== missing ? Math.floor(label[i] / 10) % 4 : 0)
    }
    context.fill()
  }
  context.globalAlpha = 1
}

/** Circle, square, triangle, diamond: colours repeat after ten classes, shapes tell these apart. */
function traceDot(
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

/** Images in place of dots, wherever there is room for one. */
function paintPictures(
  at: Float32Array,
  items: Items,
  { view, selected }: Scene,
  { context, side, ratio, x, y }: Surface,
  by: PaintOptions['colour'],
): void {
  const { atlas, count } = items
  if (!atlas?.image.complete) return
  const size = Math.min(64, 20 / Math.sqrt(view.width)) * ratio
  const edge = 1.5 * ratio
  const inner = size - 2 * edge
  const cells = Math.ceil(side / size)
  const taken = new Uint8Array(cells * cells)
  for (let i = 0; i < count; i++) {
    const [px, py] = [x(at[2 * i]), y(at[2 * i + 1])]
    const inView = px >= 0 && py >= 0 && px < side && py < side
    const tile = atlas.tile[i]
    if (!inView || tile === missing || (selected && !selected.has(i))) continue
    const cell = Math.floor(py / size) * cells + Math.floor(px / size)
    if (taken[cell]++) continue
    const [left, top] = [px - size / 2, py - size / 2]
    context.fillStyle = colourOf(i, items, by)
    context.fillRect(left, top, size, size)
    const [column, row] = [tile % atlas.across, Math.floor(tile / atlas.across)]
    context.drawImage(
      atlas.image,
      column * atlas.side,
      row * atlas.side,
      atlas.side,
      atlas.side,
      left + edge,
      top + edge,
      inner,
      inner,
    )
  }
}

/** The ring around the dot that is pointed at, and the lasso, above the dots as they were painted last. */
export function paintMarks(panel: Panel, scene: Scene): void {
  const { canvas, base, at } = panel
  const { context, ratio, x, y } = surfaceOf(canvas, scene)
  context.drawImage(base, 0, 0)
  const { pointed, lasso } = scene
  if (pointed >= 0 && !Number.isNaN(at[2 * pointed])) {
    const ring = (width: number, colour: string) => {
      context.beginPath()
      context.arc(x(at[2 * pointed]), y(at[2 * pointed + 1]), 8 * ratio, 0, 7)
      context.lineWidth = width * ratio
      context.strokeStyle = colour
      context.stroke()
    }
    ring(4.5, '#fff')
    ring(2.2, '#1d2329')
  }
  if (lasso?.panel !== panel) return
  context.beginPath()
  for (const [px, py] of lasso.path) context.lineTo(x(px), y(py))
  context.closePath()
  context.fillStyle = '#1a7f5a22'
  context.fill()
  context.lineWidth = 1.5 * ratio
  context.strokeStyle = '#1a7f5a'
  context.stroke()
}
