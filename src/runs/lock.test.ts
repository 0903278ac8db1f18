import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lockFile, lockFolder } from './lock.node.ts'

const fresh = () => mkdtempSync(join(tmpdir(), 'glasshouse-lock-'))
const holderIn = (folder: string) => JSON.parse(readFileSync(lockFile(folder), 'utf8'))
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'taken',
    error => error.code,
  )

/** Takes a lock in a process of its own, says so, and keeps it until it is killed. */
const holding = (folder: string) =>
  spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { lockFolder } from ${JSON.stringify(new URL('../../dist/runs/lock.node.js', import.meta.url).href)}
       await lockFolder(${JSON.stringify(folder)}); console.log('held'); setInterval(() => {}, 1000)`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )

const built = existsSync(new URL('../../dist/runs/lock.node.js', import.meta.url))

describe('a folder that is locked', () => {
  it('is refused to everybody else until it is released', async () => {
    const folder = fresh()
    const lock = await lockFolder(folder)
    await expect(lockFolder(folder)).rejects.toThrow(
      /another process is at work in this folder .*process \d+ on/,
    )
    lock.release()
    expect(readdirSync(folder)).toEqual([])
    const again = await lockFolder(folder)
    again.release()
  })

  it('goes to exactly one of many that ask at once, also where a stale lock is in the way', async () => {
    for (const stale of [false, true]) {
      const folder = fresh()
      if (stale) {
        const lock = await lockFolder(folder)
        const holder = holderIn(folder)
        lock.release()
        writeFileSync(lockFile(folder), JSON.stringify({ ...holder, pid: 2 ** 22 + 1 }))
      }
      const answers = await Promise.all(Array.from({ length: 40 }, () => code(lockFolder(folder))))
      expect(answers.filter(answer => answer === 'taken')).toHaveLength(1)
      expect(answers.filter(answer => answer === 'run-locked')).toHaveLength(39)
      expect(readdirSync(folder)).toEqual(['run.lock'])
    }
  })

  it.skipIf(!built)('is free again when its holder was killed', async () => {
    const folder = fresh()
    const child = holding(folder)
    await new Promise(done => child.stdout.once('data', done))
    expect(await code(lockFolder(folder))).toBe('run-locked')
    child.kill('SIGKILL')
    await new Promise(done => child.once('exit', done))
    expect(existsSync(lockFile(folder))).toBe(true)
    const lock = await lockFolder(folder)
    lock.release()
  })

  it('is free where its number belongs to another process by now', async () => {
    const folder = fresh()
    const lock = await lockFolder(folder)
    const holder = holderIn(folder)
    lock.release()
    writeFileSync(lockFile(folder), JSON.stringify({ ...holder, started: '1' }))
    expect(await code(lockFolder(folder))).toBe('taken')
  })

  it.each([['another machine'], ['nonsense']])(
    'is not taken from %s that has shown life lately',
    async kind => {
      const folder = fresh()
      const lock = await lockFolder(folder)
      const holder = holderIn(folder)
      lock.release()
      writeFileSync(
        lockFile(folder),
        kind === 'nonsense' ? '{' : JSON.stringify({ ...holder, host: 'elsewhere' }),
      )
      expect(await code(lockFolder(folder))).toBe('run-locked')
      const { utimesSync } = await import('node:fs')
      const longAgo = new Date(Date.now() - 3_600_000)
      utimesSync(lockFile(folder), longAgo, longAgo)
      expect(await code(lockFolder(folder))).toBe('taken')
    },
  )

  it('says so when its lock is gone', async () => {
    const folder = fresh()
    const lock = await lockFolder(folder)
    lock.requireHeld()
    rmSync(lockFile(folder))
    expect(() => lock.requireHeld()).toThrow('the lock of the folder was removed')
    const other = await lockFolder(folder)
    expect(() => lock.requireHeld()).toThrow('another process has taken the folder over')
    lock.release()
    other.requireHeld()
    other.release()
  })
})
