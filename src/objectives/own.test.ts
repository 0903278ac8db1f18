/** Objectives of the user's own: opened from files, refused with what is wrong with them. Uses the built library, as the files do. */
import { existsSync, mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bindObjective } from './objective.ts'
import { openObjective, openOwnObjective, requireSameFile } from './own.node.ts'
import { rehearse } from './rehearse.ts'

const built = existsSync(new URL('../../dist/index.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'glasshouse-own-'))
const written = (name: string, text: string): string => {
  mkdirSync(join(folder, 'lib'), { recursive: true })
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

const objective = (
  more = '',
  build = '({ output }) => ({ loss: reduceMean(square(output)), statistics: {} })',
) => `
import { defineObjective, reduceMean, square, sub } from 'glasshouse'
import { z } from 'zod'
import { target } from './lib/target.ts'
export default defineObjective({
  name: 'mine', kind: 'embedding', summary: 'all to a point', balanced: true,
  options: z.object({ point: z.number().default(target as number) }),
  build: ${build}, ${more}
})`

describe.skipIf(!built)('an objective of a file', () => {
  it('is opened wherever the file is, with TypeScript and what it imports', async () => {
    written('lib/target.ts', 'export const target: number = 3')
    const path = written('mine.ts', objective())
    const { objective: mine, file } = await openObjective(path)
    expect(mine).toMatchObject({ name: 'mine', kind: 'embedding', balanced: true })
    expect(bindObjective(mine, { point: 1 }).name).toBe('mine')
    expect(() => bindObjective(mine, { pont: 1 })).toThrow('Did you mean point?')
    expect(file?.path).toBe(path)
    rehearse(bindObjective(mine), { batch: 4, dim: 2, classes: 2 }, path)
  })

  it('is the same file as long as it and what it imports are unchanged', async () => {
    written('lib/target.ts', 'export const target: number = 3')
    const path = written('same.ts', objective())
    const { file: before } = await openOwnObjective(path)
    requireSameFile(before, (await openOwnObjective(path)).file)
    written('lib/target.ts', 'export const target: number = 4')
    const { objective: changed, file } = await openOwnObjective(path)
    expect(changed.options.parse({})).toEqual({ point: 4 })
    expect(() => requireSameFile(before, file)).toThrow('not the one that the run began with')
  })

  it('is the same file, and its faults are where they are, from wherever the program was started', async () => {
    written('lib/target.ts', 'export const target: number = 3')
    const path = written('same.ts', objective())
    const cut = realpathSync(written('lib/cut.ts', 'export default {\n  name: = 3 }'))
    const start = process.cwd()
    try {
      const seen: unknown[] = []
      for (const from of [start, folder, join(folder, 'lib')]) {
        process.chdir(from)
        seen.push((await openOwnObjective(path)).file)
        await expect(openOwnObjective(cut)).rejects.toMatchObject({ where: `${cut}:2:9` })
      }
      expect(seen).toEqual([seen[0], seen[0], seen[0]])
    } finally {
      process.chdir(start)
    }
  })

  it.each([
    ['cut.ts', 'export default {\n  name: = 3 }', /cut\.ts:2:9: .*\(got name: = 3 \}\)/],
    ['import.js', "import { x } from './nowhere.js'\nexport default x", /import\.js:1:19: Could not resolve/],
    ['throws.ts', "throw new Error('no luck')", /throws\.ts: the file fails while it is imported: no luck/],
    ['empty.ts', 'export const x = 3', /exports no objective/],
    ['two.ts', 'export const a = { build() {} }, b = { build() {} }', /exports several objectives/],
    [
      'options.ts',
      "export default { name: 'a', kind: 'embedding', summary: '', balanced: true, options: {}, build() {} }",
      /options: a zod schema/,
    ],
    ['kind.ts', "export default { name: 'a', kind: 'vectors' }", /not an objective: kind:/],
    ['taken.ts', objective("name: 'epshn'"), /an objective called 'epshn' already/],
  ])('%s is refused', async (name, text, message) => {
    written('lib/target.ts', 'export const target: number = 3')
    await expect(openOwnObjective(written(name, text))).rejects.toThrow(message)
  })

  it('that does not exist is refused', async () => {
    await expect(openOwnObjective(join(folder, 'nowhere.ts'))).rejects.toThrow(
      /nowhere\.ts: there is no such file/,
    )
  })

  it.each([
    ['({ output }) => ({ loss: square(output), statistics: {} })', /scalar/],
    [
      '({ output }) => ({ loss: reduceMean(output), statistics: { x: output } })',
      /statistic 'x' is 4 x 2 numbers/,
    ],
    ['() => { throw new TypeError("output is odd") }', /the objective fails: output is odd/],
    ['() => undefined', /the objective fails/],
  ])('%s is refused before anything is trained', async (build, message) => {
    const path = written(`build-${message.source.length}.ts`, objective('', build))
    const { objective: mine } = await openOwnObjective(path)
    expect(() => rehearse(bindObjective(mine), { batch: 4, dim: 2, classes: 2 }, path)).toThrow(message)
  })
})
