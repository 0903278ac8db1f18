/**
 * npm run bench:browser [-- WORD...]: the studio's page measured in headless Chromium, which draws in software. Prints a
 * table; WORD picks what has it in its name.
 */
import { cpus, loadavg } from 'node:os'
import { sharedBrowser } from '../../test/browser.ts'
import { fakeStudio } from '../../test/studio/fake-server.ts'
import { openPage } from '../../test/studio/open.ts'
import { type Dreamer, dreamSeconds } from './dreams.ts'
import { framesDuring } from './frames.ts'
import { firstPaint } from './runs.ts'
import { answers, scenes } from './scenes.ts'
import { tfjsSeconds } from './tfjs.ts'

const words = process.argv.slice(2)
const isWanted = (name: string): boolean => !words.length || words.some(word => name.includes(word))
const print = (...cells: string[]) => console.log(`| ${cells.join(' | ')} |`)
const perSecond = (seconds: number): string => (1 / seconds).toFixed(1)
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
const dreams: readonly [net: Dreamer, size: number, threads: number, aim: string][] = [
  ['resnet18', 128, 2, 'at least 5'],
  ['resnet18', 224, 2, 'none'],
  ['resnet18', 224, 1, 'none'],
  ['mobilenet_v2', 224, 2, 'none'],
  ['mobilenet_v2', 224, 1, 'none'],
]
for (const [net, size, threads, aim] of dreams) {
  const name = `dream steps a second, ${net}, ${size} px, threads: ${threads}`
  if (!isWanted(name)) continue
  print(name, perSecond(await dreamSeconds(net, size, threads)), aim)
  const theirs = await tfjsSeconds(net, size, threads)
  print('the same in TensorFlow.js', typeof theirs === 'string' ? theirs : perSecond(theirs), '')
}
await browser.close()
