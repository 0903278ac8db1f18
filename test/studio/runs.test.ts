import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ListedRun } from '../../src/runs/list-page.ts'
import { arrange, readSorting } from '../../studio/views/runs/list.ts'
import { browserMissing } from '../browser.ts'
import { gate } from '../thorough.ts'
import { drawnRuns } from './drawn.ts'
import { type FakeStudio, fakeStudio } from './fake-server.ts'
import { type Opened, openPage, seriousFaults } from './open.ts'

const count = 1000
const runs = drawnRuns(count)

describe('which runs are shown', () => {
  const wanted = { words: '', sorting: readSorting(null) }
  const names = (rows: ReturnType<typeof arrange>['rows']) =>
    rows.map(row => (row.kind === 'run' ? row.run.name : `# ${row.name}`))

  it('every word must be found, and comparisons hold', () => {
    const { rows } = arrange(runs, { ...wanted, words: 'softmax resnet18 score>0.9 epochs>=8' })
    expect(rows.length).toBeGreaterThan(0)
    for (const row of rows) {
      if (row.kind !== 'run') throw new Error('no groups were asked for')
      expect(row.run).toMatchObject({ objective: 'softmax', net: 'resnet18' })
      expect(row.run.score).toBeGreaterThan(0.9)
      expect(row.run.epochs).toBeGreaterThanOrEqual(8)
    }
  })

  it('what is unknown stands last, up and down', () => {
    const some: ListedRun[] = [
      { name: 'a', command: 'cam', state: 'finished', curve: [], changed: 3 },
      { name: 'b', command: 'train', state: 'finished', curve: [], changed: 2, score: 0.1 },
      { name: 'c', command: 'train', state: 'finished', curve: [], changed: 1, score: 0.9 },
    ]
    expect(names(arrange(some, { ...wanted, sorting: readSorting('-score') }).rows)).toEqual(['c', 'b', 'a'])
    expect(names(arrange(some, { ...wanted, sorting: readSorting('score') }).rows)).toEqual(['b', 'c', 'a'])
  })

  it('groups hold every run once', () => {
    const { rows, found } = arrange(runs, { ...wanted, group: 'folder' })
    expect(found.length).toBe(count)
    expect(new Set(names(rows)).has('# rates/runs')).toBe(true)
    expect(rows.filter(({ kind }) => kind === 'run').length).toBe(count)
  })
})

describe.skipIf(browserMissing)('the table of runs (skipped where there is no Chromium)', () => {
  let studio: FakeStudio
  let opened: Opened
  beforeAll(async () => {
    studio = fakeStudio({ '/api/runs': () => ({ runs }) })
    opened = await openPage(`${studio.origin}/runs`)
  })
  afterAll(async () => {
    await opened?.close()
    studio?.close()
  })

  // How fast, `npm run bench:browser` measures: a time here would say how busy the machine is.
  it('draws a thousand runs with few of them in the document', async () => {
    const { page } = opened
    await page.waitForSelector('table.runs tbody tr[aria-rowindex]')
    expect(await page.locator('table.runs tbody tr').count()).toBeLessThan(80)
    expect(await page.locator('.bar output').textContent()).toBe('1,000 runs')
  })

  it('scrolls to the last of them', async () => {
    const { page } = opened
    await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight))
    await page.waitForSelector(`tr[aria-rowindex="${count + 1}"]`)
    await page.evaluate(() => window.scrollTo(0, 0))
    await page.waitForSelector('tr[aria-rowindex="2"]')
  })

  it.runIf(gate)('keeps filter, sorting, groups and choice in the address', async () => {
    const { page } = opened
    await page.getByRole('searchbox').fill('supcon')
    await page.getByRole('button', { name: 'Score' }).click()
    await page.getByLabel('group by').selectOption('net')
    await page.getByRole('checkbox').first().check()
    const seen = async () => [
      await page.locator('.bar output').textContent(),
      await page.locator('tbody tr').nth(1).textContent(),
      await page.locator('.selection').textContent(),
    ]
    const before = await seen()
    expect(before[0]).toBe('showing 125 of 1,000 runs')
    await page.reload()
    await page.waitForSelector('tr.group')
    expect(await seen()).toEqual(before)
    const other = await openPage(page.url())
    await other.page.waitForSelector('tr.group')
    expect(await other.page.locator('.bar output').textContent()).toBe(before[0])
    await other.close()
    await page.getByRole('link', { name: 'Compare' }).click()
    expect(new URL(page.url()).pathname).toBe('/compare')
    await page.goBack()
    await page.waitForSelector('tr.group')
    expect(await seen()).toEqual(before)
  })

  it('has no complaint', () => {
    expect(opened.complaints.filter(text => !text.includes('404'))).toEqual([])
  })
})

describe.skipIf(browserMissing)('care (skipped where there is no Chromium)', () => {
  const hostile = [
    '<img src=x onerror=alert(1)>',
    '</script><script>alert(2)</script>',
    '"><svg onload=alert(3)>',
    `javascript:alert(4)//${'long'.repeat(2500)}`,
    'line\u2028break\u0007\u202Egnp',
  ]
  const named = (name: string): ListedRun => ({
    ...runs[0],
    name,
    data: `/data/${name}`,
    objective: name,
    net: name,
    fault: name,
  })

  it.runIf(gate).each(['light', 'dark'] as const)('no serious fault, %s, wide and narrow', async scheme => {
    const studio = fakeStudio({ '/api/runs': () => ({ runs: runs.slice(0, 30) }) })
    for (const width of [1440, 390]) {
      const { page, close } = await openPage(`${studio.origin}/runs?sel=softmax-0`, { width, scheme })
      await page.waitForSelector('tr[aria-rowindex]')
      expect(await seriousFaults(page)).toEqual([])
      const wide = await page.evaluate(() => document.documentElement.scrollWidth)
      expect(wide, 'nothing stands out to the side').toBeLessThanOrEqual(width)
      await close()
    }
    studio.close()
  })

  it.runIf(gate)('names that hold markup are text', async () => {
    const studio = fakeStudio({ '/api/runs': () => ({ runs: hostile.map(named) }) })
    const { page, complaints, close } = await openPage(`${studio.origin}/runs?group=objective`)
    await page.waitForSelector('tr.group')
    expect(await page.locator('.c-name a').first().textContent()).toContain('<img src=x')
    expect(await page.locator('.table-room img, .table-room script').count()).toBe(0)
    const wide = await page.evaluate(() => document.documentElement.scrollWidth)
    expect(wide).toBeLessThanOrEqual(1440)
    expect(complaints).toEqual([])
    await close()
    studio.close()
  })

  it.runIf(gate)('says what to do where there is nothing, and where the server is gone', async () => {
    const studio = fakeStudio({})
    const { page, close } = await openPage(`${studio.origin}/runs`)
    await page.getByRole('link', { name: 'draw the seedlings' }).waitFor()
    studio.answers['/api/runs'] = () => undefined
    await page.reload()
    await page.getByRole('button', { name: 'Try again' }).waitFor()
    studio.answers['/api/runs'] = () => ({ runs })
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.waitForSelector('tr[aria-rowindex]')
    studio.cut()
    await page.getByText('does not answer').waitFor()
    await close()
    studio.close()
  })
})
