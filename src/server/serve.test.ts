import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startStudio } from './serve.ts'

test('a studio that cannot start leaves no lock: the next one starts', async () => {
  const base = mkdtempSync(join(tmpdir(), 'glasshouse-serve-'))
  const own = join(base, 'runs/.studio')
  const start = (data: string) =>
    startStudio({
      ...{ folder: 'runs', base, port: 0, host: '127.0.0.1', readOnly: false },
      ...{ data: [data], note() {} },
    })
  await expect(start('nowhere')).rejects.toThrow('no such folder')
  // Where the token belongs, something is in the way.
  mkdirSync(join(own, 'token'), { recursive: true })
  await expect(start('.')).rejects.toThrow('EISDIR')
  expect(existsSync(join(own, 'run.lock'))).toBe(false)
  rmSync(join(own, 'token'), { recursive: true })
  const studio = await start('.')
  expect(existsSync(join(own, 'run.lock'))).toBe(true)
  await studio.close()
})
