/** How long a table of 1,000 runs takes to appear: at the first start of a studio, and at later ones. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exampleRecord } from '../../src/runs/fixtures/record.ts'
import { startStudio } from '../../src/server/serve.ts'
import { openPage } from '../../test/studio/open.ts'

const [runs, epochs, steps] = [1000, 20, 50]

/** Runs of 20 epochs of 50 steps, as a training leaves them. */
function writeRuns(): string {
  const folder = mkdtempSync(join(tmpdir(), 'bench-runs-'))
  const first = join(folder, 'runs', 'run-0')
  mkdirSync(first, { recursive: true })
  writeFileSync(join(first, 'run.json'), JSON.stringify(exampleRecord({ epochs })))
  const lines = Array.from({ length: epochs }, (_, at) => [
    ...Array.from({ length: steps }, (_, step) => ({
      kind: 'step',
      epoch: at + 1,
      step: at * steps + step,
      loss: 2 / (1 + step),
      rate: 0.1,
      gradientNorm: 1.2345,
    })),
    { kind: 'epoch', epoch: at + 1, step: (at + 1) * steps, loss: 1, accuracy: at / epochs, seconds: 1 },
  ]).flat()
  writeFileSync(join(first, 'log.ndjson'), lines.map(line => `${JSON.stringify(line)}\n`).join(''))
  for (let run = 1; run < runs; run++) cpSync(first, join(folder, 'runs', `run-${run}`), { recursive: true })
  return folder
}

export interface FirstPaint {
  /** seconds from asking for the page to the first rows */
  first: number
  later: number
}

export async function firstPaint(): Promise<FirstPaint> {
  const folder = writeRuns()
  const once = async () => {
    const studio = await startStudio({
      folder: join(folder, 'runs'),
      base: folder,
      port: 0,
      host: '127.0.0.1',
      readOnly: false,
      note: () => {},
    })
    const { page, close } = await openPage('about:blank')
    const began = performance.now()
    await page.goto(studio.url)
    await page.locator('tr[aria-rowindex]').nth(8).waitFor()
    const seconds = (performance.now() - began) / 1000
    await close()
    await studio.close()
    return seconds
  }
  const times = { first: await once(), later: await once() }
  rmSync(folder, { recursive: true, force: true })
  return times
}
