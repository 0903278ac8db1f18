/** The built program as a process of its own: signals, closed pipes, start-up, folders that never clash. */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { gate } from '../../test/thorough.ts'

const built = resolve(import.meta.dirname, '../../dist/cli/main.js')
const launcher = resolve(import.meta.dirname, '../../bin/glasshouse.js')

const folder = mkdtempSync(join(tmpdir(), 'glasshouse-'))
/** The program with one more command: it writes a file, then waits to be stopped, or never stops. */
const withSlowCommand = join(folder, 'slow.mjs')
writeFileSync(
  withSlowCommand,
  `import { start } from ${JSON.stringify(built)}
   import { z } from ${JSON.stringify(resolve(import.meta.dirname, '../../node_modules/zod/index.js'))}
   const slow = {
     name: 'slow', summary: 'takes long', arguments: [],
     options: z.object({
       stubborn: z.boolean().default(false).describe('never stop'),
       wait: z.boolean().default(true).describe('wait to be stopped'),
     }),
     async run(context, args, { stubborn, wait }) {
       await context.write('first.txt', 'finished')
       const alive = setInterval(() => {}, 1000)
       if (wait) {
         context.emit({ kind: 'note', text: 'waiting' })
         await new Promise((_, reject) => stubborn || context.signal.addEventListener('abort', () => reject(context.signal.reason)))
           .finally(() => clearInterval(alive))
       }
       clearInterval(alive)
       return { metrics: { lines: Array.from({ length: 50_000 }, (_, i) => i) }, summary: 'a line\\n'.repeat(50_000) }
     },
   }
   const broken = { ...slow, name: 'broken', run: () => new Promise(() => setTimeout(() => { throw new TypeError('out of the blue') })) }
   const entry = command => ({ name: command.name, summary: command.summary, heading: 'Test:', load: async () => command })
   await start([entry(slow), entry(broken)])`,
)

interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

function launch(
  script: string,
  words: string[],
  onStderr?: (text: string, process: ReturnType<typeof spawn>) => void,
) {
  const process_ = spawn(process.execPath, [script, ...words], { cwd: folder, stdio: 'pipe' })
  const ended: Ended = { code: null, stdout: '', stderr: '' }
  process_.stdout.on('data', chunk => (ended.stdout += chunk))
  process_.stderr.on('data', chunk => {
    ended.stderr += chunk
    onStderr?.(String(chunk), process_)
  })
  const end = new Promise<Ended>(done => process_.on('close', code => done({ ...ended, code })))
  return { process: process_, end }
}

describe.skipIf(!existsSync(built))('the built program (npm run build)', () => {
  test('--help and --version answer without loading the engine', async () => {
    const loads = join(folder, 'loads.mjs')
    writeFileSync(
      loads,
      `process.argv = [process.argv[0], 'glasshouse', '--help']
       await import(${JSON.stringify(launcher)})
       const { createRequire } = await import('node:module')
       const native = process.report.getReport().sharedObjects.filter(name => /onnxruntime|sharp|libvips/.test(name))
       process.stderr.write(JSON.stringify(native))`,
    )
    const { code, stdout, stderr } = await launch(loads, []).end
    expect(code).toBe(0)
    expect(stdout).toContain('Usage: glasshouse')
    expect(JSON.parse(stderr)).toEqual([])
    expect((await launch(launcher, ['--version']).end).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s stops the command, keeps what is finished, exits with 130',
    async name => {
      const out = `stopped-${name}`
      const { code, stdout, stderr } = await launch(
        withSlowCommand,
        ['slow', '--out', out],
        (text, child) => {
          if (text.includes('waiting')) child.kill(name)
        },
      ).end
      expect(code).toBe(130)
      expect(stdout).toBe('')
      expect(stderr).toBe(`waiting\nStopped. Kept in ${out}: first.txt\n`)
      expect(readdirSync(join(folder, out))).toEqual(['first.txt'])
    },
  )

  test('a second SIGINT exits at once, even from a command that will not stop', async () => {
    const { code } = await launch(
      withSlowCommand,
      ['slow', '--stubborn', '--out', 'stubborn'],
      (text, child) => {
        if (!text.includes('waiting')) return
        child.kill('SIGINT')
        setTimeout(() => child.kill('SIGINT'), 100)
      },
    ).end
    expect(code).toBe(130)
  })

  test.runIf(gate)('two processes at once never share a folder under runs/', async () => {
    const ends = await Promise.all(
      Array.from({ length: 4 }, () => launch(withSlowCommand, ['slow', '--no-wait']).end),
    )
    expect(ends.map(({ code }) => code)).toEqual([0, 0, 0, 0])
    expect(readdirSync(join(folder, 'runs')).sort()).toEqual(['slow-1', 'slow-2', 'slow-3', 'slow-4'])
  })

  test('whoever closes the pipe early (| head) gets no complaint', async () => {
    const { process: child, end } = launch(withSlowCommand, ['slow', '--no-wait', '--out', 'piped'])
    child.stdout.once('data', () => child.stdout.destroy())
    const { code, stderr } = await end
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(readdirSync(join(folder, 'piped')).sort()).toEqual(['first.txt', 'result.json'])
  })

  test('an unexpected exception is reported as a fault of the program', async () => {
    const { code, stdout, stderr } = await launch(withSlowCommand, ['broken', '--json']).end
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/a fault of glasshouse[\s\S]*TypeError: out of the blue/)
  })
})
