/** How long a table of 1,000 runs takes to appear: at the first start of a studio, and at later ones. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { medianOf } from '../../src/base/statistics.ts'
import { exampleRecord } from '../../src/runs/fixtures/record.ts'
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
  /** seconds from asking for the page to its first rows */
  first: number
  later: number
}

const program = fileURLToPath(new URL('../../bin/glasshouse.js', import.meta.url))

/** A studio as a process of its own, as people have it. */
async function serve(folder: string): Promise<{ url: string; end(): Promise<void> }> {
  const words = ['studio', join(folder, 'runs'), '--port', '0', '--json', '--no-open']
  const server = spawn(process.execPath, [program, ...words], { cwd: folder, stdio: ['ignore', 'pipe', 2] })
  const [line] = await once(server.stdout!, 'data')
  return {
    url: JSON.parse(String(line)).url,
    async end() {
      server.kill('SIGTERM')
      await once(server, 'exit')
    },
  }
}

/**
 * Milliseconds that a window needs until it stands: Chromium loads the pages of its own address bar into a new one, and
 * takes more time for them than for ours.
 */
const settling = 8000

export async function firstPaint(): Promise<FirstPaint> {
  const folder = writeRuns()
  const { page, close } = await openPage('about:blank')
  await page.waitForTimeout(settling)
  // As text: what runs this program gives functions names by a helper that a page does not have.
  await page.addInitScript({
    content: `requestAnimationFrame(function look(time) {
      if (document.querySelectorAll('tr[aria-rowindex]').length > 8) window.rowsAt ??= time / 1000
      else requestAnimationFrame(look)
    })`,
  })
  const opened = async () => {
    const studio = await serve(folder)
    await page.goto(studio.url, { waitUntil: 'commit' })
    let seconds: unknown
    while (!seconds) {
      await page.waitForTimeout(100)
      seconds = await page.evaluate(() => 'rowsAt' in window && window.rowsAt)
    }
    await studio.end()
    return Number(seconds)
  }
  const times = { first: await opened(), later: medianOf([await opened(), await opened(), await opened()]) }
  await close()
  rmSync(folder, { recursive: true, force: true })
  return times
}
