/** Keeps what a page shows for the docs: small, and without the flecks that a few colours leave. */
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import sharp from 'sharp'

const pictures = join(import.meta.dirname, '../../docs/pictures')

export async function keepPicture(page: Page, name: string): Promise<void> {
  await sharp(await page.screenshot())
    .webp({ quality: 82 })
    .toFile(join(pictures, `studio-${name}.webp`))
}
