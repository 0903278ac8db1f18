import { expect, test } from 'vitest'
import { trainOptions, unusedOnResume } from './train-options.ts'

test('options that a resumed run has no use for are known by their flags', () => {
  const options = trainOptions.parse({ resume: 'runs/train-1', lr: 3, headRate: 2, checkpointEvery: 5 })
  expect(unusedOnResume(options)).toEqual(['--lr', '--head-rate'])
  expect(unusedOnResume(trainOptions.parse({ resume: 'runs/train-1' }))).toEqual([])
})
