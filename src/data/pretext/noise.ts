/**
 * Images without content: independent normal noise at every pixel, clipped. Mirrored noise is noise of the same kind,
 * so whatever tells the two apart was put there by the processing. Means and deviations of red, green and blue are
 * those of Lin et al., "Visual Chirality" (CVPR 2020).
 */
import type { Picture } from '../../base/picture.ts'
import { random } from '../../base/random.ts'

/** Of values from 0 to 1. */
const colours = [
  { mean: 0.6, deviation: 0.3 },
  { mean: 0.9, deviation: 0.4 },
  { mean: 0.5, deviation: 0.25 },
]

/** The same seed and keys give the same image. */
export function noiseImage(
  width: number,
  height: number,
  seed: number,
  ...keys: (string | number)[]
): Picture {
  const { normal } = random(seed, 'noise image', ...keys)
  const data = new Uint8Array(3 * width * height)
  for (let i = 0; i < data.length; i++) {
    const { mean, deviation } = colours[i % 3]
    data[i] = Math.min(255, Math.max(0, Math.round(255 * normal(mean, deviation))))
  }
  return { width, height, data }
}
