/**
 * A pretext task: a question about an image whose answer nobody has to label, because the answer is what was done to
 * it. A task is one file under `tasks/` and one line of the registry.
 *
 * Every image appears in every form, so chance is exactly one in as many as there are forms. All forms of an image are
 * made from the same decoded pixels, in the same way and to the same size, so that none can be recognised by its file.
 */
import type { Picture } from '../../base/picture.ts'
import type { Random } from '../../base/random.ts'
import type { JpegSettings } from './processes.ts'

/** What a transformation may use besides the image. */
export interface Making {
  /** of what comes out, in pixels; the source is a square of `sourceScale` times that */
  side: number
  /** of this image, the same for all of its forms */
  stream: Random
  /** stores the image as JPEG and reads it again */
  asJpeg(picture: Picture, settings: JpegSettings): Promise<Picture>
}

/** A square part, in shares of the whole's side: its upper left corner, and its side. */
export interface Part {
  left: number
  top: number
  side: number
}

export interface PretextTask {
  name: string
  /** the question, as one line */
  question: string
  /** what the forms are called, in the order of their numbers */
  classes: readonly string[]
  /** what can give the answer away besides the content of the image, in sentences */
  shortcuts: readonly string[]
  /** what exposes the shortcuts, in sentences */
  controls: readonly string[]
  /**
   * `square`: the square in the centre, of which training sees random crops; `whole`: the whole image, squeezed into a
   * square and never cut, where the border is part of the question
   */
  frame: 'square' | 'whole'
  /** DATA is clips, of which each image is three moments (`clips.node.ts`) */
  clips?: boolean
  /** how many times as large as the result the source is, along each side */
  sourceScale: number
  /** where the part that a form shows lies on the whole, where the question is about a part; by the image's stream, from its beginning */
  part?(form: number, stream: Random): Part
  /** the form of an image: a square of `making.side` pixels */
  transform(source: Picture, form: number, making: Making): Picture | Promise<Picture>
}
