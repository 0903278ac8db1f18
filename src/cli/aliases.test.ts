import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { commonOptions } from '../commands/common-options.ts'
import { commands } from '../commands/registry.ts'
import { trainOptions } from '../runs/train-options.ts'
import { meantCommands, meantFlags } from './aliases.ts'

const trainKeys = [...Object.keys(trainOptions.shape), ...Object.keys(commonOptions.shape)]
const names = commands.map(({ name }) => name)

describe('what people type who come from other tools', () => {
  test.each([
    ['batch-size', 'batch'],
    ['batch_size', 'batch'],
    ['learning-rate', 'lr'],
    ['num-epochs', 'epochs'],
    ['imgsz', 'size'],
    ['arch', 'net'],
    ['pretrained', 'weights'],
    ['loss', 'objective'],
    ['wd', 'weight-decay'],
    ['label-smoothing', 'smoothing'],
    ['output-dir', 'out'],
    ['workers', 'threads'],
    ['val-split', 'hold-out'],
    ['embedding-size', 'dim'],
  ])('--%s means --%s', (word, flag) => expect(meantFlags(word, trainKeys)).toEqual([flag]))

  test.each([
    ['gradcam', 'cam'],
    ['eval', 'evaluate'],
    ['deepdream', 'dream'],
    ['t-sne', 'tsne'],
    ['predict', 'classify'],
    ['neighbors', 'neighbours'],
    ['trian', 'train'],
  ])('%s means %s', (word, command) => expect(meantCommands(word, names)).toEqual([command]))

  test('a flag with one letter changed, lost or doubled is found', () => {
    const flags = trainKeys
      .map(key => key.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`))
      .filter(flag => flag.length >= 5)
    fc.assert(
      fc.property(
        fc.constantFrom(...flags),
        fc.nat(),
        fc.constantFrom('x', '', 'double'),
        (flag, at, how) => {
          const place = at % flag.length
          const letter = how === 'double' ? flag[place] + flag[place] : how
          const typed = flag.slice(0, place) + letter + flag.slice(place + 1)
          // What is typed can be another tool's word for something else.
          const likely = meantFlags(typed, trainKeys)
          return likely.length === 0 ? false : likely.includes(flag) || flags.includes(typed)
        },
      ),
      { seed: 1, numRuns: 300 },
    )
  })

  test('what resembles nothing is answered with nothing', () => {
    expect(meantFlags('zzzzqqqq', trainKeys)).toEqual([])
    expect(meantCommands('zzzzqqqq', names)).toEqual([])
  })
})
