import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { requireAgreed } from './agreed-folders.node.ts'
import { nameOfUnit, readUnit } from './unit.ts'

const agreed = mkdtempSync(join(tmpdir(), 'glasshouse-agreed-'))
const outside = mkdtempSync(join(tmpdir(), 'glasshouse-outside-'))
for (const name of ['data', 'out']) mkdirSync(join(agreed, name))
writeFileSync(join(outside, 'weights.pth'), '')
symlinkSync(outside, join(agreed, 'leads-out'))

const run = {
  kind: 'run',
  folder: join(agreed, 'out'),
  name: 'epshn_lr-0.1',
  data: join(agreed, 'data'),
  seed: 0,
  threads: 1,
  asked: { objective: 'epshn', lr: 0.1 },
}
const shard = {
  kind: 'shard',
  folder: join(agreed, 'out'),
  model: 'small',
  data: join(agreed, 'data'),
  seed: 0,
  threads: 1,
  split: 'all',
  batch: 32,
  strict: false,
  shard: 1000,
  index: 3,
  content: 'a'.repeat(40),
  wishes: {},
}

describe('a unit of work', () => {
  it('has the same name whatever order its fields come in, and another with another content', () => {
    const name = nameOfUnit(readUnit(run))
    expect(nameOfUnit(readUnit(Object.fromEntries(Object.entries(run).reverse())))).toBe(name)
    expect(nameOfUnit(readUnit({ ...run, asked: { lr: 0.1, objective: 'epshn' } }))).toBe(name)
    for (const other of [{ ...run, seed: 1 }, { ...run, asked: { ...run.asked, lr: 0.2 } }, shard])
      expect(nameOfUnit(readUnit(other))).not.toBe(name)
  })

  it.each([
    ['of an unknown kind', { ...run, kind: 'shell' }],
    ['with a field that is not known', { ...run, command: 'rm' }],
    ['whose name leads out of its folder', { ...run, name: '../../elsewhere' }],
    ['whose name is an option', { ...run, name: '.' }],
    ['with a relative folder', { ...run, folder: 'out' }],
    ['with a path that holds NUL', { ...run, data: '/data\0' }],
    ['with a batch that is none', { ...shard, batch: '32; rm' }],
    ['that is text', 'run'],
    ['that is nothing', undefined],
  ])('%s is refused', (_, unit) => {
    expect(() => readUnit(unit)).toThrow(expect.objectContaining({ code: 'unit-refused' }))
  })

  it('stays inside the agreed folders', () => {
    for (const unit of [run, shard]) expect(() => requireAgreed(readUnit(unit), [agreed])).not.toThrow()
    for (const changed of [
      { ...run, data: outside },
      { ...run, folder: outside },
      { ...run, data: join(agreed, '..', 'other') },
      { ...run, data: join(agreed, 'leads-out') },
      { ...run, folder: join(agreed, 'leads-out', 'new') },
      { ...run, folder: `${agreed}-beside` },
      { ...run, asked: { weights: join(outside, 'weights.pth') } },
      { ...run, asked: { net: join(outside, 'net.onnx') } },
      { ...run, asked: { weights: '../weights.pth' } },
      { ...run, asked: { resume: join(agreed, 'out') } },
      { ...run, asked: { objective: join(agreed, 'mine.ts') } },
      { ...shard, model: `resnet18:${join(outside, 'weights.pth')}` },
      { ...shard, model: `${outside}@7` },
    ])
      expect(() => requireAgreed(readUnit(changed), [agreed]), JSON.stringify(changed)).toThrow(
        expect.objectContaining({ code: 'unit-refused' }),
      )
  })
})
