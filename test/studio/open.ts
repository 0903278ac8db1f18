/** Opens the studio's page in the shared Chromium, and watches it: a page that reports an error fails its test. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { openTab } from '../browser.ts'

export interface Opened {
  page: Page
  /** what the page's console and its scripts complained of */
  complaints: string[]
  close(): Promise<void>
}

export async function openPage(
  address: string,
  {
    width = 1440,
    height = width < 500 ? 844 : 900,
    scheme = 'light',
  }: { width?: number; height?: number; scheme?: 'light' | 'dark' } = {},
): Promise<Opened> {
  const page = await openTab({ viewport: { width, height }, colorScheme: scheme })
  const complaints: string[] = []
  page.on('pageerror', error => complaints.push(error.message))
  page.on('console', message => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.on('dialog', dialog => {
    complaints.push(`a dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  await page.goto(address)
  return { page, complaints, close: () => page.context().close() }
}

interface Axe {
  run(
    context: Document,
    options: object,
  ): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }>
}

const axeSource = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')

/** Serious faults for people who use a screen reader, a keyboard or need contrast; none is what is wanted. */
export async function seriousFaults(page: Page): Promise<string[]> {
  // The page's own rules forbid foreign scripts; the tool that looks at it is let in from outside.
  await page.evaluate(axeSource)
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: Axe }
    const { violations } = await axe.run(document, { resultTypes: ['violations'] })
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.slice(0, 3).map(({ html }) => `${id}: ${html.slice(0, 200)}`))
  })
}
