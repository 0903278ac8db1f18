/**
 * Takes the pictures of docs/walk.md and docs/studio.md: `npm run docs:studio`. Everything on them is drawn or trained
 * here, from nothing.
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { sharedBrowser } from '../browser.ts'
import { keepPicture } from './picture.ts'
import { playWalk, runStudio } from './walk.ts'

async function take(page: Page, name: string): Promise<void> {
  // Images in sight have come; those far below are loaded when they come near.
  await page.waitForFunction(() =>
    [...document.images].every(
      image => image.complete || image.getBoundingClientRect().top > window.innerHeight,
    ),
  )
  await keepPicture(page, name)
}

const studio = await runStudio(mkdtempSync(join(tmpdir(), 'draw-walk-')))
const browser = await sharedBrowser()
const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
const page = await context.newPage()
const sent = await playWalk(page, studio.url, {
  perClass: 60,
  // One more than a multiple of the stride: the cells of maps then reach every edge.
  size: 65,
  epochs: 8,
  patience: 3_600_000,
  seen: async name => {
    // The curves are half way by then.
    if (name === 'watch') await page.waitForTimeout(20_000)
    await take(page, name)
  },
})
const small = await browser.newContext({ viewport: { width: 390, height: 844 }, colorScheme: 'dark' })
const telephone = await small.newPage()
await telephone.goto(studio.url)
await telephone.goto(sent)
await telephone.locator('.why-image').first().waitFor()
await telephone.waitForTimeout(400)
await take(telephone, 'telephone')
await studio.stop()
await browser.close()
