/** What a training step would see of an image: its augmentation, as pixels. */
import type { Picture } from '../base/picture.ts'
import { type Augmentation, augmentationStream, augmentInto } from '../data/augment.ts'

/** @param picture square, at the size that the plan stores */
export function augmented(
  picture: Picture,
  { augmentation, storedSize }: { augmentation: Augmentation; storedSize: number },
  seed: number,
  epoch: number,
): Picture {
  const { size } = augmentation
  const values = new Float32Array(3 * size * size)
  const plain = { mean: [0, 0, 0], deviation: [1, 1, 1] } satisfies Parameters<typeof augmentInto>[5]
  augmentInto(values, 0, picture.data, storedSize, augmentation, plain, augmentationStream(seed, epoch, 0))
  const data = new Uint8Array(3 * size * size)
  for (let pixel = 0; pixel < size * size; pixel++)
    for (let channel = 0; channel < 3; channel++)
      data[3 * pixel + channel] = Math.round(
        255 * Math.min(1, Math.max(0, values[channel * size * size + pixel])),
      )
  return { width: size, height: size, data }
}
