/** What a worker does to the work of others: before it begins, and after it has lost its unit to another. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { createWork } from '../../base/work.ts'
import { exampleRecord } from '../fixtures/record.ts'
import { writeRecord } from '../folder.node.ts'
import { lockFolder } from '../lock.node.ts'
import { lastCheckpoint } from '../record.ts'
import { carryOutUnit, type UnitWork } from './carry-out.node.ts'
import { type Claim, claimUnit, clearClaims } from './claim.node.ts'
import { endedNames, noteTries, triesNoted, writeList } from './list.node.ts'
import { workOn } from './pilot.node.ts'
import type { RunUnit } from './unit.ts'

const unitIn = (folder: string, asked: RunUnit['asked'] = {}): RunUnit => ({
  ...{ kind: 'run', folder, name: 'one', data: join(folder, 'no-data'), seed: 0, threads: 1, asked },
})

describe('a run that stands in its place and has not ended', () => {
  let folder: string
  const place = () => join(folder, 'runs', 'one')
  const write = (path: string, text: string) => {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  const carryOut = (asked: RunUnit['asked'] = {}) =>
    carryOutUnit(unitIn(folder, asked), { signal: createWork().signal, lease: 30 })
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

describe('a worker that has lost its unit to another', () => {
  let folder: string
  let other: Claim | undefined
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'glasshouse-lost-'))
    return () => other?.release()
  })
  /** Was silent for an hour, and fails by what the other has moved away, as if what was asked for were wrong. */
  const compute: UnitWork['compute'] = async () => {
    const then = Date.now() / 1000 - 3600
    utimesSync(join(folder, 'claims', 'one'), then, then)
    other = await claimUnit(folder, 'one', 30)
    return { code: 2, complaint: 'no such file or folder' }
  }

  it('says so, whatever it has failed by', async () => {
    const { signal } = createWork()
    await expect(carryOutUnit(unitIn(folder), { signal, lease: 30, compute })).rejects.toMatchObject({
      code: 'run-disturbed',
      fault: 'machine',
    })
  })

  it('leaves nothing of it, where all was done and cleared away while it slept', async () => {
    const slept: UnitWork['compute'] = async (words, ...more) => {
      await compute!(words, ...more)
      mkdirSync(join(folder, 'runs'))
      await other!.commit('', join(folder, 'runs', 'one'))
      await other!.release()
      await clearClaims(folder)
      // It was about to begin, and trains to its end.
      const own = words[words.indexOf('--out') + 1]
      mkdirSync(own, { recursive: true })
      await writeRecord(own, exampleRecord({ status: 'finished' }))
      return { code: 0, complaint: '' }
    }
    const { signal } = createWork()
    await expect(carryOutUnit(unitIn(folder), { signal, lease: 30, compute: slept })).rejects.toMatchObject({
      code: 'run-disturbed',
    })
    expect(readdirSync(folder)).toEqual(['runs'])
  })

  it('writes no note once the list is gone', async () => {
    await noteTries(folder, 'one', { begun: 1, failed: 0 })
    expect(readdirSync(folder)).toEqual([])
  })

  it('notes neither a failure nor an end', async () => {
    await writeList(folder, [unitIn(folder)])
    // It looks once, and the unit stays with the other.
    const wishes = { parallel: 1, folders: [folder], lease: 30, idle: 0, compute, backOff: 1 }
    expect(await workOn(folder, createWork(), wishes)).toEqual({ done: 0, failed: 0 })
    expect(await endedNames(folder)).toEqual(new Set())
    expect(await triesNoted(folder, 'one')).toEqual({ begun: 1, failed: 0 })
  })
})
