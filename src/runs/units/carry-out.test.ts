/** Before a worker does anything to a run that stands in its place, it sees that nobody is at work there. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { createWork } from '../../base/work.ts'
import { exampleRecord } from '../fixtures/record.ts'
import { lockFolder } from '../lock.node.ts'
import { lastCheckpoint } from '../record.ts'
import { carryOutUnit } from './carry-out.node.ts'
import type { RunUnit } from './unit.ts'

describe('a run that stands in its place and has not ended', () => {
  let folder: string
  const place = () => join(folder, 'runs', 'one')
  const write = (path: string, text: string) => {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  const carryOut = (asked: RunUnit['asked'] = {}) =>
    carryOutUnit(
      { kind: 'run', folder, name: 'one', data: join(folder, 'no-data'), seed: 0, threads: 1, asked },
      { signal: createWork().signal, lease: 30 },
    )
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'glasshouse-unit-'))
    write(join(place(), 'run.json'), JSON.stringify(exampleRecord({ status: 'running' })))
    write(join(place(), lastCheckpoint), 'as it stands')
  })
  const isUntouched = () => readFileSync(join(place(), lastCheckpoint), 'utf8') === 'as it stands'

  it.each([
    ['nothing', false],
    ['a checkpoint', true],
  ])(
    'is left alone while somebody trains it, where an earlier attempt has left %s',
    async (_, hasCheckpoint) => {
      if (hasCheckpoint) write(join(folder, 'attempts', 'one.earlier', lastCheckpoint), 'another')
      const lock = await lockFolder(place())
      try {
        await expect(carryOut()).rejects.toMatchObject({ code: 'run-locked', fault: 'machine' })
        expect(isUntouched()).toBe(true)
      } finally {
        lock.release()
      }
    },
  )

  it('is left alone where what is asked for cannot be', async () => {
    await expect(carryOut({ lr: -1 })).rejects.toMatchObject({ fault: 'user' })
    expect(existsSync(place())).toBe(true)
    expect(isUntouched()).toBe(true)
  })
})
