/** A lens that was taken from the tab, opened from the disk in a browser that can reach nothing. */
import { mkdtempSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserMissing } from '../browser.ts'
import { complete, gate } from '../thorough.ts'
import { type FakeStudio, fakeStudio } from './fake-server.ts'
import {
  expectClose,
  folder,
  keepWhatIsFound,
  mapsOfNode,
  mapsOfPage,
  modelOf,
  striped,
} from './lens-in-page.ts'
import { type Opened, openPage, seriousFaults } from './open.ts'

/** Milliseconds: a file of 12 MB is opened, and its engine compiled, however busy the machine is. */
const patience = 400_000

async function alone(path: string): Promise<Opened> {
  const opened = await openPage('about:blank')
  await opened.page.context().setOffline(true)
  await opened.page.addInitScript(keepWhatIsFound)
  await opened.page.goto(pathToFileURL(path).href)
  return opened
}

describe.skipIf(!gate || browserMissing)('an exported lens (skipped where there is no Chromium)', () => {
  let studio: FakeStudio
  let opened: Opened
  const small = modelOf('small', 32)
  beforeAll(() => {
    studio = fakeStudio({})
  })
  afterAll(async () => {
    await opened?.close()
    studio?.close()
  })

  async function lookInTab(model: typeof small, address: string) {
    opened = await openPage(studio.origin + address)
    const { page } = opened
    await page.locator('.box input[type=file]').first().setInputFiles(model.path)
    await page.getByText('3 classes, sees 32').waitFor()
    await page
      .locator('.box input[type=file]')
      .nth(1)
      .setInputFiles([await striped('one.png', 9)])
    await page.locator('.answers li').first().waitFor()
    await page.getByRole('button', { name: 'Show where it looks' }).click()
    await page.locator('.report-gallery img').first().waitFor()
    await page.getByRole('button', { name: 'Export', exact: true }).click()
    return page
  }

  it(
    'looks at other images, with the numbers of Node',
    async () => {
      const page = await lookInTab(small, '/tab?method=grad-cam')
      const [file] = await Promise.all([
        page.waitForEvent('download', { timeout: 120_000 }),
        page.getByRole('dialog').getByRole('button', { name: 'Lens', exact: true }).click(),
      ])
      const path = join(folder, file.suggestedFilename())
      await file.saveAs(path)
      expect(opened.complaints).toEqual([])
      await opened.close()
      expect(statSync(path).size).toBeLessThan(20e6)

      const lens = await alone(path)
      // What was found is found once more, here.
      await lens.page.locator('.report-gallery img').first().waitFor({ timeout: 120_000 })
      const other = await striped('other.png', 3)
      await lens.page.locator('.box input[type=file]').nth(1).setInputFiles([other])
      await lens.page.locator('.tab-images li').nth(1).getByRole('button').first().click()
      await lens.page.getByRole('button', { name: 'Show where it looks' }).click()
      const seen = await mapsOfPage(lens.page, 'other.png', 2)
      const wanted = await mapsOfNode(small.bytes, other)
      expect(wanted.length).toBeGreaterThan(0)
      expect(seen.length).toBe(wanted.length)
      wanted.forEach((map, at) => {
        expectClose(seen[at], map)
      })
      expect(await seriousFaults(lens.page)).toEqual([])
      expect(lens.complaints).toEqual([])
      await lens.close()
    },
    patience,
  )

  it.runIf(complete)(
    'asks for a large model, which lies beside it',
    async () => {
      const large = modelOf('resnet18', 32)
      const page = await lookInTab(large, '/tab')
      const beside = mkdtempSync(join(folder, 'beside-'))
      const files = new Map<string, string>()
      page.on('download', async file => {
        const path = join(beside, file.suggestedFilename())
        await file.saveAs(path)
        files.set(file.suggestedFilename(), path)
      })
      await page.getByRole('dialog').getByRole('button', { name: 'Lens', exact: true }).click()
      await expect
        .poll(() => [...files.keys()].sort(), { timeout: 60_000 })
        .toEqual(['cam-lens.html', 'resnet18.onnx'])
      await opened.close()
      const lens = await alone(files.get('cam-lens.html') ?? '')
      await lens.page.getByText('The model is too large for this page').waitFor()
      await lens.page.locator('.beside input[type=file]').setInputFiles(files.get('resnet18.onnx') ?? '')
      await lens.page.locator('.report-gallery img').first().waitFor({ timeout: 120_000 })
      expect(await lens.page.getByText('This is another model').count()).toBe(0)
      expect(lens.complaints).toEqual([])
      await lens.close()
    },
    patience,
  )
})
