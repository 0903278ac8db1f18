import type { Picture } from '../../../base/picture.ts'
import type { PretextTask } from '../task.ts'

/** Standard deviations of the Gaussian, in pixels. */
const widths = [0, 0.7, 1.4]

export const blur: PretextTask = {
  name: 'blur',
  question: 'how much was the image blurred?',
  classes: widths.map(width => (width ? `blurred by ${width} pixels` : 'sharp')),
  shortcuts: [
    'Blur is itself a property of the pixels, not of the content: that it is recognised says little about the network.',
    'Images that come from different cameras or sizes differ in sharpness before anything is done to them.',
  ],
  controls: ['Noise images must nearly always be recognised: where they are not, the training is too short.'],
  frame: 'square',
  sourceScale: 1,
  transform: (source, form) => (widths[form] ? blurred(source, widths[form]) : source),
}

/** By a Gaussian, cut at three deviations; the border is repeated outwards. */
export function blurred({ width, height, data }: Picture, deviation: number): Picture {
  const reach = Math.ceil(3 * deviation)
  const weights = Array.from({ length: 2 * reach + 1 }, (_, k) =>
    Math.exp(-((k - reach) ** 2) / (2 * deviation ** 2)),
  )
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const along = (source: ArrayLike<number>, step: number, count: number) =>
    Float32Array.from({ length: source.length }, (_, index) => {
      const at = Math.floor(index / step) % count
      return weights.reduce((sum, weight, k) => {
        const place = Math.min(count - 1, Math.max(0, at + k - reach))
        return sum + (weight / total) * source[index + (place - at) * step]
      }, 0)
    })
  const result = along(along(data, 3, width), 3 * width, height)
  return { width, height, data: Uint8Array.from(result, value => Math.round(value)) }
}
