import { describe, expect, it } from 'vitest'
import { toBfloat16, toFloat16 } from '../graph/element-types.ts'
import { float32, type Tensor } from '../graph/tensor.ts'
import { requireFinite } from './finite.ts'

const faulty = float32([3], Float32Array.of(1, Number.NaN, Number.POSITIVE_INFINITY))

describe('weights that are not finite', () => {
  it.each<[string, Tensor]>([
    ['float32', faulty],
    ['float16', toFloat16(faulty)],
    ['bfloat16', toBfloat16(faulty)],
    ['float64', { dtype: 'float64', shape: [3], data: Float64Array.from(faulty.data) }],
  ])('are refused by name in %s', (_, tensor) => {
    const tensors = new Map<string, Tensor>([
      ['sound', float32([2], Float32Array.of(0, 1))],
      ['layer1.weight', tensor],
      ['layer2.weight', tensor],
    ])
    expect(() => requireFinite(tensors, 'a.pth')).toThrow(
      "a.pth: the weights of 'layer1.weight' are not finite: 2 of its 3 numbers are NaN or infinite (got also in 'layer2.weight')",
    )
  })

  it('are none in whole numbers, nor in a mask of zeros and minus infinity', () => {
    const mask = float32([2, 2], Float32Array.of(0, Number.NEGATIVE_INFINITY, 0, 0))
    const counts: Tensor = { dtype: 'int64', shape: [1], data: BigInt64Array.of(3n) }
    expect(() =>
      requireFinite(
        new Map<string, Tensor>([
          ['mask', mask],
          ['counts', counts],
        ]),
        'a',
      ),
    ).not.toThrow()
  })
})
