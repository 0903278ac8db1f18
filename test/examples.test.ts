/** Every program of examples/ runs and prints what it is for: in this process, the first as a program. Uses the built library. */
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { format, promisify } from 'node:util'
import { describe, expect, it, vi } from 'vitest'
import { complete, gate } from './thorough.ts'

const root = join(import.meta.dirname, '..')
const built = existsSync(join(root, 'dist/index.js'))
const loader = join(root, 'node_modules/tsx/dist/loader.mjs')
const programs = readdirSync(join(root, 'examples')).filter(name => /^\d\d-.*\.ts$/.test(name))

/** What a line of the output must look like; every program has an entry. */
const prints: Record<string, RegExp> = {
  '01-gradient.ts': /gradient (-?[\d.]+), finite difference \1/,
  '02-descent.ts': /slopes 1\.99\d|slopes 2\.00\d/,
  '03-network.ts': /stage1\.unit1\.branch/,
  '04-objective.ts': /npair\s+loss \d/,
  '05-own-objective.ts': /loss 0\.0860/,
  '06-data.ts': /60 images of 12 classes/,
  '07-train.ts': /12 steps, accuracy/,
  '08-open-a-model.ts': /Maize.*logit/,
  '09-look.ts': /dream .*objective|dream .*layers/,
  '10-retrieval.ts': /300 queries/,
  '11-yoked-tsne.ts': /lambda 0\.00001/,
  '12-own-lens.ts': /"channel":\d+/,
}

describe.skipIf(!built)('examples (npm run build first)', () => {
  it('are all checked here', () => {
    expect(Object.keys(prints).sort()).toEqual(programs.toSorted())
  })

  it.skipIf(!complete)('run as programs of their own', async () => {
    const words = ['--import', `file://${loader}`, join(root, 'examples', programs[0])]
    const { stdout } = await promisify(execFile)(process.execPath, words)
    expect(stdout).toMatch(prints[programs[0]])
  })

  // In order and in one folder: 08 and 09 open the run that 07 leaves.
  it.runIf(gate)('run', { timeout: 300_000 }, async () => {
    const { argv } = process
    const printed: string[] = []
    const log = vi.spyOn(console, 'log').mockImplementation((...parts) => {
      printed.push(format(...parts))
    })
    process.chdir(mkdtempSync(join(tmpdir(), 'glasshouse-examples-')))
    process.argv = argv.slice(0, 1)
    try {
      for (const name of programs) {
        printed.length = 0
        await import(join(root, 'examples', name))
        expect(printed.join('\n'), name).toMatch(prints[name])
      }
    } finally {
      process.argv = argv
      log.mockRestore()
    }
  })
})
