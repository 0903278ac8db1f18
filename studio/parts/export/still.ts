/** A figure that can be taken away: as SVG, and as PNG at twice its size. */
import { svgAddress } from '../svg-address.ts'
import { type Drawn, figuresDrawing } from './figures.ts'
import { imagesScene } from './images.ts'
import { canvasOf, type Scene, svgOf } from './scene.ts'

export interface Still {
  svg(): Blob
  png(): Promise<Blob>
}

const ratio = 2

export const stillOfScene = (scene: Scene): Still => ({
  svg: () => svgBlob(svgOf(scene)),
  png: () => blobOf(canvasOf(scene, ratio)),
})

/** Of the images on the page. */
export const stillOfImages = (room: Element, title: string, line: string): Still =>
  stillOfScene(imagesScene(room, title, line))

/** Of the curves on the page. */
export function stillOfFigures(room: Element, title: string, line: string): Still {
  const drawn = figuresDrawing(room, title, line)
  return { svg: () => svgBlob(drawn.svg), png: async () => blobOf(await rastered(drawn)) }
}

async function rastered({ svg, width, height }: Drawn): Promise<HTMLCanvasElement> {
  const image = new Image()
  image.src = svgAddress(svg)
  await image.decode()
  const canvas = document.createElement('canvas')
  canvas.width = width * ratio
  canvas.height = height * ratio
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
