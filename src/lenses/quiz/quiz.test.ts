/** The quiz as a person plays it: in a browser, by keyboard and by touch, on a wide page and on a phone. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserMissing, openTab } from '../../../test/browser.ts'
import { seedlings } from '../../../test/seedlings.ts'
import { gate } from '../../../test/thorough.ts'
import { renderReport } from '../../figures/report.ts'
import { beginRun } from '../../runs/carry-out.node.ts'
import { pretextOptions, trainingOf } from '../../runs/pretext/options.ts'
import { createContext } from '../../runtime/context.node.ts'
import type { Quiz } from './player/index.ts'
import { makeQuiz, type QuizOptions } from './quiz.node.ts'

const folder = mkdtempSync(join(tmpdir(), 'glasshouse-quiz-'))
const context = createContext({ threads: 1 })

async function quizOf(
  name: string,
  options: Partial<QuizOptions> = {},
): Promise<{ path: string; data: Quiz }> {
  const { report } = await makeQuiz(context, await seedlings(), { task: 'flip', questions: 3, ...options })
  const path = join(folder, `${name}.html`)
  writeFileSync(path, renderReport({ ...report, footer: '' }))
  const [part] = report.sections[0].parts
  if (part.kind !== 'live') throw new Error('the quiz is a live part')
  return { path, data: part.data as Quiz }
}

it.runIf(gate)('the same seed gives the same pairs, in either order', async () => {
  const [one, other] = [await quizOf('one', { questions: 30 }), await quizOf('other', { questions: 30 })]
  expect(one.data).toEqual(other.data)
  expect(new Set(one.data.questions.map(({ right }) => right))).toEqual(new Set([0, 1]))
  for (const { images } of one.data.questions) expect(images[0]).not.toBe(images[1])
})

it.runIf(gate)('a model that was trained for something else is refused', async () => {
  const run = quizOf('unfit', { model: 'resnet18' })
  await expect(run).rejects.toMatchObject({ code: 'not-of-task' })
})

describe.skipIf(browserMissing)('in a browser (skipped where no Chromium is installed)', () => {
  let quiz: Awaited<ReturnType<typeof quizOf>>
  beforeAll(async () => {
    const model = join(folder, 'run')
    const options = pretextOptions.parse({ size: 16, batch: 16, epochs: 1 })
    await beginRun(context, await seedlings(), trainingOf(options), model, { pretext: { task: 'flip' } })
    quiz = await quizOf('quiz', { model })
  })

  const pages: Page[] = []
  afterAll(() => Promise.all(pages.map(page => page.context().close())))

  async function open(options: BrowserContextOptions): Promise<{ page: Page; errors: string[] }> {
    const page = await openTab({ ...options, offline: true, acceptDownloads: true })
    const errors: string[] = []
    page.on('pageerror', error => errors.push(error.message))
    pages.push(page)
    await page.goto(`file://${quiz.path}`)
    return { page, errors }
  }
  const part = (page: Page, name: string) => page.locator(`[data-quiz="${name}"]`)

  it.runIf(gate)(
    'is played by keyboard: all right, saved, and compared with the network and a friend',
    async () => {
      const { page, errors } = await open({ viewport: { width: 1440, height: 900 } })
      await page.keyboard.press('ArrowUp')
      expect(await part(page, 'play').isVisible()).toBe(false)
      await part(page, 'start').focus()
      await page.keyboard.press('Enter')
      for (const { right, network } of quiz.data.questions) {
        await page.keyboard.press(right ? 'ArrowDown' : 'ArrowUp')
        const said = await part(page, 'said').textContent()
        expect(said).toMatch(/^Right, after \d+\.\d s\. The network says/)
        expect(said).toContain(network?.answer === right ? 'which is right' : 'which is wrong')
        expect(await part(page, 'above').locator('img').getAttribute('src')).toBe(network?.maps[0])
        // A second key changes nothing.
        await page.keyboard.press(right ? 'ArrowUp' : 'ArrowDown')
        expect(await part(page, 'said').textContent()).toBe(said)
        await page.keyboard.press('Enter')
      }
      expect(await part(page, 'score').textContent()).toBe('3 of 3')
      await part(page, 'name').fill('Ada')
      const [download] = await Promise.all([page.waitForEvent('download'), part(page, 'save').click()])
      expect(download.suggestedFilename()).toBe('quiz-Ada.json')
      const saved = JSON.parse(readFileSync((await download.path())!, 'utf8'))
      expect(saved).toMatchObject({ task: 'flip', name: 'Ada', score: 3, questions: 3, quiz: quiz.data.id })
      expect(saved.answers.map(({ path }: { path: string }) => path)).toEqual(
        quiz.data.questions.map(({ path }) => path),
      )

      const file = (name: string, content: object) => {
        const path = join(folder, name)
        writeFileSync(path, JSON.stringify(content))
        return path
      }
      await part(page, 'load').setInputFiles([
        file('friend.json', { ...saved, name: '<b>Friend</b>', score: 1 }),
        file('other.json', { ...saved, quiz: 'another' }),
      ])
      await page.waitForFunction(() => document.querySelectorAll('[data-quiz="comparison"] tr').length === 4)
      const rows = await part(page, 'comparison').locator('tr').allTextContents()
      const right = quiz.data.questions.filter(({ right, network }) => network?.answer === right).length
      expect(rows[1]).toMatch(/^Ada3 of 3\d+\.\d s$/)
      expect(rows[2]).toContain('<b>Friend</b>1 of 3')
      expect(rows[3]).toBe(`the network${right} of 3–`)
      expect(await part(page, 'problems').textContent()).toBe(
        'other.json: this is the result of another quiz.',
      )
      expect(errors).toEqual([])
    },
  )

  it.runIf(gate)(
    'is played by touch on a phone: both images and the answer are on one screen, wrong ones are counted',
    async () => {
      const { page, errors } = await open({
        viewport: { width: 390, height: 844 },
        hasTouch: true,
        isMobile: true,
      })
      await part(page, 'start').tap()
      for (const [at, { right }] of quiz.data.questions.entries()) {
        await part(page, 'above').scrollIntoViewIfNeeded()
        await part(page, right === 0 ? 'below' : 'above').tap()
        expect(await part(page, 'said').textContent()).toMatch(/^No, it is the one (above|below), after/)
        const heights = await Promise.all(
          ['above', 'next'].map(async name => (await part(page, name).boundingBox())!),
        )
        expect(heights[1].y + heights[1].height - heights[0].y).toBeLessThanOrEqual(844)
        if (at === 0) expect(await part(page, 'count').textContent()).toBe('1 of 3')
        await part(page, 'next').tap()
      }
      expect(await part(page, 'score').textContent()).toBe('0 of 3')
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
      expect(errors).toEqual([])
    },
  )
})
