/** Every program of examples/ runs and prints what it is for. Uses the built library. */
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

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

  // In order and in one folder: 08 and 09 open the run that 07 leaves.
  it('run', { timeout: 300_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'glasshouse-examples-'))
    for (const name of programs) {
      const words = ['--import', `file://${loader}`, join(root, 'examples', name)]
      const { stdout } = await promisify(execFile)(process.execPath, words, { cwd: folder })
      expect(stdout, name).toMatch(prints[name])
    }
  })
})
