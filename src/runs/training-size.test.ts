import { expect, test } from 'vitest'
import { createEngine } from '../runtime/engine.node.ts'
import { trainOptions } from './train-options.ts'
import { sized } from './training-size.node.ts'

test.each([
  ['resnet18', undefined, 97],
  ['resnet18', 64, 64],
  ['cifar-resnet20', undefined, 97],
  ['inception_v3', undefined, 97],
  // It was exported for this one.
  [new URL('../../test/fixtures/onnx/vit.onnx', import.meta.url).pathname, undefined, 32],
  ['dinov2_small', 98, 98],
])('%s asked for %s pixels sees %i', async (net, size, expected) => {
  const options = trainOptions.parse({ net, size })
  expect((await sized(options, () => createEngine())).size).toBe(expected)
})
