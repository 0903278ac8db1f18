/**
 * npm run bench:browser [-- WORD...]: the studio's page measured in headless Chromium, which draws in software. Prints a
 * table; WORD picks what has it in its name.
 */
import { cpus, loadavg } from 'node:os'
import { sharedBrowser } from '../../test/browser.ts'
import { fakeStudio } from '../../test/studio/fake-server.ts'
import { openPage } from '../../test/studio/open.ts'
import { dreamSeconds } from './dreams.ts'
import { framesDuring } from './frames.ts'
import { firstPaint } from './runs.ts'
import { answers, scenes } from './scenes.ts'
import { tfjsSeconds } from './tfjs.ts'

const words = process.argv.slice(2)
const isWanted = (name: string): boolean => !words.length || words.some(word => name.includes(word))
const print = (...cells: string[]) => console.log(`| ${cells.join(' | ')} |`)
const milliseconds = (value: number): string => value.toFixed(1)

const browser = await sharedBrowser()
console.log(
  `Chromium ${browser.version()}, drawn in software; ${cpus().length} cores, load ${loadavg()[0].toFixed(1)}\n`,
)

print('what moves', 'median frame, ms', '95 %, ms', 'frames')
print('---', '---', '---', '---')
const studio = fakeStudio(answers())
for (const { name, address, sign, ready, act } of scenes.filter(({ name }) => isWanted(name))) {
  const { page, close } = await openPage(studio.origin + address)
  page.setDefaultTimeout(120_000)
  await page.locator(sign).first().waitFor()
  await page.waitForTimeout(1500)
  await ready?.(page)
  const { median, most, count } = await framesDuring(page, () => act(page))
  print(name, milliseconds(median), milliseconds(most), String(count))
  await close()
}
studio.close()

console.log('')
print('what', 'figure', 'aim')
print('---', '---', '---')
if (isWanted('first paint of runs')) {
  const { first, later } = await firstPaint()
  print('first paint of 1,000 runs, first start, s', first.toFixed(2), 'under 1')
  print('the same, later starts, s', later.toFixed(2), 'under 1')
}
for (const [size, aim] of [
  [128, 'at least 5'],
  [224, 'none'],
] as const) {
  const name = `dream steps a second, ResNet18, ${size} px, 2 threads`
  if (!isWanted(name)) continue
  print(name, (1 / (await dreamSeconds(size, 2))).toFixed(1), aim)
  const theirs = await tfjsSeconds(size, 2)
  print('the same in TensorFlow.js', theirs ? (1 / theirs).toFixed(1) : 'not installed', '')
}
await browser.close()
