import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserMissing } from '../browser.ts'
import { gate } from '../thorough.ts'
import { openPage } from './open.ts'
import { playWalk, type Running, runStudio } from './walk.ts'

describe.skipIf(!gate || browserMissing)(
  'the walk of docs/walk.md (skipped where there is no Chromium)',
  () => {
    let studio: Running
    beforeAll(async () => {
      studio = await runStudio(mkdtempSync(join(tmpdir(), 'walk-')))
    })
    afterAll(() => studio?.stop())

    it('a newcomer trains, finds a mistake, sees why, and a colleague sees the same', async () => {
      const { page, complaints, close } = await openPage('about:blank')
      const sent = await playWalk(page, studio.url, { perClass: 10, size: 32, epochs: 2 })
      const seen = await page.locator('.facts').textContent()
      // The log of a run is asked for before there is one; the browser itself tells of that.
      expect(complaints.filter(text => !text.includes('404'))).toEqual([])
      await close()

      const colleague = await openPage(studio.url)
      await colleague.page.goto(sent)
      await colleague.page.locator('.why-image').first().waitFor()
      expect(await colleague.page.locator('.facts').textContent()).toBe(seen)
      await colleague.close()
      // A minute where the machine has nothing else to do.
    }, 300_000)
  },
)
