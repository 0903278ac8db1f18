/** Run folders that somebody has copied, cut or edited: what is damaged is named, and nothing ends in a stack trace. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { attempts } from '../../test/thorough.ts'
import { GlasshouseError } from '../base/errors.ts'
import { type Random, random } from '../base/random.ts'
import { exampleRecord } from './fixtures/record.ts'
import { readRecord, recordFile } from './folder.node.ts'
import { cutLog, logFile, missingSteps, readLog } from './log.node.ts'
import { openModel } from './open-model.node.ts'
import type { LogLine } from './record.ts'

const rounds = attempts(100)

const strangeValues: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  0.5,
  1e308,
  2 ** 53,
  '',
  '\0',
  'x'.repeat(100_000),
  '../../etc/passwd',
  '\u001b[31m',
  [],
  {},
  [[]],
  { kind: 'classes' },
]

/** Replaces, removes, doubles or nests one value somewhere in a tree of JSON. */
function mutated(value: unknown, stream: Random): unknown {
  if (value === null || typeof value !== 'object' || stream.chance(0.15)) return strange(value, stream)
  if (Array.isArray(value)) {
    const at = stream.integer(value.length + 1)
    const rest = [...value]
    if (at === value.length || stream.chance(0.3))
      rest.splice(at, stream.integer(2), value[at - 1], stream.pick(strangeValues))
    else rest[at] = mutated(value[at], stream)
    return rest
  }
  const entries = Object.entries(value)
  if (!entries.length) return stream.pick(strangeValues)
  const [key, old] = stream.pick(entries)
  const kind = stream.integer(4)
  if (kind === 0) return Object.fromEntries(entries.filter(([name]) => name !== key))
  if (kind === 1) return { ...value, [`${key} `]: old, [key]: stream.pick(strangeValues) }
  return { ...value, [key]: mutated(old, stream) }
}

function strange(value: unknown, stream: Random): unknown {
  if (typeof value === 'number' && stream.chance(0.5))
    return value * stream.pick([-1, 0.5, 1e9, 1e300, Number.EPSILON])
  if (typeof value === 'string' && stream.chance(0.5)) return value.slice(1) + stream.pick(['\0', '', '?'])
  return stream.pick(strangeValues)
}

/** Damages text as disks and editors do: cut, zeros, a flipped bit, a line twice, another encoding. */
function damagedText(text: string, stream: Random): Buffer {
  const bytes = Buffer.from(text)
  const at = stream.integer(bytes.length)
  switch (stream.integer(6)) {
    case 0:
      return bytes.subarray(0, at)
    case 1:
      return Buffer.concat([bytes.subarray(0, at), Buffer.alloc(64)])
    case 2:
      bytes[at] ^= 1 << stream.integer(8)
      return bytes
    case 3:
      return Buffer.concat([bytes, bytes.subarray(at)])
    case 4:
      return Buffer.from(text, 'utf16le')
    default:
      return Buffer.concat([bytes.subarray(0, at), Buffer.from([0xff, 0xfe, 0x80]), bytes.subarray(at)])
  }
}

/** Runs `work`; what it throws must be an error for people. Whether it did. */
async function refused(work: () => Promise<unknown>, about: string): Promise<boolean> {
  try {
    await work()
    return false
  } catch (error) {
    if (!(error instanceof GlasshouseError)) throw new Error(`${about}: ${(error as Error).stack}`)
    expect(error.message.length, about).toBeLessThan(5000)
    return true
  }
}

const folderWith = (run: string | Buffer, log?: string | Buffer): string => {
  const folder = mkdtempSync(join(tmpdir(), 'glasshouse-damaged-'))
  writeFileSync(recordFile(folder), run)
  if (log !== undefined) writeFileSync(logFile(folder), log)
  return folder
}

describe('run.json', () => {
  it('is read as it was written', async () => {
    const record = exampleRecord()
    expect(await readRecord(folderWith(JSON.stringify(record)))).toEqual(record)
    // A newer version may know more.
    const more = { ...record, more: 1, training: { ...record.training, more: [2] } }
    expect(await readRecord(folderWith(JSON.stringify(more)))).toEqual(more)
  })

  it('of an earlier version, which called a random choice of classes lot, is read', async () => {
    const record = exampleRecord()
    const split = { kind: 'classes', share: 0.5, by: 'lot' }
    const old = { ...record, data: { ...record.data, split } }
    expect(await readRecord(folderWith(JSON.stringify(old)))).toEqual(old)
  })

  it(`with one of ${rounds} changes to its values is read or refused, and never a reason to crash`, async () => {
    const stream = random(1, 'damaged records')
    const folder = folderWith('')
    let refusals = 0
    for (let round = 0; round < rounds; round++) {
      const text = JSON.stringify(mutated(exampleRecord(), stream))
      writeFileSync(recordFile(folder), text)
      if (await refused(() => readRecord(folder), text.slice(0, 2000))) refusals++
      // What passes has no checkpoint to open.
      expect(await refused(() => openModel(folder), text.slice(0, 2000))).toBe(true)
    }
    expect(refusals).toBeGreaterThan(rounds / 2)
  })

  it(`with one of ${rounds} kinds of damage to its bytes likewise`, async () => {
    const stream = random(2, 'damaged records')
    const folder = folderWith('')
    const text = JSON.stringify(exampleRecord(), null, 2)
    for (let round = 0; round < rounds; round++) {
      writeFileSync(recordFile(folder), damagedText(text, stream))
      await refused(() => readRecord(folder), `round ${round}`)
    }
  })
})

const lines: LogLine[] = [
  { kind: 'epoch', epoch: 0, step: 0, seconds: 1, recall: { '1': 0.2 } },
  ...[0, 1, 2].map(step => ({
    kind: 'step' as const,
    epoch: 1,
    step,
    loss: 1 / (step + 1),
    rate: 0.1,
    dropped: 0,
  })),
  { kind: 'epoch', epoch: 1, step: 3, loss: 0.6, seconds: 1, recall: { '1': 0.4 } },
  ...[3, 4].map(step => ({ kind: 'step' as const, epoch: 2, step, loss: 0.3, rate: 0.05, dropped: 0 })),
]
const logText = lines.map(line => `${JSON.stringify(line)}\n`).join('')

describe('log.ndjson', () => {
  const withLog = (log: string | Buffer) => folderWith(JSON.stringify(exampleRecord()), log)

  it('is read whole, and without a last line that was cut short', async () => {
    expect(await readLog(withLog(logText))).toEqual(lines)
    for (const cut of [1, 5, 40])
      expect(await readLog(withLog(logText.slice(0, -cut)))).toEqual(lines.slice(0, -1))
  })

  it('names the line that is damaged', async () => {
    const rows = logText.split('\n')
    rows[2] = rows[2].slice(3)
    await expect(readLog(withLog(rows.join('\n')))).rejects.toThrow(
      /log\.ndjson, line 3: this line is not one/,
    )
    rows[2] = '{"kind":"step","epoch":1,"step":1,"loss":"low","rate":0.1}'
    await expect(readLog(withLog(rows.join('\n')))).rejects.toThrow(/line 3: .*loss: .*expected number/)
  })

  it('is cut back to a checkpoint also where what comes after it is damaged', async () => {
    const folder = withLog(`${logText}\0\0\0\0\n{"kind":`)
    expect(await cutLog(folder, 1, 4)).toEqual(lines.slice(0, 6))
    expect(await readLog(folder)).toEqual(lines.slice(0, 6))
    const early = withLog(logText.replace('"step":1,', '"step":one,'))
    await expect(cutLog(early, 1, 4)).rejects.toThrow('line 3')
  })

  it('says how many steps it lacks', async () => {
    expect(missingSteps(lines, 5)).toBe(0)
    expect(missingSteps(lines.slice(2), 5)).toBe(1)
    expect(missingSteps([], 5)).toBe(5)
  })

  test(`${rounds} kinds of damage to its bytes are mended or named`, async () => {
    const stream = random(3, 'damaged logs')
    const folder = withLog('')
    for (let round = 0; round < rounds; round++) {
      writeFileSync(logFile(folder), damagedText(logText, stream))
      await refused(() => readLog(folder), `round ${round}`)
    }
  })

  test(`${rounds} changes to its values likewise`, async () => {
    const stream = random(4, 'damaged logs')
    const folder = withLog('')
    for (let round = 0; round < rounds; round++) {
      const rows = lines.map(line => JSON.stringify(stream.chance(0.3) ? mutated(line, stream) : line))
      writeFileSync(logFile(folder), `${rows.join('\n')}\n`)
      await refused(() => readLog(folder), rows.join('\n').slice(0, 2000))
    }
  })
})
