/** A figure that can be taken away: as SVG, and as PNG at twice its size. */
import { svgAddress } from '../svg-address.ts'
import { type Drawn, figuresDrawing } from './figures.ts'
import type { FilmAsked } from './film.ts'
import { framed, margin } from './frame.ts'
import { imagesScene } from './images.ts'
import { imagesCome } from './off-page.ts'
import { filmOfSteps, filmRatio, growing } from './pace.ts'
import { imageAt } from './reel.ts'
import { canvasOf, type Scene, svgOf } from './scene.ts'
import { tableScene } from './tables.ts'

export interface Still {
  svg(): Blob | Promise<Blob>
  png(): Promise<Blob>
}

const ratio = 2

export const stillOfScene = (scene: Scene): Still => ({
  svg: () => svgBlob(svgOf(scene)),
  png: () => blobOf(canvasOf(scene, ratio)),
})

/** Of the images on the page. */
export function stillOfImages(room: Element, title: string, line: string): Still {
  const still = async () => {
    await imagesCome(room)
    return stillOfScene(imagesScene(room, title, line))
  }
  return { svg: async () => (await still()).svg(), png: async () => (await still()).png() }
}

/** Of a table or a list on the page. */
export const stillOfTable = (table: Element, title: string, line: string): Still =>
  stillOfScene(tableScene(table, title, line))

/** Of the curves on the page. */
export function stillOfFigures(room: Element, title: string, line: string): Still {
  const drawn = figuresDrawing(room, title, line)
  return { svg: () => svgBlob(drawn.svg), png: async () => blobOf(await rastered(drawn, ratio)) }
}

/** Of one image, with its title and how it is made again. */
export function stillOfImage(address: string, title: string, line: string): Still {
  const scene = async () => {
    const image = await imageAt(address)
    const { naturalWidth, naturalHeight } = image
    const scale = Math.max(1, Math.min(4, Math.floor(480 / naturalWidth)))
    const size = { width: scale * naturalWidth, height: scale * naturalHeight }
    const place = { x: margin.side, y: margin.head }
    return framed({ ...size, width: Math.max(480, size.width) }, title, line, [
      { kind: 'image', ...place, ...size, image },
    ])
  }
  return {
    svg: async () => stillOfScene(await scene()).svg(),
    png: async () => stillOfScene(await scene()).png(),
  }
}

/** Of a drawing that is there already, as text. */
export const stillOfSvg = (svg: string): Still => ({
  svg: () => svgBlob(svg),
  async png() {
    const image = await imageAt(svgAddress(svg))
    return blobOf(await rastered({ svg, width: image.naturalWidth, height: image.naturalHeight }, ratio))
  },
})

/** In how many frames curves grow. */
const steps = 36

/** Of the curves on the page, as they grow. */
export const filmOfFigures = (room: Element, title: string, line: string): FilmAsked =>
  filmOfSteps(
    steps,
    step => rastered(figuresDrawing(room, title, line, (step + 1) / steps), filmRatio),
    growing,
  )

async function rastered({ svg, width, height }: Drawn, ratio: number): Promise<HTMLCanvasElement> {
  const image = await imageAt(svgAddress(svg))
  const canvas = document.createElement('canvas')
  canvas.width = Math.round(width * ratio)
  canvas.height = Math.round(height * ratio)
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height)
  return canvas
}

const svgBlob = (svg: string): Blob => new Blob([svg], { type: 'image/svg+xml' })

const blobOf = (canvas: HTMLCanvasElement): Promise<Blob> =>
  new Promise((done, failed) =>
    canvas.toBlob(
      blob => (blob ? done(blob) : failed(new Error('The image is too large for this browser.'))),
      'image/png',
    ),
  )
