/** Milliseconds between the frames that a page draws while something goes on in it. */
import type { Page } from 'playwright-core'
import { medianOf } from '../../src/base/statistics.ts'

export interface Frames {
  count: number
  /** milliseconds */
  median: number
  /** 95 of 100 frames are at most this far apart */
  most: number
}

/** tsx keeps the names of functions by a helper, which a page does not have. */
export const keepNames = (page: Page): Promise<unknown> =>
  page.evaluate('globalThis.__name ??= value => value')

/** The page then counts its frames, until it is asked for them. */
export async function framesDuring(page: Page, act: () => Promise<void>): Promise<Frames> {
  await keepNames(page)
  await page.evaluate(() => {
    const times: number[] = []
    const step = (time: number) => {
      times.push(time)
      requestAnimationFrame(step)
    }
    requestAnimationFrame(step)
    Object.assign(window, { frameTimes: times })
  })
  await act()
  const times = await page.evaluate(() => (window as unknown as { frameTimes: number[] }).frameTimes)
  const gaps = times.slice(1).map((time, at) => time - times[at])
  const sorted = gaps.toSorted((a, b) => a - b)
  return {
    count: gaps.length,
    median: medianOf(gaps),
    most: sorted[Math.min(sorted.length - 1, Math.floor(0.95 * sorted.length))],
  }
}

/** Drags a plane of dots to and fro: one move of the pointer for each frame, as a hand does. */
export async function drag(page: Page, moves: number): Promise<void> {
  const box = await page.locator('.dots canvas').last().boundingBox()
  if (!box) throw new Error('there is no plane of dots')
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
  await page.mouse.move(x, y)
  await page.evaluate(
    ({ x, y, moves }) =>
      new Promise<void>(done => {
        const canvas = document.elementFromPoint(x, y)
        const send = (type: string, dx: number) =>
          canvas?.dispatchEvent(
            new PointerEvent(type, {
              pointerId: 1,
              pointerType: 'mouse',
              isPrimary: true,
              bubbles: true,
              clientX: x + dx,
              clientY: y + dx / 3,
            }),
          )
        send('pointerdown', 0)
        let move = 0
        const step = () => {
          send('pointermove', 90 * Math.sin(move / 12))
          if (++move < moves) requestAnimationFrame(step)
          else {
            send('pointerup', 0)
            done()
          }
        }
        requestAnimationFrame(step)
      }),
    { x, y, moves },
  )
}
