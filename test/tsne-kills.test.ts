/**
 * `tsne` killed at random moments: what is in its folder is whole, and the same command run again ends with the files
 * of an undisturbed run and nothing else. GLASSHOUSE_THOROUGH=1 has it killed twenty times.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { random } from '../src/base/random.ts'
import { writeVectors } from '../src/embedding/vectors.node.ts'
import { complete, gate, thorough } from './thorough.ts'

const kills = thorough ? 20 : complete ? 2 : 1
const folder = mkdtempSync(join(tmpdir(), 'glasshouse-kills-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const files: string[] = []
for (const name of ['before', 'after']) {
  const { normal } = random(0, name)
  const [count, dim] = [60, 8]
  files.push(join(folder, `${name}.arrow`))
  await writeVectors(files.at(-1)!, {
    ids: Int32Array.from({ length: count }, (_, i) => i),
    labels: Array.from({ length: count }, (_, i) => `class ${i % 4}`),
    dim,
    data: Float32Array.from({ length: count * dim }, () => normal()),
  })
}

/** Where no ffmpeg is found no film is made, which would take most of the time. */
function run(out: string, killAfter?: number): Promise<{ code: number | null; seconds: number }> {
  const options = [
    '--perplexity',
    '10',
    '--iterations',
    '60',
    '--yoke',
    '1e-5',
    '--threads',
    '1',
    '--out',
    out,
  ]
  const started = performance.now()
  const child = spawn(process.execPath, ['bin/glasshouse.js', 'tsne', ...files, ...options], {
    stdio: 'ignore',
    env: { ...process.env, TMPDIR: folder, ...(thorough ? {} : { PATH: '' }) },
  })
  const timer =
    killAfter === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfter * 1000)
  return new Promise(resolve => {
    child.on('exit', code => {
      clearTimeout(timer)
      resolve({ code, seconds: (performance.now() - started) / 1000 })
    })
  })
}

const contentOf = (out: string) =>
  new Map(readdirSync(out).map(name => [name, readFileSync(join(out, name))] as const))

/** Holds times, which differ from run to run. */
const timed = (name: string) => /result\.json|index\.html/.test(name)

test.runIf(gate)(
  'killed at any moment, tsne leaves whole files, and run again it ends as if nothing had been',
  async () => {
    const undisturbed = join(folder, 'undisturbed')
    const { code, seconds } = await run(undisturbed)
    expect(code).toBe(0)
    const expected = contentOf(undisturbed)
    const { uniform } = random(1, 'kills')
    for (let i = 0; i < kills; i++) {
      const out = join(folder, `killed-${i}`)
      await run(out, seconds * (0.2 + 0.8 * uniform()))
      for (const [name, content] of readdirSync(folder).includes(`killed-${i}`) ? contentOf(out) : []) {
        if (name.endsWith('.tmp')) continue
        if (name === 'result.json') JSON.parse(content.toString())
        else if (name === 'index.html') expect(content.toString().trimEnd().endsWith('</html>')).toBe(true)
        else expect(content.equals(expected.get(name)!), `${name} of kill ${i}`).toBe(true)
      }
      expect((await run(out)).code).toBe(0)
      const after = contentOf(out)
      expect([...after.keys()].sort()).toEqual([...expected.keys()].sort())
      for (const [name, content] of after)
        if (!timed(name)) expect(content.equals(expected.get(name)!), `${name} after kill ${i}`).toBe(true)
    }
    expect(readdirSync(folder).filter(name => name.endsWith('.tmp'))).toEqual([])
  },
  1_800_000,
)
