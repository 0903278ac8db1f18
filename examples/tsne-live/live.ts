/**
 * Computes a map while you watch: `tsne` descends in workers and hands out positions every few steps, and the page draws
 * the newest of them whenever the browser has time for a frame.
 */
import {
  createWork,
  decodeNpy,
  decodeVectors,
  looksLikeArrow,
  type Points as Places,
  random,
  type TsneInput,
  toFloat32,
  tsne,
} from 'glasshouse/web'

/** One for each class, by its number. */
const classColour = (index: number): string => `hsl(${36 * index} 65% ${index % 2 ? 40 : 52}%)`

const clusters = 20
const dim = 50

interface Points extends TsneInput {
  classOf(row: number): number
}

/** Clusters of unequal width around random centres. */
function drawn(count: number): Points {
  const { normal } = random('live')
  const centres = Float32Array.from({ length: clusters * dim }, () => 2 * normal())
  const classOf = (row: number) => row % clusters
  return {
    dim,
    classOf,
    data: Float32Array.from({ length: count * dim }, (_, at) => {
      const cluster = classOf(Math.floor(at / dim))
      return centres[cluster * dim + (at % dim)] + (0.4 + cluster / clusters) * normal()
    }),
  }
}

async function opened(file: File): Promise<Points> {
  const bytes = new Uint8Array(await file.arrayBuffer())
  if (!looksLikeArrow(bytes)) {
    const matrix = decodeNpy(bytes, file.name)
    return { data: toFloat32(matrix).data, dim: matrix.shape[1], classOf: () => 0 }
  }
  const { data, dim, labels = [] } = decodeVectors(bytes, file.name)
  const names = [...new Set(labels)]
  return { data, dim, classOf: row => Math.max(0, names.indexOf(labels[row])) }
}

const form = document.querySelector('form')!
const canvas = document.querySelector('canvas')!
const output = document.querySelector('output')!
let running: AbortController | undefined

async function computeMap(): Promise<void> {
  running?.abort()
  const mine = new AbortController()
  running = mine
  const wanted = new FormData(form)
  const file = wanted.get('file')
  output.textContent = 'looking for neighbours'
  try {
    const points =
      file instanceof File && file.size > 0 ? await opened(file) : drawn(Number(wanted.get('count')))
    const count = points.data.length / points.dim
    const colours = Uint8Array.from({ length: count }, (_, row) => points.classOf(row) % 10)
    let newest: Places | undefined
    let iteration = 0
    let started = 0
    let frames = 0
    const frame = () => {
      if (mine.signal.aborted) return
      if (newest) {
        show(newest, colours)
        newest = undefined
        const seconds = (performance.now() - started) / 1000
        frames++
        output.textContent = `${count} points, iteration ${iteration}: ${Math.round(iteration / seconds)} iterations and ${Math.round(frames / seconds)} frames a second`
        output.dataset.frames = String(frames)
      }
      requestAnimationFrame(frame)
    }
    requestAnimationFrame(frame)
    const { kl } = await tsne(
      [points],
      { perplexity: Number(wanted.get('perplexity')) },
      createWork({
        signal: mine.signal,
        emit(event) {
          started ||= performance.now()
          if (event.kind === 'progress') iteration = event.done
          if (event.kind === 'preview' && 'points' in event) newest = event.points
        },
      }),
    )
    requestAnimationFrame(() => {
      output.textContent += `; done, divergence ${kl[0].toFixed(3)}`
      output.dataset.done = 'true'
    })
  } catch (error) {
    if (!mine.signal.aborted) output.textContent = error instanceof Error ? error.message : String(error)
  }
}

/** All points, the square around them filling the canvas. */
function show(points: Places, colours: Uint8Array): void {
  const ratio = window.devicePixelRatio
  const side = Math.round(canvas.clientWidth * ratio)
  if (canvas.width !== side) canvas.width = canvas.height = side
  const context = canvas.getContext('2d')!
  context.fillStyle = '#fff'
  context.fillRect(0, 0, side, side)
  const furthest = (column: Float32Array) =>
    column.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9)
  const reach = Math.max(furthest(points.x), furthest(points.y)) * 1.05
  const size = (colours.length > 3000 ? 2 : 3) * ratio
  for (let colour = 0; colour < 10; colour++) {
    context.fillStyle = classColour(colour)
    for (let row = 0; row < colours.length; row++) {
      if (colours[row] !== colour) continue
      const x = ((points.x[row] / reach + 1) / 2) * side
      const y = ((points.y[row] / reach + 1) / 2) * side
      context.fillRect(x - size / 2, y - size / 2, size, size)
    }
  }
}

form.addEventListener('submit', event => {
  event.preventDefault()
  void computeMap()
})
void computeMap()
