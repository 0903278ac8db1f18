/** The command line that makes a result again. */
import { expect, test } from 'vitest'
import { version } from '../base/version.node.ts'
import { lineOfResult } from './asked.ts'

const result = (parameters: Record<string, unknown>, by = version) => ({
  command: 'train',
  version: by,
  seed: 3,
  device: 'cpu',
  seconds: 1,
  parameters: { data: '/home/ada/seedlings', net: 'small', epochs: 4, set: [], strict: false, ...parameters },
  metrics: {},
  files: [],
})

test('what a command learned while it ran is no option of it', async () => {
  const line = 'glasshouse train seedlings --net small --epochs 4 --seed 3'
  expect(await lineOfResult(result({}), '/home/ada')).toBe(line)
  expect(await lineOfResult(result({ run: '/home/ada/runs/train-1' }), '/home/ada')).toBe(line)
})

test('what another version took, and this one does not, is not left out in silence', async () => {
  expect(await lineOfResult(result({ glue: 3 }, '0.0.1'), '/home/ada')).toBe(undefined)
})
