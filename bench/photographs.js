// JPEG files to decode, made on the spot: coarse colour fields under fine noise, about as many bytes as photographs
// of that size have. The same names and nearly the same bytes every time.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { random } from '../dist/base/random.js'

/** A folder with `counts` images of each class, `field/0000.jpg` ..., and what removes it. */
export async function photographs({ classes = ['field'], counts, width, height }) {
  const folder = await mkdtemp(join(tmpdir(), 'glasshouse-bench-'))
  let index = 0
  for (const [at, name] of classes.entries()) {
    await mkdir(join(folder, name), { recursive: true })
    for (const end = index + counts[at]; index < end; index++)
      await writePhotograph(join(folder, name, `${String(index).padStart(4, '0')}.jpg`), index, width, height)
  }
  return { folder, dispose: () => rm(folder, { recursive: true, force: true }) }
}

async function writePhotograph(path, index, width, height) {
  const stream = random('photograph', index)
  const field = Buffer.from(Array.from({ length: 12 * 9 * 3 }, () => stream.integer(256)))
  const smooth = await sharp(field, { raw: { width: 12, height: 9, channels: 3 } })
    .resize(width, height, { kernel: 'cubic', fit: 'fill' })
    .raw()
    .toBuffer()
  for (let i = 0; i < smooth.length; i++)
    smooth[i] = Math.min(255, Math.max(0, smooth[i] + stream.integer(33) - 16))
  await sharp(smooth, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 85 })
    .toFile(path)
}
