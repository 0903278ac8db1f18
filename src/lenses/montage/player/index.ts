/**
 * The strip of a montage on a page: a row of frames for each person, one cursor over all of them, and the frames at the
 * cursor side by side. Bundled by scripts/build-players.js.
 */
import { textElement } from '../../page/player/card.ts'
import { everyFrame } from '../../page/player/motion.ts'
import { partsOf } from '../../page/player/parts.ts'
import { type Curve, drawCurve } from './curve.ts'

export interface Strip {
  /** one for each row */
  people: string[]
  /** seconds of each column */
  times: number[]
  /** data URI: a tile for each person and column, person after person */
  image: string
  /** tiles in a row of the image */
  across: number
  /** side of a tile in the image, in pixels */
  side: number
  /** person after person: 1 where there is a frame */
  present: string
  /** over the columns, below the rows */
  curve?: Curve
}

const rowHeight = 44
const labelWidth = 92

export default function play(figure: HTMLElement, strip: Strip): void {
  const { people, times, image, across, side, present, curve } = strip
  const { find, maybe } = partsOf(figure, 'strip')
  const slider = find<HTMLInputElement>('slider')
  const [faces, rows, clock, run, cursor] = ['faces', 'rows', 'clock', 'run', 'cursor'].map(name =>
    find(name),
  )
  const canvas = find<HTMLCanvasElement>('canvas')
  const plot = maybe<HTMLCanvasElement>('curve')
  const columns = times.length
  const atlas = new Image()
  const isThere = (person: number, column: number) => present[person * columns + column] === '1'

  const draw = (canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D => {
    const dense = window.devicePixelRatio || 1
    canvas.width = Math.round(width * dense)
    canvas.height = Math.round(height * dense)
    canvas.style.height = `${height}px`
    const context = canvas.getContext('2d')!
    context.scale(dense, dense)
    return context
  }
  const tile = (
    context: CanvasRenderingContext2D,
    person: number,
    column: number,
    box: [number, number, number],
  ) => {
    const place = person * columns + column
    const [x, y, size] = box
    const from = [(place % across) * side, Math.floor(place / across) * side]
    context.drawImage(atlas, from[0], from[1], side, side, x, y, size, size)
  }

  const big = people.map(name => {
    const box = document.createElement('div')
    const canvas = document.createElement('canvas')
    canvas.width = canvas.height = side
    canvas.setAttribute('role', 'img')
    box.append(canvas, textElement('small', name))
    faces.append(box)
    return canvas
  })

  /** Where the columns lie, in CSS pixels. */
  const spanOf = () => ({ left: labelWidth, width: rows.clientWidth - labelWidth })

  const paint = () => {
    const { left, width } = spanOf()
    const context = draw(canvas, left + width, people.length * rowHeight)
    const style = getComputedStyle(figure)
    const shown = Math.max(1, Math.min(columns, Math.floor(width / (rowHeight - 4))))
    const step = width / shown
    const size = Math.min(rowHeight - 4, step - 1)
    context.font = `12px ${style.fontFamily}`
    context.textBaseline = 'middle'
    people.forEach((name, person) => {
      const top = person * rowHeight
      context.fillStyle = style.color
      context.fillText(name, 0, top + rowHeight / 2, labelWidth - 8)
      for (let k = 0; k < shown; k++) {
        const column = Math.min(columns - 1, Math.floor(((k + 0.5) * columns) / shown))
        if (isThere(person, column)) tile(context, person, column, [left + k * step, top + 2, size])
      }
    })
    if (plot && curve)
      drawCurve(draw(plot, left + width, 120), curve, times, { left, width, height: 120 }, style.color)
  }

  const show = (column: number) => {
    slider.value = String(column)
    clock.textContent = `${times[column].toFixed(2)} s`
    slider.setAttribute('aria-valuetext', clock.textContent)
    big.forEach((canvas, person) => {
      const context = canvas.getContext('2d')!
      context.clearRect(0, 0, side, side)
      if (isThere(person, column)) tile(context, person, column, [0, 0, side])
      canvas.setAttribute(
        'aria-label',
        `${people[person]} at ${clock.textContent}${isThere(person, column) ? '' : ': no face'}`,
      )
    })
    const { left, width } = spanOf()
    cursor.style.transform = `translateX(${left + ((column + 0.5) * width) / columns}px)`
  }

  let stop: (() => void) | undefined
  const halt = () => {
    stop?.()
    stop = undefined
    run.textContent = 'Play'
  }
  run.addEventListener('click', () => {
    if (stop) return halt()
    run.textContent = 'Pause'
    let column = Number(slider.value) >= columns - 1 ? 0 : Number(slider.value)
    let since = 0
    stop = everyFrame(elapsed => {
      since += elapsed / 1000
      const wait = column + 1 < columns ? times[column + 1] - times[column] : 0
      if (since < wait) return true
      since = 0
      if (column + 1 >= columns) {
        halt()
        return false
      }
      show(++column)
      return true
    })
  })
  slider.addEventListener('input', () => {
    halt()
    show(Number(slider.value))
  })
  const point = (event: PointerEvent) => {
    if (!(event.buttons & 1)) return
    const { left, width } = spanOf()
    const x = event.clientX - rows.getBoundingClientRect().left - left
    halt()
    show(Math.max(0, Math.min(columns - 1, Math.floor((x * columns) / width))))
  }
  rows.addEventListener('pointerdown', point)
  rows.addEventListener('pointermove', point)
  atlas.addEventListener('load', () => {
    paint()
    show(Number(slider.value))
  })
  slider.max = String(columns - 1)
  slider.value = '0'
  atlas.src = image
  new ResizeObserver(() => {
    paint()
    show(Number(slider.value))
  }).observe(rows)
}
