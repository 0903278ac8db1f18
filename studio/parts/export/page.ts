/**
 * A view as one HTML file: the program of the view, what the server answered to it, and its images. It opens offline and
 * asks for nothing.
 */
import { mapConcurrently } from '../../../src/base/concurrent.ts'
import { createWork } from '../../../src/base/work.ts'
import { addressOfBlob } from '../../../src/figures/canvas.web.ts'
import { addressOf, blobAt, textAt } from '../../client.ts'
import { htmlOf } from './html.ts'
import { mostImages } from './most-images.ts'
import { smallerAt } from './reel.ts'

export type ExportedView =
  | 'runs'
  | 'jobs'
  | 'lenses'
  | 'looks'
  | 'maps'
  | 'triplets'
  | 'curves'
  | 'compare'
  | 'mistakes'
  | 'retrieval'
  | 'data'
  | 'growth'

export interface PageAsked {
  view: ExportedView
  /** addresses of what it shows, as the page asks for them */
  answers: readonly string[]
  /** answers that were asked for already, by their address */
  known?: Readonly<Record<string, unknown>>
  /** the images that it shows, as thumbnails; of very many, every nth is taken */
  images: readonly ShownImage[]
  /** long side of the thumbnails in pixels */
  imageSize: number
}

/** @property src where it lies, if that is not with the server: an image of this tab */
export interface ShownImage {
  data: string
  path: string
  src?: string
}

/** What the file holds, for studio/exported/main.tsx. */
export interface Exported {
  view: ExportedView
  title: string
  line: string
  /** milliseconds since 1970 */
  made: number
  /** of the view in the studio: its state */
  address: string
  answers: Record<string, unknown>
  images: Record<string, string>
  ofImages: number
}

/** Images that are fetched at the same time. */
const atOnce = 6

export async function pageBlob(
  { view, answers, known = {}, images: shown, imageSize }: PageAsked,
  title: string,
  line: string,
  said: (words: string) => void,
): Promise<Blob> {
  const [program, style] = await Promise.all([textAt('/exported.js'), textAt('/exported.css')])
  const held: Record<string, unknown> = { ...known }
  for (const address of answers) if (!(address in held)) held[address] = JSON.parse(await textAt(address))
  // Several runs show the same images, and so do several epochs.
  const images = [...new Map(shown.map(image => [`${image.data}/${image.path}`, image])).values()]
  const every = Math.max(1, Math.ceil(images.length / mostImages))
  const taken = images.filter((_, at) => at % every === 0)
  const packed: Record<string, string> = {}
  const pack = async ({ data, path, src }: ShownImage) => {
    // An image that cannot be had is left out of the file, as it is on the page.
    const image = await (src === undefined
      ? blobAt(addressOf.thumb(data, path, imageSize)).then(addressOfBlob)
      : smallerAt(src, imageSize)
    ).catch(() => undefined)
    if (image) packed[addressOf.thumb(data, path)] = image
  }
  const work = createWork({
    emit(event) {
      if (event.kind === 'progress' && event.done % 50 === 0) said(`${event.done} of ${event.total} images`)
    },
  })
  await mapConcurrently(taken, atOnce, pack, { work, stage: 'images' })
  const content: Exported = {
    view,
    title,
    line,
    made: Date.now(),
    address: location.pathname + location.search,
    answers: held,
    images: packed,
    ofImages: images.length,
  }
  return new Blob([htmlOf({ title, program, style, data: { exported: content } })], { type: 'text/html' })
}
