/**
 * Faces by a detector in ONNX of the form of "Ultra-Light-Fast-Generic-Face-Detector-1MB": an image in, planes of
 * (value - 127) / 128; scores (1, n, 2) and boxes (1, n, 4) out, corners as shares of width and height.
 */
import { GlasshouseError, messageOf } from '../../base/errors.ts'
import type { Picture } from '../../base/picture.ts'
import { decodeModel } from '../../graph/onnx/decode.ts'
import { float32, floats } from '../../graph/tensor.ts'
import type { Engine } from '../../runtime/engine.ts'
import { readBytes } from '../../weights/file.node.ts'
import { resample } from '../prepare/resample.ts'

/** A face, in pixels of the image: its centre, and the side of a square around it. */
export interface Face {
  x: number
  y: number
  side: number
  /** from 0 to 1 */
  score: number
}

export interface FaceDetector {
  /** the face that the detector is surest of, if it is sure of any */
  detect(picture: Picture): Promise<Face | undefined>
  dispose(): Promise<void>
}

const leastScore = 0.7

/** @throws GlasshouseError 'not-a-detector' where the model has another form */
export async function openFaceDetector(engine: Engine, path: string): Promise<FaceDetector> {
  const bytes = await readBytes(path)
  const { inputs } = decodeModel(bytes, path)
  const [input] = inputs
  const [, channels, height = 0, width = 0] = input?.extents ?? []
  if (inputs.length !== 1 || input.extents.length !== 4 || channels !== 3 || !height || !width)
    throw notADetector(path, `inputs ${inputs.map(({ name, extents }) => `${name} [${extents}]`).join(', ')}`)
  const program = await engine.load(bytes).catch(error => {
    throw notADetector(path, messageOf(error).split('\n')[0])
  })
  const plane = width * height
  const content = new Float32Array(3 * plane)
  const run = () => program.run({ [input.name]: float32([1, 3, height, width], content) })
  const first = Object.entries(await run())
  const named = (last: number) => first.find(([, { shape }]) => shape.length === 3 && shape[2] === last)?.[0]
  const [scores, boxes] = [named(2), named(4)]
  if (!scores || !boxes) {
    await program.dispose()
    throw notADetector(path, `outputs ${first.map(([name, { shape }]) => `${name} [${shape}]`).join(', ')}`)
  }
  return {
    async detect(picture) {
      const { data } = resample(picture, width, height)
      for (let at = 0; at < plane; at++)
        for (let channel = 0; channel < 3; channel++)
          content[channel * plane + at] = (data[3 * at + channel] - 127) / 128
      const found = await run()
      return surest(floats(found[scores]), floats(found[boxes]), picture, path)
    },
    dispose: () => program.dispose(),
  }
}

function surest(
  scores: Float32Array,
  boxes: Float32Array,
  { width, height }: Picture,
  path: string,
): Face | undefined {
  let [best, score] = [-1, leastScore]
  for (let at = 0; 2 * at < scores.length; at++) {
    if (scores[2 * at + 1] <= score) continue
    ;[best, score] = [at, scores[2 * at + 1]]
  }
  if (best < 0) return undefined
  const [left, top, right, bottom] = boxes.subarray(4 * best, 4 * best + 4)
  // Offsets from anchors, not corners: the model without its last part.
  if (!(right > left && bottom > top && right < 1.6 && bottom < 1.6))
    throw notADetector(path, 'boxes that are no corners; it may be a model without its post-processing')
  const [across, down] = [(right - left) * width, (bottom - top) * height]
  return {
    x: ((left + right) / 2) * width,
    y: ((top + bottom) / 2) * height,
    side: Math.max(across, down),
    score,
  }
}

const notADetector = (where: string, got: string): GlasshouseError =>
  new GlasshouseError({
    code: 'not-a-detector',
    what: 'this model is no face detector of the form that is read here',
    where,
    expected: 'one image in, [1, 3, height, width]; scores [1, n, 2] and boxes [1, n, 4] as corners out',
    got,
    hint: 'glasshouse weights pull ultraface fetches one',
  })
