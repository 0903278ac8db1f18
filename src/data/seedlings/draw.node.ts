/** Seedlings as images and as a data set on disk. */
import { join } from 'node:path'
import sharp from 'sharp'
import { mapConcurrently } from '../../base/concurrent.ts'
import { makeFolder, writeFileAtomic } from '../../base/files.node.ts'
import type { Picture } from '../../base/picture.ts'
import { random } from '../../base/random.ts'
import type { Work } from '../../base/work.ts'
import { decodesAtOnce } from '../decode.node.ts'
import { composeScene, type SceneRequest, speciesNames } from './scene.ts'

/** One seedling, size x size pixels, with the grain of a camera. */
export async function drawSeedling(request: SceneRequest & { size: number }): Promise<Picture> {
  const { size } = request
  const data = await rasterise(composeScene(request).picture, size)
  const stream = random(request.seed, 'grain', request.species, request.index)
  const grain = stream.uniform(2, 6)
  for (let i = 0; i < data.length; i += 3) {
    const shift = stream.normal(0, grain)
    for (let channel = 0; channel < 3; channel++)
      data[i + channel] = Math.min(255, Math.max(0, data[i + channel] + shift))
  }
  return { width: size, height: size, data }
}

/** Where the plant of that image is: size x size, 1 on the plant. */
export async function drawnPlantMask(request: SceneRequest & { size: number }): Promise<Uint8Array> {
  const data = await rasterise(composeScene(request).mask, request.size)
  return Uint8Array.from({ length: request.size ** 2 }, (_, i) => (data[3 * i] > 127 ? 1 : 0))
}

const rasterise = (svg: string, size: number): Promise<Buffer> =>
  sharp(Buffer.from(svg), { density: (72 * size) / 100 })
    .resize(size, size)
    .flatten({ background: '#000' })
    .removeAlpha()
    .raw()
    .toBuffer()

export interface WriteOptions {
  /** images of each species, train and test together */
  perClass?: number
  size?: number
  seed?: number
  work?: Work
}

/** Of every five images the last is for testing. */
const testEvery = 5

/** Writes train/ and test/ folders with one sub-folder per species. The same seed gives the same bytes. */
export async function writeSeedlings(
  out: string,
  { perClass = 60, size = 128, seed = 0, work }: WriteOptions = {},
): Promise<{ images: number; classes: number }> {
  for (const species of speciesNames)
    for (const split of ['train', 'test']) await makeFolder(join(out, split, species))
  const requests = speciesNames.flatMap(species =>
    Array.from({ length: perClass }, (_, index) => ({ species, index, seed, size })),
  )
  const write = async (request: (typeof requests)[number]) => {
    const { species, index } = request
    const { data } = await drawSeedling(request)
    const file = await sharp(data, { raw: { width: size, height: size, channels: 3 } })
      .png({ compressionLevel: 6 })
      .toBuffer()
    const split = index % testEvery === testEvery - 1 ? 'test' : 'train'
    await writeFileAtomic(join(out, split, species, `${String(index).padStart(4, '0')}.png`), file)
  }
  await mapConcurrently(requests, decodesAtOnce(), write, { work, stage: 'drawing' })
  return { images: requests.length, classes: speciesNames.length }
}
