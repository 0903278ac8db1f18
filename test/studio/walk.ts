/**
 * The walk of docs/walk.md: somebody who has only the page draws data, trains, finds a mistake and sees why. The test
 * plays it, and draw-walk.ts takes its pictures.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { ended } from '../servers.ts'

const program = join(import.meta.dirname, '../../bin/glasshouse.js')

export interface Running {
  /** with its token */
  url: string
  stop(): Promise<void>
}

/** Starts the studio as its user does, in a folder that holds nothing yet. */
export async function runStudio(folder: string): Promise<Running> {
  const child = spawn(process.execPath, [program, 'studio', '--port', '0', '--no-open', '--json'], {
    cwd: folder,
  })
  const url = await urlOf(child)
  return { url, stop: () => ended(child) }
}

const urlOf = (child: ChildProcess): Promise<string> =>
  new Promise((found, failed) => {
    let told = ''
    const read = (chunk: Buffer) => {
      told += chunk
      const [, url] = /"url":\s*"([^"]+)"/.exec(told) ?? []
      if (url) found(url)
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', (chunk: Buffer) => {
      told += chunk
    })
    child.once('exit', () => failed(new Error(`the studio ended: ${told}`)))
  })

export interface WalkOptions {
  perClass: number
  size: number
  epochs: number
  /** milliseconds that each part may take */
  patience?: number
  /** called where the page has a picture */
  seen?(name: string): Promise<void>
}

/** @returns the address that is sent to a colleague */
export async function playWalk(
  page: Page,
  url: string,
  { perClass, size, epochs, patience = 100_000, seen = async () => {} }: WalkOptions,
): Promise<string> {
  page.setDefaultTimeout(patience)
  const finished = page.locator('h1 + .state.good')
  await page.goto(url)
  await page.getByRole('link', { name: 'draw the seedlings' }).click()
  await page.getByLabel('folder').fill('seedlings')
  await page.getByLabel('per class').fill(String(perClass))
  await page.getByLabel('size').fill(String(size))
  await page.getByRole('button', { name: 'Start' }).click()
  await finished.waitFor()

  await page.getByRole('link', { name: 'Start', exact: true }).click()
  await page.locator('.commands').getByRole('link', { name: 'train a classifier' }).click()
  await page.getByLabel('data').fill('seedlings')
  await page.getByLabel('net', { exact: true }).fill('small')
  await page.getByLabel('size', { exact: true }).fill(String(size))
  await page.getByLabel('epochs', { exact: true }).fill(String(epochs))
  await page.getByText(`--epochs ${epochs}`).waitFor()
  await seen('start')
  await page.getByRole('button', { name: 'Start' }).click()
  await page.locator('.curves path[d^=M]').first().waitFor({ state: 'attached' })
  await seen('watch')
  await finished.waitFor()
  await page.getByRole('link', { name: 'Open the result' }).click()
  await page.locator('.curves path').first().waitFor({ state: 'attached' })
  await page.waitForTimeout(400)
  await seen('run')

  await page.getByRole('tab', { name: 'Images and mistakes' }).click()
  await page.locator('.pairs button').first().click()
  await page.locator('.image-grid img').first().waitFor()
  await page.waitForTimeout(400)
  await seen('mistakes')
  await page.locator('.image-grid .tile > button').first().click()
  await page.getByRole('button', { name: 'Show the class activation map' }).click()
  await page.locator('.why-image').first().waitFor()
  await page.waitForTimeout(400)
  await seen('why')
  return page.url()
}
